import assert from "node:assert/strict";
import { test } from "node:test";
import { editDistance, nearestWord } from "../../../manager/edit-distance.ts";

const rows: readonly (readonly [word: string, nearest: string | undefined])[] = [
  ["inspct", "inspect"],
  ["pss", "ps"],
  ["imags", "images"],
  ["contaner ls", "container ls"],
  ["completely", undefined],
  ["x".repeat(10_000), undefined],
];

for (const [word, nearest] of rows) {
  test(`nearest to "${word.slice(0, 20)}" is ${nearest ?? "nothing"}`, () => {
    assert.equal(nearestWord(word, ["ps", "inspect", "images", "container ls"]), nearest);
  });
}

test("the distance counts what is put in, taken out and changed", () => {
  assert.equal(editDistance("kitten", "sitting"), 3);
  assert.equal(editDistance("", "abc"), 3);
});
