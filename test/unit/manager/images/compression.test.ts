import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import { decompress, gzip } from "../../../../manager/images/compression.ts";
import { Code, type HawserError } from "../../../../proto/errors.ts";
import { collect, pieces } from "./support.ts";

const plain = Buffer.concat([Buffer.alloc(300_000, "text "), randomBytes(200_000)]);
const [one, two] = [plain.subarray(0, 250_000), plain.subarray(250_000)];
/** A frame that decompressors skip (RFC 8878). */
const skippable = Buffer.from([0x52, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

test("decompress() tells compressions by the first bytes, and reads all members and frames", async () => {
  const table: [string, Buffer, Buffer][] = [
    ["plain", plain, plain],
    ["nothing", Buffer.alloc(0), Buffer.alloc(0)],
    ["shorter than a magic", Buffer.from("ab"), Buffer.from("ab")],
    ["gzip", gzipSync(plain), plain],
    ["gzip in two members", Buffer.concat([gzipSync(one), gzipSync(two)]), plain],
    ["zstd", zstdCompressSync(plain), plain],
    ["zstd in two frames", Buffer.concat([zstdCompressSync(one), zstdCompressSync(two)]), plain],
    ["zstd with a frame to skip", Buffer.concat([skippable, zstdCompressSync(plain), skippable]), plain],
    [
      "zstd in 200 frames",
      Buffer.concat(Array(200).fill(zstdCompressSync(Buffer.from("frame")))),
      Buffer.from("frame".repeat(200)),
    ],
  ];
  for (const [what, packed, expected] of table) {
    for (const size of [1_000_000, 70_000, 7]) {
      if (size === 7 && packed.length > 100_000) continue;
      assert.ok(
        (await collect(decompress(pieces(packed, size)))).equals(expected),
        `${what} in pieces of ${size}`,
      );
    }
  }
});

test("decompress() refuses what is broken or cut, and hands on the errors of its source", async () => {
  const flipped = (packed: Buffer) => {
    const copy = Buffer.from(packed);
    copy.writeUInt8(copy.readUInt8(copy.length - 30_000) ^ 0xff, copy.length - 30_000);
    return copy;
  };
  const table: [string, Buffer, RegExp][] = [
    ["gzip cut", gzipSync(plain).subarray(0, 100_000), /read gzip stream: unexpected end of file/],
    ["gzip flipped", flipped(gzipSync(plain)), /read gzip stream: /],
    [
      "zstd of rubbish",
      Buffer.concat([zstdCompressSync(one).subarray(0, 9), randomBytes(500)]),
      /read zstd stream: /,
    ],
    [
      "zstd and then rubbish",
      Buffer.concat([zstdCompressSync(one), Buffer.from("rubbish")]),
      /read zstd stream: /,
    ],
  ];
  for (const [what, packed, text] of table) {
    await assert.rejects(collect(decompress(pieces(packed))), (error: HawserError) => {
      assert.match(error.message, text, what);
      assert.equal(error.code, Code.InvalidArgument, what);
      return true;
    });
  }
  async function* breaks() {
    yield gzipSync(plain).subarray(0, 1000);
    throw new Error("the source broke");
  }
  await assert.rejects(collect(decompress(breaks())), /^Error: the source broke$/);
});

test("a reader that stops tells the source, whatever the compression", async () => {
  for (const packed of [plain, gzipSync(plain), zstdCompressSync(plain)]) {
    let isClosed = false;
    async function* source() {
      try {
        yield* pieces(packed, 1000);
      } finally {
        isClosed = true;
      }
    }
    for await (const _ of decompress(source())) break;
    assert.ok(isClosed);
  }
});

test("gzip() is undone by others", async () => {
  assert.ok(gunzipSync(await collect(gzip(pieces(plain)))).equals(plain));
});
