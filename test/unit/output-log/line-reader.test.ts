import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { incompleteCharacter, LineReader, MAX_LINE_BYTES } from "../../../output-log/line-reader.ts";
import type { OutputRecord } from "../../../output-log/record.ts";

/** Records, one after the other, of stdout. */
function records(...pieces: (string | Uint8Array)[]): OutputRecord[] {
  let offset = 0n;
  return pieces.map((piece, index) => {
    const bytes = Buffer.from(piece as string);
    const record = { offset, stream: 1, time: BigInt(index), bytes } as const;
    offset += BigInt(bytes.length);
    return record;
  });
}

test("a line that is longer than a piece comes in pieces that end between characters", () => {
  const reader = new LineReader();
  const [record] = records("€".repeat(10_000));
  assert.ok(record);
  const lines = [...reader.push(record), ...reader.flush()];
  assert.deepEqual(
    lines.map(({ bytes, isPartial, offset }) => [bytes.length, isPartial, offset]),
    [
      [16_383, true, 0n],
      [13_617, true, 16_383n],
    ],
  );
  assert.equal(lines.map(({ bytes }) => Buffer.from(bytes).toString()).join(""), "€".repeat(10_000));
});

test("the beginning of a character at the end is told from bytes that are no text", () => {
  const rows: readonly (readonly [bytes: number[], held: number])[] = [
    [[], 0],
    [[0x61], 0],
    [[0xc3], 1],
    [[0xc3, 0xa9], 0],
    [[0xe2, 0x82], 2],
    [[0xe2, 0x82, 0xac], 0],
    [[0xf0, 0x9f, 0x98], 3],
    [[0x80], 0],
    [[0x80, 0x80, 0x80, 0x80], 0],
    [[0xff], 0],
    [[0xc3, 0x80, 0x80], 0],
  ];
  for (const [bytes, held] of rows)
    assert.equal(incompleteCharacter(Uint8Array.from(bytes)), held, `${bytes}`);
});

test("any bytes in any pieces: lines are the bytes, and end with their newlines", () => {
  const piece = fc.uint8Array({ maxLength: 40 });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
      const reader = new LineReader();
      const lines = [...records(...pieces).flatMap((record) => [...reader.push(record)]), ...reader.flush()];
      assert.deepEqual(Buffer.concat(lines.map(({ bytes }) => bytes)), Buffer.concat(pieces));
      let offset = 0n;
      for (const line of lines) {
        assert.equal(line.offset, offset);
        offset += BigInt(line.bytes.length);
        assert.ok(line.bytes.length > 0 && line.bytes.length <= MAX_LINE_BYTES);
        assert.equal(line.bytes.indexOf(0x0a), line.isPartial ? -1 : line.bytes.length - 1);
      }
    }),
  );
});
