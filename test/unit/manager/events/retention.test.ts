import assert from "node:assert/strict";
import { test } from "node:test";
import { type CountedEvent, surplusOf } from "../../../../manager/events/retention.ts";

const NOW_MS = 1_000_000;
const roomy = { maxEvents: 1_000, maxBytes: 1_000_000, maxAgeMs: 1_000 };

/** Ten events of 100 bytes, a millisecond apart, the last one now. */
const events: CountedEvent[] = Array.from({ length: 10 }, (_, index) => ({
  time: BigInt(NOW_MS - 9 + index) * 1_000_000n,
  ordinal: BigInt(index + 1),
  total: BigInt(100 * (index + 1)),
}));
const newest = events.at(-1) as CountedEvent;

const cases: readonly [retention: Partial<typeof roomy>, nowMs: number, surplus: number, why: string][] = [
  [{}, NOW_MS, 0, "nothing is too much"],
  [{ maxEvents: 4 }, NOW_MS, 6, "four are kept"],
  [{ maxEvents: 10 }, NOW_MS, 0, "as many as may be"],
  [{ maxBytes: 500 }, NOW_MS, 5, "five hundred bytes are five events"],
  [{ maxAgeMs: 5 }, NOW_MS, 4, "what is just five milliseconds old stays"],
  [{}, NOW_MS + 10_000, 9, "all are too old, and the newest stays"],
  [{ maxEvents: 8, maxBytes: 300, maxAgeMs: 8 }, NOW_MS, 7, "the tightest bound counts"],
];

for (const [retention, nowMs, surplus, why] of cases) {
  test(`surplusOf(): ${surplus} with ${JSON.stringify(retention)}: ${why}`, () => {
    assert.equal(surplusOf(events, newest, { ...roomy, ...retention }, nowMs), surplus);
  });
}

test("surplusOf() lets an event of the future hold up the age of those behind it, not their number", () => {
  const [first, ...others] = events as [CountedEvent, ...CountedEvent[]];
  const late = [{ ...first, time: newest.time * 2n }, ...others];
  assert.equal(surplusOf(late, newest, roomy, NOW_MS + 10_000), 0);
  assert.equal(surplusOf(late, newest, { ...roomy, maxEvents: 5 }, NOW_MS + 10_000), 9);
});
