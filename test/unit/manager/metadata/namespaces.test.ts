import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "../../../../proto/errors.ts";
import { useSuite } from "../../../support/suite.ts";
import { assertRefused, assertSame, container, digestFor, image, World } from "./support.ts";

const suite = useSuite();

test("NamespaceStore creates, lists, labels and deletes, and tells so", () => {
  using world = new World(suite);
  const { namespaces } = world.metadata;
  assertSame(namespaces.create({ name: "b", labels: { x: "1", gone: "" } }), {
    name: "b",
    labels: { x: "1" },
  });
  namespaces.create({ name: "a", labels: {} });
  assert.deepEqual(
    namespaces.list().map((each) => each.name),
    ["a", "b"],
  );
  assert.deepEqual(
    namespaces.list(["labels.x==1"]).map((each) => each.name),
    ["b"],
  );
  assertRefused(() => namespaces.create({ name: "a", labels: {} }), Code.AlreadyExists, '"a"');
  assertRefused(() => namespaces.create({ name: "a/b", labels: {} }), Code.InvalidArgument, "a/b");
  assertRefused(() => namespaces.get("c"), Code.NotFound, '"c"');
  namespaces.update({ name: "b", labels: { y: "2", x: "" } }, ["labels.y", "labels.x"]);
  assertSame(namespaces.labels("b"), { y: "2" });
  namespaces.update({ name: "b", labels: { z: "3" } }, []);
  assertSame(namespaces.labels("b"), { z: "3" });
  assertSame(namespaces.labels("nobody"), {});
  assertRefused(
    () => namespaces.update({ name: "b", labels: {} }, ["name"]),
    Code.InvalidArgument,
    "labels.KEY",
  );
  assertRefused(() => namespaces.update({ name: "c", labels: {} }, []), Code.NotFound);
  namespaces.delete("b");
  assertRefused(() => namespaces.delete("b"), Code.NotFound);
  assert.deepEqual(world.events.take(), [
    'b /namespaces/create {"name":"b","labels":{"x":"1"}}',
    'a /namespaces/create {"name":"a"}',
    'b /namespaces/update {"name":"b","labels":{"y":"2"}}',
    'b /namespaces/update {"name":"b","labels":{"z":"3"}}',
    'b /namespaces/delete {"name":"b"}',
  ]);
});

test("a namespace exists with what is in it, and is not deleted before that", () => {
  using world = new World(suite);
  const { namespaces, containers, images, content, leases, snapshots } = world.metadata;
  containers.create("n", container("c1"));
  containers.create("n", container("c2"));
  images.create("n", image("i", "i"));
  content.add("n", { digest: digestFor("i"), size: 1n });
  leases.create("n", "l", {});
  snapshots.prepare("n", "overlayfs", { key: "s", parent: "", kind: "active", labels: {} });
  assertSame(namespaces.get("n"), { name: "n", labels: {} });
  assertRefused(
    () => namespaces.delete("n"),
    Code.FailedPrecondition,
    "it has 2 containers, 1 image, 1 snapshot, 1 blob, 1 lease; delete them first",
  );
  assertRefused(() => containers.create("no/where", container("c")), Code.InvalidArgument, "no/where");
});
