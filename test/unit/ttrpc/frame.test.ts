import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  encodeFrame,
  Flag,
  FrameReader,
  FrameType,
  HEADER_BYTES,
  MAX_BODY_BYTES,
  writeHeader,
} from "../../../ttrpc/frame.ts";
import "./support.ts";

type Seen =
  | { kind: "frame"; streamId: number; type: number; flags: number; body: Buffer }
  | { kind: "oversized"; streamId: number; type: number; flags: number; length: number };

/** What every reader of these tests is pushed: overwritten as soon as it has been taken. */
const scratch = Buffer.alloc(256 * 1024);

/** A reader that is lent its chunks, up to the size of the scratch memory, as sockets do it. Bodies are kept as they are. */
function reading(): { reader: FrameReader; seen: Seen[] } {
  const seen: Seen[] = [];
  const reader = new FrameReader({
    onFrame: (streamId, type, flags, body) =>
      seen.push({ kind: "frame", streamId, type, flags, body: body as Buffer }),
    onOversized: (streamId, type, flags, length) =>
      seen.push({ kind: "oversized", streamId, type, flags, length }),
  });
  const push = reader.push.bind(reader);
  reader.push = (chunk) => {
    if (chunk.length > scratch.length) return push(chunk);
    chunk.copy(scratch);
    push(scratch.subarray(0, chunk.length));
    scratch.fill(0xee, 0, chunk.length);
  };
  return { reader, seen };
}

/** The bodies that a reader made of these chunks. */
function bodiesOf(...chunks: Buffer[]): Buffer[] {
  const { reader, seen } = reading();
  for (const chunk of chunks) reader.push(chunk);
  return seen.map((one) => (one.kind === "frame" ? one.body : assert.fail("oversized")));
}

const data = (bytes: number, value = 0x5a): Buffer =>
  encodeFrame(1, FrameType.Data, 0, Buffer.alloc(bytes, value));

function header(length: number, streamId: number, type: number, flags: number): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  writeHeader(bytes, length, streamId, type, flags);
  return bytes;
}

const three = Buffer.concat([
  encodeFrame(1, FrameType.Request, Flag.RemoteOpen, Buffer.from("first")),
  encodeFrame(0xffff_ffff, FrameType.Data, 0xff),
  encodeFrame(3, 77, 0, Buffer.from("third, of a type nobody knows")),
]);
const threeSeen: Seen[] = [
  { kind: "frame", streamId: 1, type: 1, flags: 2, body: Buffer.from("first") },
  { kind: "frame", streamId: 0xffff_ffff, type: 3, flags: 0xff, body: Buffer.alloc(0) },
  { kind: "frame", streamId: 3, type: 77, flags: 0, body: Buffer.from("third, of a type nobody knows") },
];

describe("encodeFrame()", () => {
  test("writes length, stream, type and flags big endian in front of the body", () => {
    assert.equal(
      encodeFrame(0x01020304, FrameType.Response, 0x05, Buffer.from([0xaa, 0xbb])).toString("hex"),
      "00000002010203040205aabb",
    );
    assert.equal(encodeFrame(3, FrameType.Data, 5).toString("hex"), "00000000000000030305");
  });
});

describe("FrameReader", () => {
  test("cuts a chunk with several frames into each of them, in order", () => {
    const { reader, seen } = reading();
    reader.push(three);
    assert.deepEqual(seen, threeSeen);
    assert.equal(reader.isMidFrame, false);
  });

  test("reads the same from one byte at a time", () => {
    const { reader, seen } = reading();
    for (const byte of three) reader.push(Buffer.from([byte]));
    assert.deepEqual(seen, threeSeen);
  });

  test("reads the same from every split into two chunks, and knows when a frame is cut", () => {
    const ends = new Set([0, 15, 25, three.length]);
    for (let split = 0; split <= three.length; split++) {
      const { reader, seen } = reading();
      reader.push(Buffer.from(three.subarray(0, split)));
      assert.equal(reader.isMidFrame, !ends.has(split), `split at ${split}`);
      reader.push(Buffer.from(three.subarray(split)));
      assert.deepEqual(seen, threeSeen, `split at ${split}`);
    }
  });

  test("reports an empty body at once, without waiting for more", () => {
    const { reader, seen } = reading();
    reader.push(encodeFrame(3, FrameType.Data, 5));
    assert.equal(seen.length, 1);
  });

  const lengths = [
    { length: MAX_BODY_BYTES, kind: "frame", reason: "exactly 4 MiB is legal" },
    { length: MAX_BODY_BYTES + 1, kind: "oversized", reason: "one byte more is not" },
  ] as const;
  for (const { length, kind, reason } of lengths) {
    test(`reads a body of ${length} bytes as ${kind}: ${reason}, and the next frame is read`, () => {
      const { reader, seen } = reading();
      reader.push(header(length, 7, FrameType.Request, 0));
      const chunk = Buffer.alloc(100_000, 0x5a);
      for (let left = length; left > 0; left -= chunk.length) {
        reader.push(left < chunk.length ? chunk.subarray(0, left) : chunk);
      }
      reader.push(three);
      const first = seen.shift();
      assert.equal(first?.kind, kind);
      assert.equal(first?.streamId, 7);
      if (first?.kind === "frame") {
        assert.equal(first.body.length, length);
        assert.ok(first.body.equals(Buffer.alloc(length, 0x5a)));
      }
      assert.deepEqual(seen, threeSeen);
    });
  }

  test("throws away a body of 2^32-1 bytes in chunks, keeping none of it", () => {
    const { reader, seen } = reading();
    reader.push(header(0xffff_ffff, 9, FrameType.Data, 0));
    const before = process.memoryUsage().arrayBuffers;
    // One buffer, pushed again and again: whatever was kept would have to be copied.
    const chunk = Buffer.alloc(16 * 1024 * 1024);
    let left = 0xffff_ffff;
    for (; left > chunk.length; left -= chunk.length) reader.push(chunk);
    assert.equal(reader.isMidFrame, true);
    assert.ok(process.memoryUsage().arrayBuffers - before < 2 * chunk.length);
    reader.push(Buffer.concat([chunk.subarray(0, left), three]));
    assert.deepEqual(seen, [
      { kind: "oversized", streamId: 9, type: 3, flags: 0, length: 0xffff_ffff },
      ...threeSeen,
    ]);
  });

  test("allocates for what has come, not for what a header claims", () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 100 }, () => {
      const { reader } = reading();
      reader.push(Buffer.concat([header(MAX_BODY_BYTES, 1, 1, 0), Buffer.from([1])]));
      return reader;
    });
    const used = process.memoryUsage().arrayBuffers - before;
    assert.ok(used < 2 * 1024 * 1024, `${used} bytes for ${readers.length} headers`);
  });

  test("keeps a body that comes in tiny chunks in about its own size", () => {
    const { reader, seen } = reading();
    const length = 1024 * 1024;
    reader.push(header(length, 1, 1, 0));
    const byte = Buffer.from([0x42]);
    const before = process.memoryUsage();
    // Not through the scratch memory: the test is about what the reader holds.
    for (let count = 1; count < length; count++) FrameReader.prototype.push.call(reader, byte);
    const after = process.memoryUsage();
    assert.ok(after.arrayBuffers - before.arrayBuffers < 4 * length, "array buffers");
    assert.ok(after.heapUsed - before.heapUsed < 32 * length, "heap");
    reader.push(byte);
    assert.ok(seen[0]?.kind === "frame" && seen[0].body.equals(Buffer.alloc(length, 0x42)));
  });

  const memories = [
    { sizes: [4096, 10, 0, 4000], held: [8146], reason: "small neighbours share one piece, headers and all" },
    { sizes: Array(8).fill(4086), held: [16384, 16384], reason: "of 16 KiB at most" },
    { sizes: [4097, 10, 100_000], held: [4097, 20, 100_000], reason: "a larger body has its own" },
  ];
  for (const { sizes, held, reason } of memories) {
    test(`holds bodies of ${[...new Set(sizes)]} bytes in ${held} bytes: ${reason}`, () => {
      const bodies = bodiesOf(Buffer.concat(sizes.map((bytes) => data(bytes))));
      assert.deepEqual(
        bodies.map(({ length }) => length),
        sizes,
      );
      assert.deepEqual(
        [...new Set(bodies.map(({ buffer }) => buffer))].map(({ byteLength }) => byteLength),
        held,
      );
    });
  }

  test("gives a body that comes in two chunks memory of exactly its size", () => {
    for (const split of [10, 11, 5_000, 60_000]) {
      const frame = data(65_536);
      const [body] = bodiesOf(Buffer.from(frame.subarray(0, split)), Buffer.from(frame.subarray(split)));
      assert.equal(body?.length, 65_536, `split at ${split}`);
      assert.equal(body?.buffer.byteLength, 65_536, `split at ${split}`);
    }
  });

  test("believes a header as much as the last body had, and no more than 256 KiB", () => {
    const used = (last: number): number => {
      const { reader } = reading();
      reader.push(data(last));
      const before = process.memoryUsage().arrayBuffers;
      reader.push(Buffer.concat([header(MAX_BODY_BYTES, 1, 3, 0), Buffer.from([1])]));
      return process.memoryUsage().arrayBuffers - before;
    };
    // The chunk itself is in the sum.
    assert.ok(Math.abs(used(100_000) - 100_000) < 8_192);
    assert.ok(Math.abs(used(1024 * 1024) - 256 * 1024) < 8_192);
    assert.ok(used(100) < 16_384);
  });

  test("reports nothing after stop(), not even the rest of the chunk", () => {
    const seen: number[] = [];
    const reader: FrameReader = new FrameReader({
      onFrame: (streamId) => {
        seen.push(streamId);
        reader.stop();
      },
      onOversized: () => assert.fail("nothing was oversized"),
    });
    reader.push(three);
    reader.push(three);
    assert.deepEqual(seen, [1]);
  });

  test("reads any frames from any chunks as they were written", () => {
    const frame = fc.record({
      streamId: fc.integer({ min: 0, max: 0xffff_ffff }),
      type: fc.integer({ min: 0, max: 255 }),
      flags: fc.integer({ min: 0, max: 255 }),
      body: fc.uint8Array({ maxLength: 300 }),
    });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 12 }), fc.array(fc.nat(400)), (frames, cuts) => {
        const bytes = Buffer.concat(
          frames.map(({ streamId, type, flags, body }) => encodeFrame(streamId, type, flags, body)),
        );
        const { reader, seen } = reading();
        let position = 0;
        for (const cut of cuts) {
          reader.push(Buffer.from(bytes.subarray(position, position + cut)));
          position += cut;
        }
        reader.push(Buffer.from(bytes.subarray(position)));
        assert.deepEqual(
          seen,
          frames.map((one) => ({ kind: "frame", ...one, body: Buffer.from(one.body) })),
        );
        assert.equal(reader.isMidFrame, false);
      }),
    );
  });

  test("survives any bytes at all", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (chunks) => {
        const { reader, seen } = reading();
        let total = 0;
        for (const chunk of chunks) {
          total += chunk.length;
          reader.push(Buffer.from(chunk));
        }
        assert.ok(seen.length <= total / HEADER_BYTES);
      }),
    );
  });
});
