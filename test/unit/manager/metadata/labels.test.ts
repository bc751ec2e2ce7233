import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeMap, parseMask } from "../../../../manager/metadata/field-mask.ts";
import { checkLabels, checkName, checkSnapshotter, gcLabelsOf } from "../../../../manager/metadata/labels.ts";
import { Code } from "../../../../proto/errors.ts";
import { assertRefused, assertSame } from "./support.ts";

test("checkLabels() takes 4096 bytes of a label, key and value together, and leaves out the empty ones", () => {
  assertSame(checkLabels("x", undefined), {});
  assertSame(checkLabels("x", { k: "v", gone: "" }), { k: "v" });
  const longest = { k: `${"é".repeat(2047)}x` };
  assertSame(checkLabels("x", longest), longest);
  assertRefused(
    () => checkLabels("image", { k: "é".repeat(2048) }),
    Code.InvalidArgument,
    "image",
    "4097 bytes",
  );
  const huge = "k".repeat(100_000);
  assert.throws(
    () => checkLabels("x", { [huge]: "v" }),
    (error) => error instanceof Error && error.message.length < 300,
  );
});

test("labels may be called as what every object has", () => {
  const labels = JSON.parse('{"__proto__":"a","toString":"b"}') as Record<string, string>;
  const kept = checkLabels("x", labels);
  assert.deepEqual(Object.keys(kept), ["__proto__", "toString"]);
  const merged = mergeMap(kept, JSON.parse('{"__proto__":"c"}') as Record<string, string>, "__proto__");
  assert.equal(Object.entries(merged)[0]?.[1], "c");
  assert.deepEqual(Object.keys(mergeMap(merged, {}, "__proto__")), ["toString"]);
  assert.deepEqual(Object.keys(mergeMap({}, {}, "toString")), []);
});

test("checkName() takes any text that can be seen", () => {
  for (const name of ["a", "docker.io/library/x:latest", "extract-1 sha256:x", "ünïcode", "x".repeat(1024)]) {
    assert.equal(checkName("name", name), name);
  }
  for (const name of ["", "a\0b", "a\nb", "a\x7fb", "é".repeat(513)]) {
    assertRefused(() => checkName("name", name), Code.InvalidArgument, "check name");
  }
  assertRefused(() => checkSnapshotter("a/b"), Code.InvalidArgument, "slash");
});

test("gcLabelsOf() picks the labels of the garbage collector", () => {
  assert.equal(gcLabelsOf({ a: "b", "containerd.io/uncompressed": "x" }), null);
  const gc = { "containerd.io/gc.root": "1", "containerd.io/gc.ref.content": "x" };
  assert.equal(gcLabelsOf({ a: "b", ...gc }), JSON.stringify(gc));
});

test("parseMask() reads paths, and says which there are", () => {
  const rules = { fields: ["labels", "image"], maps: ["labels"] } as const;
  const read = (...paths: string[]) => parseMask("x", paths, rules).map(({ field, key }) => [field, key]);
  assert.deepEqual(read(), [
    ["labels", undefined],
    ["image", undefined],
  ]);
  assert.deepEqual(read("image", "labels.a.b", "labels."), [
    ["image", undefined],
    ["labels", "a.b"],
    ["labels", ""],
  ]);
  for (const path of ["", "spec", "image.x", "label", "labelsx"]) {
    assertRefused(() => read(path), Code.InvalidArgument, "these can: labels, image, labels.KEY");
  }
  assertRefused(() => read(...new Array<string>(2049).fill("image")), Code.InvalidArgument, "2049 paths");
});
