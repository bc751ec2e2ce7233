import assert from "node:assert/strict";
import { test } from "node:test";
import { onlyPids } from "../../../../manager/cli/ps-lines.ts";

test("onlyPids() keeps the heading and the lines of the pids, wherever the column is", () => {
  const full =
    "UID          PID    PPID CMD\nroot           1       0 init\nroot          17       1 sh -c sleep 1\n";
  assert.deepEqual(onlyPids(full, new Set([17])), [
    "UID          PID    PPID CMD",
    "root          17       1 sh -c sleep 1",
  ]);
  assert.deepEqual(onlyPids("  PID RSS\n    1  10\n   17  20\n", new Set([1])), ["  PID RSS", "    1  10"]);
});

test("onlyPids() needs a column to go by", () => {
  assert.throws(() => onlyPids("COMMAND\nsh\n", new Set([1])), { message: /no column PID/ });
});
