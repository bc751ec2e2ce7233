import assert from "node:assert/strict";
import { test } from "node:test";
import { cutText, displayWidth, padText, visibleText } from "../../../../manager/cli/display-text.ts";

const widths: readonly (readonly [text: string, width: number, why: string])[] = [
  ["abc", 3, "plain"],
  ["日本", 4, "wide characters"],
  ["e\u0301", 1, "a combining accent"],
  ["\u{1f600}", 2, "an emoji"],
  ["ü", 1, "Latin"],
];

for (const [text, width, why] of widths) {
  test(`the width of ${why} is ${width}`, () => assert.equal(displayWidth(text), width));
}

const cuts: readonly (readonly [text: string, columns: number, cut: string])[] = [
  ["abcdef", 6, "abcdef"],
  ["abcdef", 5, "abcd…"],
  ["abcdef", 1, "…"],
  ["abcdef", 0, ""],
  ["日本語", 5, "日本…"],
  ["日本語", 4, "日…"],
];

for (const [text, columns, cut] of cuts) {
  test(`"${text}" in ${columns} columns is "${cut}"`, () => {
    assert.equal(cutText(text, columns), cut);
    assert.ok(displayWidth(cut) <= columns);
  });
}

test("padding counts columns, not characters", () => assert.equal(padText("日本", 6), "日本  "));

test("what would move the cursor or turn the text around is made visible", () => {
  assert.equal(visibleText("a\x1b[31m\n\t\u202eb\x7f"), "a\\x1b[31m\\n\\t\\u202eb\\x7f");
});
