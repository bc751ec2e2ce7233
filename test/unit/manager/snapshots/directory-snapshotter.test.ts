import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Log } from "../../../../manager/log.ts";
import { Metadata } from "../../../../manager/metadata/metadata.ts";
import { openSnapshotters } from "../../../../manager/snapshots/open-snapshotters.ts";
import { whyNoOverlay } from "../../../../manager/snapshots/overlay-probe.ts";
import type { Snapshotters } from "../../../../manager/snapshots/snapshotter.ts";
import { WorkerPool } from "../../../../manager/trees/worker-pool.ts";
import { Code, isFailedPrecondition, isInvalidArgument, isNotFound } from "../../../../proto/errors.ts";
import { Kind } from "../../../../proto/gen/snapshots.ts";
import { mountAll, unmountAll } from "../../../../sys/mount.ts";
import { NO_LOG } from "../../../support/no-log.ts";
import { useSuite } from "../../../support/suite.ts";

const suite = useSuite();
const NS = "tests";

interface Ground extends AsyncDisposable {
  readonly dir: string;
  readonly snapshotters: Snapshotters;
  readonly metadata: Metadata;
  readonly events: string[];
  readonly logged: string[];
}

async function ground(
  dir = join(suite.dir, suite.newId()),
  snapshotDir = join(dir, "snapshots"),
): Promise<Ground> {
  mkdirSync(dir, { recursive: true });
  const events: string[] = [];
  const logged: string[] = [];
  const log: Log = {
    ...NO_LOG,
    warn: (text) => void logged.push(text),
    error: (text) => void logged.push(text),
    with: () => log,
  };
  const metadata = Metadata.open(join(dir, "metadata.db"), {
    events: {
      publish: (_namespace, { typeName }) => void events.push(typeName.replace("containerd.events.", "")),
    },
  });
  const pool = new WorkerPool();
  const snapshotters = await openSnapshotters({
    dir: snapshotDir,
    records: metadata.snapshots,
    database: metadata.database,
    pool,
    log,
  });
  return {
    dir,
    snapshotters,
    metadata,
    events,
    logged,
    async [Symbol.asyncDispose]() {
      await snapshotters[Symbol.asyncDispose]();
      await pool[Symbol.asyncDispose]();
      metadata[Symbol.dispose]();
    },
  };
}

const numbers = (at: Ground, name: string): string[] =>
  readdirSync(join(at.dir, "snapshots", name)).filter((entry) => entry !== "layout");

for (const name of ["overlayfs", "native"]) {
  test(`${name}: from nothing to a committed snapshot, a child of it, and back to nothing`, async () => {
    await using at = await ground();
    const one = at.snapshotters.get(name);
    const [mount, ...others] = await one.prepare(NS, "active", "", { labels: { a: "b" } });
    assert.equal(others.length, 0);
    assert.deepEqual([mount?.type, mount?.options], ["bind", ["rw", "rbind"]]);
    const fs = mount?.source ?? "";
    writeFileSync(join(fs, "file"), "x".repeat(10_000));
    chownSync(fs, 12, 34);
    chmodSync(fs, 0o750);
    const active = await one.usage(NS, "active");
    assert.ok(active.sizeBytes >= 10_000n && active.inodes === 2n, JSON.stringify(String(active.sizeBytes)));
    await one.commit(NS, "base", "active", { labels: { c: "d" } });
    assert.deepEqual(await one.usage(NS, "base"), active);
    const { kind, labels, parent } = one.stat(NS, "base");
    assert.deepEqual([kind, { ...labels }, parent], [Kind.COMMITTED, { c: "d" }, ""]);

    await one.prepare(NS, "child", "base");
    const root = join(at.dir, "root");
    mkdirSync(root);
    await mountAll(one.mounts(NS, "child"), root);
    assert.equal(readFileSync(join(root, "file"), "utf8").length, 10_000);
    const { uid, gid, mode } = lstatSync(root);
    assert.deepEqual([uid, gid, mode & 0o7777], [12, 34, 0o750], "the top is as below");
    writeFileSync(join(root, "file"), "changed");
    await unmountAll(root);
    assert.equal(readFileSync(join(fs, "file"), "utf8").length, 10_000, "the parent has not changed");

    await one.view(NS, "view", "base");
    await mountAll(one.mounts(NS, "view"), root);
    assert.throws(() => writeFileSync(join(root, "file"), ""), { code: "EROFS" });
    await unmountAll(root);
    await one.commit(NS, "top", "child");
    await one.view(NS, "view of two", "top");
    await mountAll(one.mounts(NS, "view of two"), root);
    assert.equal(readFileSync(join(root, "file"), "utf8"), "changed");
    assert.throws(() => writeFileSync(join(root, "other"), ""), { code: "EROFS" });
    await unmountAll(root);

    assert.throws(() => one.remove(NS, "base"), isFailedPrecondition);
    for (const key of ["view of two", "view", "top", "base"]) one.remove(NS, key);
    assert.deepEqual([...one.list(NS, [])], []);
    await one.sweep();
    assert.deepEqual(numbers(at, name), []);
    assert.deepEqual(at.events.slice(0, 3), ["SnapshotPrepare", "SnapshotCommit", "SnapshotPrepare"]);
    assert.equal(at.events.filter((event) => event === "SnapshotRemove").length, 4);
  });

  test(`${name}: what is wrong with a request is said, and makes no directory`, async () => {
    await using at = await ground();
    const one = at.snapshotters.get(name);
    await one.prepare(NS, "active", "");
    await assert.rejects(one.prepare(NS, "active", ""), { code: Code.AlreadyExists, message: /"active"/ });
    await assert.rejects(one.prepare(NS, "x", "missing"), isNotFound);
    await assert.rejects(one.prepare(NS, "x", "active"), isInvalidArgument);
    await assert.rejects(one.prepare(NS, "x", "", { lease: "missing" }), isNotFound);
    await assert.rejects(one.prepare(NS, "x", "", { labels: { big: "x".repeat(5_000) } }), isInvalidArgument);
    await assert.rejects(one.commit(NS, "active", "active"), { code: Code.AlreadyExists });
    await assert.rejects(one.commit(NS, "name", "missing"), isNotFound);
    await one.commit(NS, "base", "active");
    await assert.rejects(one.commit(NS, "again", "base"), isFailedPrecondition);
    await one.prepare(NS, "orphan", "");
    await assert.rejects(one.commit(NS, "name", "orphan", { parent: "base" }), isFailedPrecondition);
    assert.throws(() => one.mounts(NS, "base"), isFailedPrecondition);
    assert.throws(() => one.mounts("other", "base"), isNotFound);
    assert.throws(() => one.stat(NS, "missing"), isNotFound);
    await one.sweep();
    assert.equal(numbers(at, name).length, 2);
  });
}

test("an overlay of many layers names them nearest first, its own directories before", async () => {
  await using at = await ground();
  const one = at.snapshotters.get("overlayfs");
  let parent = "";
  for (let index = 0; index < 3; index++) {
    await one.prepare(NS, "active", parent);
    await one.commit(NS, `layer-${index}`, "active");
    parent = `layer-${index}`;
  }
  const dir = join(at.dir, "snapshots/overlayfs");
  const [mount] = await one.prepare(NS, "container", parent);
  const options = mount?.options.filter((option) => option !== "index=off");
  assert.deepEqual(options, [
    `workdir=${dir}/4/work`,
    `upperdir=${dir}/4/fs`,
    `lowerdir=${dir}/3/fs:${dir}/2/fs:${dir}/1/fs`,
  ]);
});

test("directories that no record names are swept, and those of snapshots are not", async () => {
  const dir = join(suite.dir, suite.newId());
  {
    await using at = await ground(dir);
    await at.snapshotters.default.prepare(NS, "kept", "");
    for (const name of ["77/fs", ".new-1-1/fs", ".5-1-1.removed/fs"])
      mkdirSync(join(dir, "snapshots/overlayfs", name), { recursive: true });
    assert.equal(await at.snapshotters.default.sweep(), 3);
    assert.deepEqual(numbers(at, "overlayfs"), ["1"]);
  }
  await using again = await ground(dir);
  assert.equal(await again.snapshotters.default.sweep(), 0);
  assert.ok(existsSync(again.snapshotters.default.mounts(NS, "kept")[0]?.source ?? ""));
});

test("a snapshot whose directory is gone is an error that names it, and can be removed", async () => {
  await using at = await ground();
  const one = at.snapshotters.default;
  await one.prepare(NS, "active", "");
  await one.commit(NS, "base", "active");
  await one.prepare(NS, "child", "base");
  rmSync(join(one.root, "1"), { recursive: true });
  assert.throws(() => one.mounts(NS, "child"), {
    code: Code.DataLoss,
    message: /1\/fs" is missing; remove the snapshot/,
  });
  await assert.rejects(one.prepare(NS, "other", "base"), {
    code: Code.DataLoss,
    message: /1\/fs" is missing/,
  });
  for (const key of ["child", "base"]) one.remove(NS, key);
  await one.sweep();
  assert.deepEqual(numbers(at, one.name), []);
});

test("a directory whose transaction failed does not stand in the way of the next one with its number", async () => {
  await using at = await ground();
  mkdirSync(join(at.dir, "snapshots/overlayfs/1/fs"), { recursive: true });
  writeFileSync(join(at.dir, "snapshots/overlayfs/1/fs/stale"), "");
  const [mount] = await at.snapshotters.default.prepare(NS, "fresh", "");
  assert.deepEqual(readdirSync(mount?.source ?? ""), []);
});

test("where overlays do not work, overlayfs keeps copies, and goes on with them when they do", async () => {
  const dir = join(suite.dir, suite.newId());
  // A comma in the path parts the options of a mount: one of the ways in which overlays do not work.
  const snapshotDir = join(dir, "a,b");
  mkdirSync(snapshotDir, { recursive: true });
  const plainDir = join(dir, "plain");
  {
    await using at = await ground(dir, snapshotDir);
    assert.deepEqual(at.logged, ['snapshotter "overlayfs" keeps whole copies']);
    const one = at.snapshotters.get("overlayfs");
    const [first] = await one.prepare(NS, "active", "");
    writeFileSync(join(first?.source ?? "", "file"), "text");
    await one.commit(NS, "base", "active");
    const [child] = await one.prepare(NS, "child", "base");
    assert.equal(child?.type, "bind");
    assert.equal(readFileSync(join(child?.source ?? "", "file"), "utf8"), "text");
  }
  renameSync(snapshotDir, plainDir);
  await using again = await ground(dir, plainDir);
  assert.equal(again.snapshotters.get("overlayfs").mounts(NS, "child")[0]?.type, "bind");
  assert.equal(again.logged.length, 1);
});

test("snapshots that are overlays, where these do not work any more, are refused with the way out", async () => {
  const dir = join(suite.dir, suite.newId());
  {
    await using at = await ground(dir, join(dir, "plain"));
    await at.snapshotters.default.prepare(NS, "active", "");
  }
  renameSync(join(dir, "plain"), join(dir, "a,b"));
  await using at = await ground(dir, join(dir, "a,b"));
  assert.throws(() => at.snapshotters.default.mounts(NS, "active"), {
    code: Code.FailedPrecondition,
    message: /holds ",".*make overlays work again/,
  });
  assert.equal(at.snapshotters.default.stat(NS, "active").name, "active", "what needs no mount goes on");
  at.snapshotters.default.remove(NS, "active");
});

test("a mount that an interrupted probe has left is undone, and its directory swept", async () => {
  await using at = await ground();
  const dir = at.snapshotters.default.root;
  mkdirSync(join(dir, ".probe-dead/merged"), { recursive: true });
  await mountAll([{ type: "tmpfs", source: "tmpfs", options: [] }], join(dir, ".probe-dead/merged"));
  assert.equal(await whyNoOverlay(dir), undefined);
  await at.snapshotters.default.sweep();
  assert.deepEqual(readdirSync(dir), ["layout"]);
});

test("the probe for overlays leaves nothing, and says why they do not work", async () => {
  const dir = join(suite.dir, suite.newId());
  mkdirSync(dir);
  assert.equal(await whyNoOverlay(dir), undefined);
  assert.deepEqual(readdirSync(dir), []);
  assert.match((await whyNoOverlay("/proc")) ?? "", /ENOENT/);
  rmSync(dir, { recursive: true });
});
