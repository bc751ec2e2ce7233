import assert from "node:assert/strict";
import { test } from "node:test";
import { displayWidth } from "../../../../manager/cli/display-text.ts";
import { tableLines } from "../../../../manager/cli/table.ts";

const columns = [{ title: "ID" }, { title: "COMMAND", isElastic: true }, { title: "NAMES", isElastic: true }];
const rows = [
  ["abcdef", "a command that is quite long", "a_name_that_is_long"],
  ["x", "日本語", "b\x1b[2J"],
];

test("columns are as wide as they need, and lines have no white space at their end", () => {
  assert.deepEqual(tableLines(columns, rows, Number.POSITIVE_INFINITY), [
    "ID       COMMAND                        NAMES",
    "abcdef   a command that is quite long   a_name_that_is_long",
    "x        日本語                         b\\x1b[2J",
  ]);
});

test("the widest elastic column is cut first, and then all of them evenly", () => {
  assert.deepEqual(
    tableLines(columns, rows, 54)[1],
    "abcdef   a command that is quit…   a_name_that_is_long",
  );
  assert.deepEqual(tableLines(columns, rows, 40)[1], "abcdef   a command tha…   a_name_that_i…");
});

for (const width of [40, 50, 60, 80]) {
  test(`no line is wider than a terminal of ${width} columns`, () => {
    for (const line of tableLines(columns, rows, width)) assert.ok(displayWidth(line) <= width, line);
  });
}

test("a terminal that is too narrow for anything still gets whole ids", () => {
  assert.match(tableLines(columns, rows, 5)[1] ?? "", /^abcdef {3}a command t… {3}a_name_that…$/);
});

test("a table without rows is its titles", () => {
  assert.deepEqual(tableLines(columns, [], 80), ["ID   COMMAND   NAMES"]);
});
