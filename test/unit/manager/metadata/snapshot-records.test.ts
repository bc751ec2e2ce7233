import assert from "node:assert/strict";
import { test } from "node:test";
import type { SnapshotRow } from "../../../../manager/metadata/snapshot-records.ts";
import { Code } from "../../../../proto/errors.ts";
import { Info, Kind } from "../../../../proto/gen/snapshots.ts";
import { fromDate } from "../../../../proto/timestamp.ts";
import { useSuite } from "../../../support/suite.ts";
import { assertRefused, assertSame, World } from "./support.ts";

const suite = useSuite();
const USAGE = { sizeBytes: 2n ** 41n, inodes: 12n };

/** Snapshots of one namespace and one snapshotter. */
class Snapshots {
  readonly world: World;
  constructor(world: World) {
    this.world = world;
  }

  prepare(key: string, parent = "", kind: "active" | "view" = "active", lease?: string): SnapshotRow {
    const asked = { key, parent, kind, labels: {} };
    return this.world.metadata.snapshots.prepare("n", "overlayfs", asked, { lease });
  }

  commit(key: string, name: string, parent?: string): SnapshotRow {
    const commitment = { name, key, labels: { of: name }, parent };
    return this.world.metadata.snapshots.commit("n", "overlayfs", commitment, { usage: USAGE });
  }
}

test("SnapshotRecords lead from an active snapshot to a committed one with the same directory, and tell so", () => {
  using world = new World(suite);
  const { snapshots } = world.metadata;
  const make = new Snapshots(world);
  const active = make.prepare("extract-1 sha256:x");
  const now = fromDate(world.now);
  assertSame(active, {
    storageId: active.storageId,
    info: {
      name: "extract-1 sha256:x",
      parent: "",
      kind: Kind.ACTIVE,
      createdAt: now,
      updatedAt: now,
      labels: {},
    },
  });
  const later = fromDate(world.pass(3));
  const committed = make.commit("extract-1 sha256:x", "base");
  assertSame(committed, {
    storageId: active.storageId,
    info: {
      name: "base",
      parent: "",
      kind: Kind.COMMITTED,
      createdAt: later,
      updatedAt: later,
      labels: { of: "base" },
    },
    usage: USAGE,
  });
  assert.equal(snapshots.find("n", "overlayfs", "extract-1 sha256:x"), undefined);
  assert.equal(snapshots.find("n", "native", "base"), undefined, "a name is that of one snapshotter");
  assert.equal(snapshots.find("m", "overlayfs", "base"), undefined, "and of one namespace");
  const view = make.prepare("look", "base", "view");
  assert.equal(view.parentId, active.storageId);
  assert.equal(view.info.kind, Kind.VIEW);
  snapshots.remove("n", "overlayfs", "look");
  assert.deepEqual(world.events.take(), [
    'n /snapshot/prepare {"key":"extract-1 sha256:x","snapshotter":"overlayfs"}',
    'n /snapshot/commit {"key":"extract-1 sha256:x","name":"base","snapshotter":"overlayfs"}',
    'n /snapshot/prepare {"key":"look","parent":"base","snapshotter":"overlayfs"}',
    'n /snapshot/remove {"key":"look","snapshotter":"overlayfs"}',
  ]);
});

test("SnapshotRecords refuse what would not be a tree", () => {
  using world = new World(suite);
  const { snapshots } = world.metadata;
  const make = new Snapshots(world);
  make.prepare("a");
  make.commit("a", "base");
  make.prepare("top", "base");
  make.prepare("view", "base", "view");
  world.events.take();
  const rows: [() => unknown, Code, string][] = [
    [() => make.prepare("top", "base"), Code.AlreadyExists, '"top"'],
    [() => make.prepare("base"), Code.AlreadyExists, '"base"'],
    [() => make.prepare("x", "absent"), Code.NotFound, 'build on snapshot "absent"'],
    [() => make.prepare("x", "top"), Code.InvalidArgument, "it is not committed"],
    [() => make.prepare(""), Code.InvalidArgument, "it is empty"],
    [() => make.prepare("x", "", "active", "gone"), Code.NotFound, 'lease "gone"'],
    [() => make.commit("absent", "x"), Code.NotFound, '"absent"'],
    [() => make.commit("top", "base"), Code.AlreadyExists, '"base"'],
    [() => make.commit("view", "x"), Code.FailedPrecondition, "it is not active"],
    [() => make.commit("base", "x"), Code.FailedPrecondition, "it is not active"],
    [() => make.commit("top", "x", "other"), Code.FailedPrecondition, 'its parent is "base", not "other"'],
    [() => snapshots.remove("n", "overlayfs", "base"), Code.FailedPrecondition, "is on top of it"],
    [() => snapshots.remove("n", "overlayfs", "absent"), Code.NotFound, '"absent"'],
    [() => snapshots.get("n", "overlayfs", "absent"), Code.NotFound, '"absent"'],
  ];
  for (const [body, code, part] of rows) assertRefused(body, code, part);
  assert.deepEqual(world.events.take(), []);
  assert.equal([...snapshots.list("n", "overlayfs", [])].length, 3);
});

test("SnapshotRecords.parents() go down to the base, nearest first", () => {
  using world = new World(suite);
  const { snapshots } = world.metadata;
  const make = new Snapshots(world);
  for (const [name, parent] of [
    ["1", ""],
    ["2", "1"],
    ["3", "2"],
  ]) {
    make.prepare(`key-${name}`, parent);
    make.commit(`key-${name}`, name ?? "");
  }
  const top = make.prepare("top", "3");
  assert.deepEqual(
    snapshots.parents(top).map((row) => row.info.name),
    ["3", "2", "1"],
  );
  assert.deepEqual(snapshots.parents(snapshots.get("n", "overlayfs", "1")), []);
});

test("SnapshotRecords.commit() may name the parent of a snapshot that was made without one", () => {
  using world = new World(suite);
  const make = new Snapshots(world);
  const base = make.prepare("a");
  make.commit("a", "base");
  make.prepare("b");
  assertRefused(() => make.commit("b", "top", "absent"), Code.NotFound, '"absent"');
  const top = make.commit("b", "top", "base");
  assert.equal(top.parentId, base.storageId);
  assert.equal(top.info.parent, "base");
});

test("SnapshotRecords never use the number of a directory twice", () => {
  using world = new World(suite);
  const { snapshots } = world.metadata;
  const make = new Snapshots(world);
  const seen = new Set<number>();
  for (let n = 0; n < 5; n++) {
    const { storageId } = make.prepare("same");
    assert.ok(!seen.has(storageId));
    seen.add(storageId);
    snapshots.remove("n", "overlayfs", "same");
  }
  const { storageId } = make.prepare("last");
  snapshots.prepare("m", "overlayfs", { key: "x", parent: "", kind: "active", labels: {} });
  snapshots.prepare("m", "native", { key: "x", parent: "", kind: "active", labels: {} });
  assert.deepEqual([...snapshots.storageIds("overlayfs")], [storageId, storageId + 1], "of all namespaces");
});

test("a lease that keeps a snapshot's key keeps its name after the commit", () => {
  using world = new World(suite);
  const { snapshots, leases } = world.metadata;
  const make = new Snapshots(world);
  for (const id of ["first", "second"]) leases.create("n", id, {});
  make.prepare("key", "", "active", "first");
  const commitment = { name: "name", key: "key", labels: {} };
  snapshots.commit("n", "overlayfs", commitment, { usage: USAGE, lease: "second" });
  const kept = [{ type: "snapshots/overlayfs", id: "name" }];
  assertSame(leases.resources("n", "first"), kept);
  assertSame(leases.resources("n", "second"), kept);
});

test("SnapshotRecords.update() changes labels and nothing else, and list() filters", () => {
  using world = new World(suite);
  const { snapshots } = world.metadata;
  const make = new Snapshots(world);
  make.prepare("a");
  make.commit("a", "base");
  make.prepare("top", "base");
  const now = fromDate(world.pass(1));
  const given = Info.create({ name: "base", parent: "x", kind: Kind.ACTIVE, labels: { l: "1" } });
  const updated = snapshots.update("n", "overlayfs", given, ["labels.l"]);
  assertSame(updated.info.labels, { of: "base", l: "1" });
  assert.deepEqual(
    [updated.info.kind, updated.info.parent, updated.info.updatedAt],
    [Kind.COMMITTED, "", now],
  );
  assertRefused(() => snapshots.update("n", "overlayfs", given, ["kind"]), Code.InvalidArgument, '"kind"');
  const names = (filter: string) =>
    Array.from(snapshots.list("n", "overlayfs", [filter]), (info) => info.name);
  assert.deepEqual(names(""), ["base", "top"]);
  assert.deepEqual(names("kind==active"), ["top"]);
  assert.deepEqual(names("kind==committed,labels.l==1"), ["base"]);
  assert.deepEqual(names("parent==base"), ["top"]);
  assert.deepEqual(names('parent==""'), ["base"]);
  assert.deepEqual(names("name~=^t"), ["top"]);
});
