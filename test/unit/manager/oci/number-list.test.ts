import assert from "node:assert/strict";
import { test } from "node:test";
import { formatNumberList, parseNumberList } from "../../../../manager/oci/number-list.ts";

const rows: [text: string, numbers: number[] | undefined, back?: string][] = [
  ["0", [0], "0"],
  ["0-3", [0, 1, 2, 3], "0-3"],
  ["5,0-2,2", [0, 1, 2, 5], "0-2,5"],
  [" 1 , 3 ", [1, 3], "1,3"],
  ["", undefined],
  ["3-1", undefined],
  ["a", undefined],
  ["1,", undefined],
  ["-1", undefined],
  ["0-99999", undefined],
  ["0-9999", undefined],
];
for (const [text, numbers, back] of rows) {
  test(`parseNumberList(${JSON.stringify(text)})`, () => {
    assert.deepEqual(parseNumberList(text), numbers);
    if (numbers) assert.equal(formatNumberList(numbers), back);
  });
}
