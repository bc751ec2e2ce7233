import assert from "node:assert/strict";
import { test } from "node:test";
import { Code } from "../../../../proto/errors.ts";
import { Descriptor } from "../../../../proto/gen/descriptor.ts";
import { Image } from "../../../../proto/gen/images.ts";
import { fromDate } from "../../../../proto/timestamp.ts";
import { useSuite } from "../../../support/suite.ts";
import { assertRefused, assertSame, digestFor, image, World } from "./support.ts";

const suite = useSuite();

test("ImageStore names content, and tells so", () => {
  using world = new World(suite);
  const { images, leases } = world.metadata;
  leases.create("n", "l", {});
  const asked = image("docker.io/library/busybox:latest", "x", { labels: { a: "1" } });
  const now = fromDate(world.now);
  const created = images.create("n", asked, { lease: "l" });
  assertSame(created, { ...asked, createdAt: now, updatedAt: now });
  assertSame(images.get("n", asked.name), created);
  assert.equal(images.find("m", asked.name), undefined);
  assertSame(leases.resources("n", "l"), [{ type: "images", id: asked.name }]);
  assertRefused(() => images.create("n", asked), Code.AlreadyExists, asked.name);
  images.delete("n", asked.name);
  assertRefused(() => images.delete("n", asked.name), Code.NotFound, asked.name);
  assertRefused(() => images.get("n", asked.name), Code.NotFound, asked.name);
  assert.deepEqual(world.events.take(), [
    `n /images/create {"name":"${asked.name}","labels":{"a":"1"}}`,
    `n /images/delete {"name":"${asked.name}"}`,
  ]);
});

test("ImageStore refuses what names nothing", () => {
  using world = new World(suite);
  const { images } = world.metadata;
  const target = Descriptor.create({ mediaType: "m", digest: digestFor("x"), size: 7n });
  const rows: [Image, string][] = [
    [image("", "x"), "it is empty"],
    [image("a\nb", "x"), "control character"],
    [image("x".repeat(1025), "x"), "1025 bytes"],
    [Image.create({ name: "a" }), "no target"],
    [Image.create({ name: "a", target: { ...target, digest: "sha256:x" } }), "check digest"],
    [Image.create({ name: "a", target: { ...target, digest: "../../etc" } }), "check digest"],
    [Image.create({ name: "a", target: { ...target, size: 0n } }), "size of its target is 0"],
    [Image.create({ name: "a", target: { ...target, size: -1n } }), "size of its target is -1"],
    [Image.create({ name: "a", target: { ...target, mediaType: "" } }), "no media type"],
    [Image.create({ name: "a", target: { ...target, annotations: { k: "v".repeat(5000) } } }), "annotations"],
  ];
  for (const [asked, part] of rows) {
    assertRefused(() => images.create("n", asked), Code.InvalidArgument, part);
  }
  assertRefused(() => images.create("n", image("a", "x"), { lease: "gone" }), Code.NotFound, '"gone"');
  assert.deepEqual([...images.list("n", [])], []);
});

test("ImageStore.update() changes what the mask names", () => {
  const before = image("i", "old", { labels: { a: "1", b: "2" } });
  const given = image("i", "new", { labels: { a: "9" } });
  const old = { ...(before.target ?? Descriptor.create()), annotations: { k: "1", l: "2" } };
  const fresh = { ...(given.target ?? Descriptor.create()), annotations: { k: "9" } };
  const rows: [mask: string[], expected: Partial<Image>][] = [
    [["labels"], { labels: { a: "9" } }],
    [["labels.a"], { labels: { a: "9", b: "2" } }],
    [["labels.b"], { labels: { a: "1" } }],
    [["target"], { target: fresh }],
    [["annotations"], { target: { ...old, annotations: { k: "9" } } }],
    [["annotations.k"], { target: { ...old, annotations: { k: "9", l: "2" } } }],
    [[], { labels: { a: "9" }, target: fresh }],
  ];
  for (const [mask, expected] of rows) {
    using world = new World(suite);
    const { images } = world.metadata;
    const created = images.create("n", { ...before, target: old });
    world.pass(1);
    const updated = images.update("n", { ...given, target: fresh }, mask);
    assertSame(updated, { ...created, ...expected, updatedAt: fromDate(world.now) }, mask.join());
    assertSame(images.get("n", "i"), updated);
  }
  using world = new World(suite);
  const { images } = world.metadata;
  assertRefused(() => images.update("n", given, []), Code.NotFound, '"i"');
  images.create("n", before);
  assertRefused(() => images.update("n", given, ["name"]), Code.InvalidArgument, '"name" cannot be changed');
  assertRefused(() => images.update("n", Image.create({ name: "i" }), ["target"]), Code.InvalidArgument);
});

test("ImageStore.delete() may be for one target only", () => {
  using world = new World(suite);
  const { images } = world.metadata;
  images.create("n", image("i", "x"));
  const other = Descriptor.create({ digest: digestFor("y") });
  assertRefused(() => images.delete("n", "i", other), Code.NotFound, digestFor("x"), digestFor("y"));
  images.delete("n", "i", Descriptor.create({ digest: digestFor("x") }));
  assert.equal(images.find("n", "i"), undefined);
});

test("ImageStore.list() filters by name, target, labels and annotations", () => {
  using world = new World(suite);
  const { images } = world.metadata;
  const target = { mediaType: "m", digest: digestFor("b"), size: 1n, annotations: { "org.x": "y" } };
  images.create("n", image("a", "a", { labels: { l: "1" } }));
  images.create("n", Image.create({ name: "b", target }));
  const names = (filter: string) => Array.from(images.list("n", [filter]), (each) => each.name);
  assert.deepEqual(names(""), ["a", "b"]);
  assert.deepEqual(names("name~=^a"), ["a"]);
  assert.deepEqual(names(`target.digest==${digestFor("b")}`), ["b"]);
  assert.deepEqual(names("target.mediatype==m"), ["b"]);
  assert.deepEqual(names("labels.l"), ["a"]);
  assert.deepEqual(names("annotations.org.x==y"), ["b"]);
  assert.deepEqual(names("target"), []);
});
