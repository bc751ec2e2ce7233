import assert from "node:assert/strict";
import { test } from "node:test";
import type { Init } from "../../../../proto/codec.ts";
import { Code, hasCode } from "../../../../proto/errors.ts";
import { AttachOpen, ReplayFrom } from "../../../../proto/gen/attach.ts";
import { placeOf } from "../../../../shim/attach/opening.ts";

// Kept from 100 to 1000.
const view = { keptFrom: 100, window: { end: 1000 } };
const open = (init: Init<AttachOpen>) => AttachOpen.decode(AttachOpen.encode(init));

for (const [why, init, place] of [
  ["from now", { replayFrom: ReplayFrom.REPLAY_FROM_NOW }, 1000],
  ["a way of a later version is from now", { replayFrom: 99 }, 1000],
  ["everything that is kept", { replayFrom: ReplayFrom.REPLAY_FROM_ALL }, 100],
  ["the last bytes", { replayFrom: ReplayFrom.REPLAY_FROM_LAST_BYTES, bytes: 300n }, 700],
  ["more than is kept", { replayFrom: ReplayFrom.REPLAY_FROM_LAST_BYTES, bytes: 950n }, 100],
  ["more than there ever was", { replayFrom: ReplayFrom.REPLAY_FROM_LAST_BYTES, bytes: 2n ** 64n - 1n }, 100],
  ["a place", { replayFrom: ReplayFrom.REPLAY_FROM_OFFSET, offset: 400n }, 400],
  ["the end", { replayFrom: ReplayFrom.REPLAY_FROM_OFFSET, offset: 1000n }, 1000],
  [
    "a place that is gone: the gap is told from there",
    { replayFrom: ReplayFrom.REPLAY_FROM_OFFSET, offset: 7n },
    7,
  ],
] as const satisfies readonly (readonly [string, Init<AttachOpen>, number])[]) {
  test(`placeOf(): ${why}`, () => assert.equal(placeOf(open(init), view), place));
}

for (const offset of [1001n, 2n ** 53n + 1n, 2n ** 64n - 1n]) {
  test(`placeOf() refuses a place that is still to come: ${offset}`, () => {
    const asked = open({ replayFrom: ReplayFrom.REPLAY_FROM_OFFSET, offset });
    assert.throws(
      () => placeOf(asked, view),
      (error) => hasCode(error, Code.OutOfRange),
    );
  });
}
