import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSelectors } from "../../../../manager/metadata/filter.ts";
import { boundOf, type FieldBound } from "../../../../manager/metadata/filter-keys.ts";

test("boundOf() says what a field may be, and never less than what matches", () => {
  const rows: [filter: string, path: string, bound: FieldBound | undefined, why: string][] = [
    ["id==a", "id", { equals: "a" }, "the very value"],
    ["image==x", "id", undefined, "not a word about it"],
    ["image==x,id==a", "id", { equals: "a" }, "both conditions hold"],
    ["id!=b,id==a", "id", { equals: "a" }, "the first that bounds"],
    ["id!=a", "id", undefined, "all others"],
    ["id", "id", undefined, "to be there is no bound"],
    ["id~=^ab", "id", { startsWith: "ab" }, "a beginning"],
    ["id~=/^ab.*/", "id", { startsWith: "ab" }, "the same"],
    ["id~=ab", "id", undefined, "anywhere in it"],
    ["id~=^ab$", "id", undefined, "more than a beginning"],
    ["id~=^a.b", "id", undefined, "a dot is any character"],
    ["id~=^a|b", "id", undefined, "or"],
    ['labels."hawser/name"==web', "labels.hawser/name", { equals: "web" }, "a label by its key"],
  ];
  for (const [filter, path, bound, why] of rows) {
    const [selectors = []] = parseSelectors([filter]);
    assert.deepEqual(boundOf(selectors, path), bound, `${filter}: ${why}`);
  }
});
