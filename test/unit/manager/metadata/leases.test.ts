import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "../../../../proto/errors.ts";
import { fromDate } from "../../../../proto/timestamp.ts";
import { useSuite } from "../../../support/suite.ts";
import { assertRefused, assertSame, digestFor, image, World } from "./support.ts";

const suite = useSuite();

test("LeaseStore makes leases with any text for an id, and ends them", () => {
  using world = new World(suite);
  const { leases } = world.metadata;
  const id = "1767323045-Zx9_ a/b";
  const created = leases.create("n", id, { "containerd.io/gc.expire": "2026-01-03T00:00:00Z" });
  assert.deepEqual(created.createdAt, fromDate(world.now));
  assertSame([...leases.list("n", [])], [created]);
  assert.equal([...leases.list("n", [`id==${JSON.stringify(id)}`])].length, 1);
  assert.equal([...leases.list("n", ['labels."containerd.io/gc.expire"'])].length, 1);
  assert.equal([...leases.list("m", [])].length, 0);
  assertRefused(() => leases.create("n", id, {}), Code.AlreadyExists, "a/b");
  assertRefused(() => leases.create("n", "", {}), Code.InvalidArgument, "it is empty");
  leases.require("n", id);
  assert.deepEqual([leases.has("n", id), leases.has("m", id)], [true, false]);
  assertRefused(() => leases.require("m", id), Code.NotFound, "a/b");
  leases.delete("n", id);
  assertRefused(() => leases.delete("n", id), Code.NotFound, "a/b");
});

test("LeaseStore keeps resources by type and id, each once, as long as the lease", () => {
  using world = new World(suite);
  const { leases } = world.metadata;
  leases.create("n", "l", {});
  const resources = [
    { type: "content", id: digestFor("x") },
    { type: "images", id: "docker.io/library/busybox:latest" },
    { type: "ingests", id: "layer-1" },
    { type: "snapshots/overlayfs", id: "key" },
  ];
  for (const resource of [...resources, ...resources]) leases.addResource("n", "l", resource);
  assertSame(leases.resources("n", "l"), resources);
  const isKept = (namespace: string, id: string) => leases.isKept(namespace, { type: "ingests", id });
  assert.deepEqual(
    [isKept("n", "layer-1"), isKept("m", "layer-1"), isKept("n", "key")],
    [true, false, false],
  );
  leases.deleteResource("n", "l", { type: "ingests", id: "layer-1" });
  assert.equal(isKept("n", "layer-1"), false);
  leases.deleteResource("n", "l", { type: "ingests", id: "layer-1" });
  assert.equal(leases.resources("n", "l").length, 3);
  leases.delete("n", "l");
  leases.create("n", "l", {});
  assert.deepEqual(leases.resources("n", "l"), [], "a new lease of the same id keeps nothing");
});

test("LeaseStore refuses resources that it cannot keep", () => {
  using world = new World(suite);
  const { leases } = world.metadata;
  leases.create("n", "l", {});
  const rows: [type: string, id: string, Code, string][] = [
    ["content", "sha256:x", Code.InvalidArgument, "check digest"],
    ["snapshots/overlayfs", "", Code.InvalidArgument, "it is empty"],
    ["snapshots/", "key", Code.InvalidArgument, "snapshotter"],
    ["snapshots/a/b", "key", Code.InvalidArgument, "slash"],
    ["volumes", "v", Code.Unimplemented, '"volumes" cannot be kept; these can: content'],
    ["", "v", Code.Unimplemented, "snapshots/SNAPSHOTTER"],
  ];
  for (const [type, id, code, part] of rows) {
    assertRefused(() => leases.addResource("n", "l", { type, id }), code, part);
    assertRefused(() => leases.deleteResource("n", "l", { type, id }), code, part);
  }
  const resource = { type: "ingests", id: "i" };
  assertRefused(() => leases.addResource("n", "gone", resource), Code.NotFound, '"gone"');
  assertRefused(() => leases.deleteResource("n", "gone", resource), Code.NotFound, '"gone"');
  assertRefused(() => leases.resources("n", "gone"), Code.NotFound, '"gone"');
});

test("Metadata.watch() tells of every change after its commit, and of nothing that failed", () => {
  using world = new World(suite);
  const { leases, namespaces, content, images } = world.metadata;
  const told: string[] = [];
  world.metadata.watch({
    noteMutation: () => told.push("mutation"),
    noteDeletion: () => told.push("deletion"),
    noteExpiry: (at) => told.push(`expires at ${new Date(at).toISOString()}`),
  });
  const changes = () => told.splice(0).join();
  leases.create("n", "l", {});
  assert.equal(changes(), "mutation");
  content.add("n", { digest: digestFor("x"), size: 1n }, { lease: "l" });
  content.update("n", { digest: digestFor("x"), labels: { a: "1" } }, []);
  assert.equal(changes(), "mutation,mutation");
  assertRefused(() => content.add("n", { digest: digestFor("y"), size: 1n }, { lease: "m" }), Code.NotFound);
  assertRefused(() => namespaces.delete("n"), Code.FailedPrecondition);
  assert.equal(changes(), "");
  content.delete("n", digestFor("x"));
  leases.delete("n", "l");
  assert.equal(changes(), "deletion,deletion");
  const labels = { "containerd.io/gc.expire": "2026-01-03T00:00:00Z" };
  leases.create("n", "m", labels);
  images.create("n", image("i", "x", { labels }));
  assert.equal(changes(), new Array(2).fill("mutation,expires at 2026-01-03T00:00:00.000Z").join());
});
