import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "../../../../proto/errors.ts";
import { Container } from "../../../../proto/gen/containers.ts";
import { fromDate } from "../../../../proto/timestamp.ts";
import { useSuite } from "../../../support/suite.ts";
import { assertRefused, assertSame, container, World } from "./support.ts";

const suite = useSuite();

test("ContainerStore gives back what was created, with the times of the manager", () => {
  using world = new World(suite);
  const { containers } = world.metadata;
  const asked = container("web", {
    image: "busybox",
    labels: { app: "x", empty: "" },
    snapshotter: "overlayfs",
    snapshotKey: "web",
    extensions: { note: { typeUrl: "t", value: Buffer.from("v") } },
    createdAt: { seconds: 1n, nanos: 0 },
    sandbox: "pod",
  });
  const now = fromDate(world.now);
  const created = containers.create("default", asked);
  assertSame(created, { ...asked, labels: { app: "x" }, createdAt: now, updatedAt: now });
  const read = containers.get("default", "web");
  assert.deepEqual(Container.encode(read), Container.encode(created));
  assert.equal(containers.find("other", "web"), undefined, "an id is that of one namespace");
  assert.deepEqual(world.events.take(), [
    'default /containers/create {"id":"web","image":"busybox","runtime":{"name":"io.containerd.hawser.v2"}}',
  ]);
  assertRefused(() => containers.create("default", asked), Code.AlreadyExists, '"web"', '"default"');
  containers.create("other", asked);
});

test("ContainerStore refuses what makes no container", () => {
  using world = new World(suite);
  const { containers } = world.metadata;
  const spec = (sizeBytes: number) => ({ typeUrl: "t", value: Buffer.alloc(sizeBytes) });
  const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, "v"]));
  const rows: [Container, string][] = [
    [container("a/b"), '"/"'],
    [container(""), "it is empty"],
    [container("x", { runtime: undefined }), "names no runtime"],
    [container("x", { spec: undefined }), "has no spec"],
    [container("x", { snapshotKey: "k" }), "no snapshotter"],
    [container("x", { labels: { "": "v" } }), "a label has no key"],
    [container("x", { labels: { k: "v".repeat(4096) } }), "4097 bytes"],
    [container("x", { labels: many(1025) }), "1025 labels"],
    [container("x", { extensions: { "": spec(1) } }), "an extension has no name"],
    [container("x", { spec: spec(5 * 1024 * 1024) }), "at most 4194304"],
  ];
  for (const [asked, part] of rows) {
    assertRefused(() => containers.create("default", asked), Code.InvalidArgument, part);
  }
  assertRefused(
    () => containers.create("default", container("x"), { lease: "gone" }),
    Code.NotFound,
    'lease "gone"',
  );
  assert.deepEqual([...containers.list("default", [])], []);
  assert.deepEqual(world.metadata.namespaces.list(), [], "what was refused left no namespace behind");
  assert.deepEqual(world.events.take(), []);
});

test("ContainerStore.update() changes what the mask names", () => {
  const any = (text: string) => ({ typeUrl: "t", value: Buffer.from(text) });
  const before = container("c", {
    image: "old",
    labels: { a: "1", "b.c": "2" },
    extensions: { e: any("1"), f: any("2") },
    snapshotter: "overlayfs",
    snapshotKey: "old",
  });
  const given = container("c", {
    image: "new",
    labels: { a: "9", "b.c": "" },
    extensions: { f: any("9") },
    spec: any("spec"),
    snapshotter: "overlayfs",
    snapshotKey: "new",
  });
  const rows: [mask: string[], expected: Partial<Container>][] = [
    [["image"], { image: "new" }],
    [["labels.b.c"], { labels: { a: "1" } }],
    [["labels.absent"], {}],
    [["labels.a", "snapshotkey"], { labels: { a: "9", "b.c": "2" }, snapshotKey: "new" }],
    [["labels"], { labels: { a: "9" } }],
    [["extensions.e"], { extensions: { f: any("2") } }],
    [["extensions.f"], { extensions: { e: any("1"), f: any("9") } }],
    [["extensions"], { extensions: { f: any("9") } }],
    [["spec"], { spec: any("spec") }],
    [
      [],
      {
        image: "new",
        labels: { a: "9" },
        extensions: { f: any("9") },
        spec: any("spec"),
        snapshotKey: "new",
      },
    ],
  ];
  for (const [mask, expected] of rows) {
    using world = new World(suite);
    const { containers } = world.metadata;
    const created = containers.create("n", before);
    world.pass(5);
    const updated = containers.update("n", given, mask);
    assertSame(updated, { ...created, ...expected, updatedAt: fromDate(world.now) }, mask.join());
    assert.deepEqual(Container.encode(containers.get("n", "c")), Container.encode(updated));
  }
});

test("ContainerStore.update() refuses what cannot change, and tells of what has", () => {
  using world = new World(suite);
  const { containers } = world.metadata;
  containers.create("n", container("c"));
  world.events.take();
  const change =
    (more: object, mask: string[] = []) =>
    () =>
      containers.update("n", container("c", more), mask);
  assertRefused(change({ runtime: { name: "other" } }), Code.InvalidArgument, "its runtime");
  assertRefused(change({ snapshotter: "native" }), Code.InvalidArgument, "its snapshotter");
  assertRefused(change({}, ["runtime"]), Code.InvalidArgument, '"runtime" cannot be changed', "snapshotkey");
  assertRefused(change({ snapshotKey: "k" }, ["snapshotkey"]), Code.InvalidArgument, "no snapshotter");
  assertRefused(change({ spec: undefined }, ["spec"]), Code.InvalidArgument, "no spec");
  assertRefused(() => containers.update("n", container("d"), []), Code.NotFound, '"d"');
  assert.deepEqual(world.events.take(), []);
  containers.update("n", container("c", { labels: { a: "1" } }), ["labels.a"]);
  containers.delete("n", "c");
  assertRefused(() => containers.delete("n", "c"), Code.NotFound, '"c"');
  assert.deepEqual(world.events.take(), [
    'n /containers/update {"id":"c","labels":{"a":"1"}}',
    'n /containers/delete {"id":"c"}',
  ]);
});

test("ContainerStore.list() filters by id, image, runtime and labels, in the order of ids", () => {
  using world = new World(suite);
  const { containers } = world.metadata;
  containers.create("n", container("b", { image: "x" }));
  containers.create("n", container("a", { labels: { "k.l": "v" } }));
  containers.create("m", container("c"));
  const ids = (...filters: string[]) => Array.from(containers.list("n", filters), (each) => each.id);
  assert.deepEqual(ids(), ["a", "b"]);
  assert.deepEqual(ids("id==a", "image==x"), ["a", "b"]);
  assert.deepEqual(ids("image"), ["b"]);
  assert.deepEqual(ids("labels.k.l==v,runtime.name~=hawser"), ["a"]);
  assertRefused(() => containers.list("n", ["id="]), Code.InvalidArgument, "at character 3");
});

test("ContainerStore gives a name to one container of a namespace", () => {
  using world = new World(suite);
  const { containers } = world.metadata;
  const named = (id: string, name: string) => container(id, { labels: { "hawser/name": name } });
  containers.create("n", named("one", "web"));
  containers.create("n", container("two"));
  containers.create("m", named("other", "web"));
  world.events.take();
  const taken = ['"web"', '"one"', "rename it"];
  assertRefused(
    () => containers.create("n", named("new", "web")),
    Code.AlreadyExists,
    'create container "new"',
    ...taken,
  );
  const rename = (id: string, name: string, mask: string[]) => () =>
    containers.update("n", named(id, name), mask);
  assertRefused(
    rename("two", "web", ["labels.hawser/name"]),
    Code.AlreadyExists,
    'update container "two"',
    ...taken,
  );
  assertRefused(rename("two", "web", ["labels"]), Code.AlreadyExists, ...taken);
  assertRefused(() => containers.create("n", named("one", "web")), Code.AlreadyExists, "it exists");
  assert.deepEqual(world.events.take(), []);
  assert.deepEqual([containers.idOf("n", "web"), containers.idOf("m", "web")], ["one", "other"]);

  rename("one", "web", ["labels"])();
  rename("one", "www", ["labels.hawser/name"])();
  assert.equal(containers.idOf("n", "web"), undefined);
  rename("two", "web", ["labels.hawser/name"])();
  assert.equal(containers.idOf("n", "web"), "two");
  containers.delete("n", "two");
  containers.create("n", named("new", "web"));
  rename("new", "", ["labels.hawser/name"])();
  assert.equal(containers.idOf("n", "web"), undefined, "a name can be taken away");
});

test("ContainerStore refuses names that are none", () => {
  using world = new World(suite);
  const rows: [name: string, part: string][] = [
    ["a/b", 'it contains "/"'],
    ["-a", 'it begins with "-"'],
    ["a b", 'it contains " "'],
    ["ä", 'it contains "ä"'],
    ["x".repeat(129), "129 characters"],
  ];
  for (const [name, part] of rows) {
    const asked = container("c", { labels: { "hawser/name": name } });
    assertRefused(
      () => world.metadata.containers.create("n", asked),
      Code.InvalidArgument,
      part,
      "1 to 128 characters",
    );
  }
});

test("ContainerStore.list() finds a name and the beginning of an id without reading other records", () => {
  using world = new World(suite);
  const { database, containers } = world.metadata;
  const labels = (name: string) => ({ labels: { "hawser/name": name } });
  containers.create("n", container("abc1", labels("web")));
  containers.create("n", container("abd2", labels("db")));
  containers.create("n", container("b3"));
  // A record that cannot be read fails every list that touches it.
  database.statement("UPDATE containers SET record = x'ff' WHERE id = 'b3'").run();
  assertRefused(() => [...containers.list("n", ["image"])], Code.DataLoss);
  const ids = (...filters: string[]) => Array.from(containers.list("n", filters), (each) => each.id);
  const rows: [filters: string[], expected: string[]][] = [
    [['labels."hawser/name"==web'], ["abc1"]],
    [['labels."hawser/name"==none'], []],
    [
      ['labels."hawser/name"==web', 'labels."hawser/name"==db'],
      ["abc1", "abd2"],
    ],
    [['labels."hawser/name"==web,id==abd2'], []],
    [["id==abd2"], ["abd2"]],
    [["id~=^ab"], ["abc1", "abd2"]],
    [
      ["id~=^abd", "id==abc1", "id~=^abd2"],
      ["abc1", "abd2"],
    ],
    [["id~=^x"], []],
    [["id==web", 'labels."hawser/name"==web', "id~=^web"], ["abc1"]],
  ];
  for (const [filters, expected] of rows) assert.deepEqual(ids(...filters), expected, filters.join());
});
