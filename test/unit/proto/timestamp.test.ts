import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  fromDate,
  fromNanoseconds,
  isZeroTime,
  toDate,
  toNanoseconds,
  ZERO_TIME_SECONDS,
  zeroTime,
} from "../../../proto/timestamp.ts";

test("a Date comes back from a Timestamp to the millisecond", () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => {
      if (date.getTime() === Number(ZERO_TIME_SECONDS) * 1000) return;
      assert.deepEqual(toDate(fromDate(date)), date);
    }),
  );
});

test("nanoseconds come back from a Timestamp exactly, and nanos are never negative", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }), (nanoseconds) => {
      const timestamp = fromNanoseconds(nanoseconds);
      assert.ok(timestamp.nanos >= 0 && timestamp.nanos < 1e9);
      if (!isZeroTime(timestamp)) assert.equal(toNanoseconds(timestamp), nanoseconds);
    }),
  );
});

test("times around the epoch split into seconds and nanos that count forward", () => {
  for (const [nanoseconds, seconds, nanos] of [
    [0n, 0n, 0],
    [1n, 0n, 1],
    [-1n, -1n, 999_999_999],
    [-1_000_000_000n, -1n, 0],
    [1_700_000_000_123_456_789n, 1_700_000_000n, 123_456_789],
  ] as const) {
    assert.deepEqual(fromNanoseconds(nanoseconds), { seconds, nanos });
  }
  assert.deepEqual(fromDate(new Date(-1)), { seconds: -1n, nanos: 999_000_000 });
  assert.deepEqual(
    toDate({ seconds: -1n, nanos: 999_999_999 }),
    new Date(-1),
    "rounded down, not towards zero",
  );
});

test("the zero time, an absent one and one that no Date can hold are no Date", () => {
  assert.deepEqual(zeroTime(), { seconds: -62_135_596_800n, nanos: 0 });
  assert.equal(new Date(Number(ZERO_TIME_SECONDS) * 1000).toISOString(), "0001-01-01T00:00:00.000Z");
  for (const absent of [undefined, zeroTime(), { seconds: ZERO_TIME_SECONDS }]) {
    assert.equal(toDate(absent), undefined);
    assert.equal(toNanoseconds(absent), undefined);
  }
  assert.equal(toDate({ seconds: 2n ** 63n - 1n }), undefined);
  assert.equal(toDate({ seconds: -(2n ** 63n) }), undefined);
  assert.deepEqual(toDate({}), new Date(0), "an empty Timestamp is the epoch");
});

test("an invalid Date has no Timestamp", () => {
  assert.throws(() => fromDate(new Date(Number.NaN)), RangeError);
});
