import assert from "node:assert/strict";
import { test } from "node:test";
import { decideSize, type SizedSession } from "../../../../shim/attach/window-size.ts";

const small = { columns: 80, rows: 24 };
const large = { columns: 200, rows: 50 };
const session = (size: SizedSession["size"], activity: number, hasNoSay = false): SizedSession => ({
  size,
  activity,
  hasNoSay,
});

for (const [why, sessions, size] of [
  ["nobody is there", [], undefined],
  ["nobody has told a size", [session(undefined, 3)], undefined],
  ["there is one", [session(small, 1)], small],
  ["the one that was active last", [session(small, 2), session(large, 1)], small],
  ["in whatever order they came", [session(large, 1), session(small, 2)], small],
  ["who types without a window has no size to give", [session(small, 1), session(undefined, 9)], small],
  ["who only looks has no say", [session(small, 1), session(large, 9, true)], small],
  ["not even alone", [session(large, 9, true)], undefined],
] as const satisfies readonly (readonly [string, readonly SizedSession[], SizedSession["size"]])[]) {
  test(`decideSize(): ${why}`, () => assert.deepEqual(decideSize(sessions), size));
}
