import assert from "node:assert/strict";
import { test } from "node:test";
import { durationWords, timeAgo } from "../../../../manager/cli/time-text.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

// docker's words, at each of their borders.
const lengths: readonly (readonly [ms: number, words: string])[] = [
  [-5, "Less than a second"],
  [999, "Less than a second"],
  [1_000, "1 second"],
  [1_999, "1 second"],
  [2_000, "2 seconds"],
  [59_999, "59 seconds"],
  [60_000, "About a minute"],
  [119_999, "About a minute"],
  [180_000, "3 minutes"],
  [HOUR - 1, "59 minutes"],
  [HOUR, "About an hour"],
  [1.6 * HOUR, "2 hours"],
  [47 * HOUR, "47 hours"],
  [48 * HOUR, "2 days"],
  [13.9 * DAY, "13 days"],
  [14 * DAY, "2 weeks"],
  [59 * DAY, "8 weeks"],
  [60 * DAY, "2 months"],
  [729 * DAY, "24 months"],
  [730 * DAY, "2 years"],
];

for (const [ms, words] of lengths) {
  test(`${ms} ms are "${words}"`, () => assert.equal(durationWords(ms), words));
}

test("a time is so long ago, and no time is nothing", () => {
  assert.equal(timeAgo(new Date(0), 5 * SECOND), "5 seconds ago");
  assert.equal(timeAgo(undefined), "");
});
