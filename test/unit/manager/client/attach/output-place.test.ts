// Pieces and gaps as they come, and what of them is new.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { OutputPlace } from "../../../../../manager/client/attach/output-place.ts";

const bytes = (text: string) => Buffer.from(text);

const cases: readonly [
  why: string,
  from: number | undefined,
  offset: number,
  text: string,
  expected: string,
][] = [
  ["what comes next is new", 5, 5, "abc", "5:abc"],
  ["what was given is not given again", 5, 2, "abc", ""],
  ["of what overlaps, the rest is new", 5, 3, "abcd", "5:cd"],
  ["what is further on leaves a gap", 5, 8, "a", "[5-8] 8:a"],
  ["without a wish, the first that comes is the place", undefined, 8, "a", "8:a"],
  ["nothing is nothing", 5, 5, "", ""],
  ["nothing further on is a gap all the same", 5, 7, "", "[5-7]"],
];

for (const [why, from, offset, text, expected] of cases) {
  test(`OutputPlace: ${why}`, () => {
    const place = new OutputPlace(from === undefined ? undefined : BigInt(from));
    const items = place.take(BigInt(offset), "stdout", bytes(text));
    const said = items.map((item) =>
      item.gap === undefined
        ? `${item.offset}:${Buffer.from(item.bytes)}`
        : `[${item.gap.from}-${item.gap.to}]`,
    );
    assert.equal(said.join(" "), expected);
  });
}

test("whatever pieces of a text come, in whatever order: each byte at most once, in its place, and gaps for the rest", () => {
  const text = Buffer.from(Array.from({ length: 200 }, (_, index) => index));
  const piece = fc.tuple(fc.nat({ max: 200 }), fc.nat({ max: 60 }));
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const place = new OutputPlace(0n);
      let next = 0n;
      for (const [from, length] of pieces) {
        for (const item of place.take(BigInt(from), "stdout", text.subarray(from, from + length))) {
          if (item.gap !== undefined) {
            assert.equal(item.gap.from, next);
            assert.ok(item.gap.to > next);
            next = item.gap.to;
          } else {
            assert.equal(item.offset, next);
            next += BigInt(item.bytes.length);
            assert.deepEqual(Buffer.from(item.bytes), text.subarray(Number(item.offset), Number(next)));
          }
        }
        assert.equal(place.next, next);
      }
    }),
  );
});
