// Frames of the attach protocol, from whatever pieces a socket gives.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  AttachFrameReader,
  attachFrame,
  attachHeader,
  gapFrame,
  inputTakenFrame,
  MAX_ATTACH_PAYLOAD_BYTES,
  outputHeader,
  readGap,
  readInputTaken,
  readOutput,
  readResize,
  resizeFrame,
} from "../../../proto/attach-frame.ts";
import { isInvalidArgument, isResourceExhausted } from "../../../proto/errors.ts";

/** What a reader makes of pieces. */
function read(pieces: readonly Uint8Array[]): [type: number, payload: string][] {
  const reader = new AttachFrameReader();
  return pieces.flatMap((piece) =>
    [...reader.push(piece)].map(({ type, payload }): [number, string] => [
      type,
      Buffer.from(payload).toString("hex"),
    ]),
  );
}

test("whatever frames, in whatever pieces, come out as they were", () => {
  const frame = fc.tuple(fc.nat({ max: 255 }), fc.uint8Array({ maxLength: 40 }));
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 10 }), fc.array(fc.nat({ max: 50 })), (frames, cuts) => {
      const bytes = Buffer.concat(frames.map(([type, payload]) => attachFrame(type, payload)));
      const pieces: Buffer[] = [];
      let from = 0;
      for (const cut of cuts) {
        pieces.push(bytes.subarray(from, from + cut));
        from += cut;
      }
      pieces.push(bytes.subarray(from));
      const expected = frames.map(([type, payload]) => [type, Buffer.from(payload).toString("hex")]);
      assert.deepEqual(read(pieces), expected);
      assert.deepEqual(read(Array.from(bytes, (byte) => Uint8Array.of(byte))), expected);
    }),
  );
});

test("a frame of the greatest length comes, and one that is longer is refused by its header", () => {
  const payload = Buffer.alloc(MAX_ATTACH_PAYLOAD_BYTES, 7);
  const [only] = [...new AttachFrameReader().push(attachFrame(2, payload))];
  assert.deepEqual(only?.payload.length, payload.length);
  const reader = new AttachFrameReader();
  assert.throws(() => [...reader.push(attachHeader(2, MAX_ATTACH_PAYLOAD_BYTES + 1))], isResourceExhausted);
  assert.throws(() => [...new AttachFrameReader().push(Buffer.alloc(5, 0xff))], isResourceExhausted);
});

test("what is in frames is what was put in", () => {
  const payloadOf = (frame: Buffer) =>
    [...new AttachFrameReader().push(frame)][0]?.payload ?? new Uint8Array(0);
  const big = 2n ** 63n + 5n;
  assert.deepEqual(readGap(payloadOf(gapFrame(3n, big))), { from: 3n, to: big });
  assert.deepEqual(readResize(payloadOf(resizeFrame(0, 65535))), { columns: 0, rows: 65535 });
  assert.equal(readInputTaken(payloadOf(inputTakenFrame(big))), big);
  const output = readOutput(payloadOf(Buffer.concat([outputHeader(big, 2, 3), Buffer.from("abc")])));
  assert.deepEqual([output.offset, output.stream, Buffer.from(output.bytes).toString()], [big, 2, "abc"]);
});

test("frames that are too short for what they are are refused", () => {
  for (const take of [readOutput, readGap, readResize, readInputTaken]) {
    assert.throws(() => take(new Uint8Array(1)), isInvalidArgument);
  }
});
