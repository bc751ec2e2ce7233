// The uncompressed bytes of a layer, from an open file. What compresses it is decided by its first bytes, as containerd does it:
// media types are wrong too often. Reading and decompressing run on Node's pool while the consumer works on what came before.
// Borrows the descriptor and reads it by position, so that others may read it as well.
import { read } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { Code, HawserError, messageOf } from "../../../proto/errors.ts";
import { malformed } from "./tar-header.ts";

/** How the bytes of a layer are packed. */
export type Compression = "none" | "gzip" | "zstd";

const CHUNK_BYTES = 256 * 1024;
/** The largest window that a zstd frame may ask for, as a power of two: 128 MiB of memory, what the zstd program allows. */
const ZSTD_WINDOW_LOG_MAX = 27;
const ZSTD_D_WINDOW_LOG_MAX = 100;

/** Parameters of every zstd decompressor: they bound its memory. */
export const ZSTD_PARAMS = { [ZSTD_D_WINDOW_LOG_MAX]: ZSTD_WINDOW_LOG_MAX };

/** What compresses a file that begins with these bytes. */
export function compressionOf(start: Uint8Array): Compression {
  if (start[0] === 0x1f && start[1] === 0x8b) return "gzip";
  const [a = 0, b = 0, c = 0, d = 0] = start;
  const magic = ((d << 24) | (c << 16) | (b << 8) | a) >>> 0;
  // A frame, or a frame to be skipped before it (RFC 8878).
  return magic === 0xfd2fb528 || (magic & 0xffff_fff0) >>> 0 === 0x184d2a50 ? "zstd" : "none";
}

/**
 * Hands the uncompressed bytes of `size` bytes of a file to `take`, in order, each borrowed for the call. Throws
 * InvalidArgument when they cannot be decompressed or end too early; what `take` throws ends the reading.
 */
export async function decompress(
  fd: number,
  size: number,
  take: (bytes: Buffer) => void,
): Promise<Compression> {
  const start = Buffer.alloc(4);
  await promisify(read)(fd, start, 0, 4, 0);
  const compression = compressionOf(start);
  if (size === 0) return compression;
  const consume = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) take(chunk);
  };
  try {
    const source = readAhead(fd, size);
    if (compression === "none") await consume(source);
    else if (compression === "gzip") {
      await pipeline(Readable.from(source), createGunzip({ chunkSize: CHUNK_BYTES }), consume);
    } else await decompressFrames(fd, size, consume);
  } catch (caught) {
    throw isZlibError(caught)
      ? new HawserError(Code.InvalidArgument, `decompress ${compression}: ${messageOf(caught)}`, {
          cause: caught,
        })
      : caught;
  }
  return compression;
}

// Node's decompressor takes what follows its first frame for rubbish, but an archive may have any number of them: those that
// can be read in part have one for each file.
async function decompressFrames(
  fd: number,
  size: number,
  consume: (chunks: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < size; ) {
    const frame = createZstdDecompress({ chunkSize: CHUNK_BYTES, params: ZSTD_PARAMS });
    await pipeline(Readable.from(readAhead(fd, size, at)), frame, consume);
    if (frame.bytesWritten === 0) throw malformed(`a zstd frame at byte ${at} is empty`);
    at += frame.bytesWritten;
  }
}

// Not a stream of fs: those close the descriptor when they are destroyed, whatever `autoClose` says, and it is not ours.
// The next piece is being read while this one is used.
async function* readAhead(fd: number, size: number, from = 0): AsyncGenerator<Buffer, void, undefined> {
  let next = readPiece(fd, from, size);
  try {
    for (let at = from; at < size; ) {
      const piece = await next;
      if (piece.length === 0) throw malformed(`its file ends at byte ${at} of ${size}`);
      at += piece.length;
      next = readPiece(fd, at, size);
      yield piece;
    }
  } finally {
    // Nobody may close the descriptor under a read.
    await next.catch(() => undefined);
  }
}

async function readPiece(fd: number, at: number, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, size - at));
  const { bytesRead } = await promisify(read)(fd, bytes, 0, bytes.length, at);
  return bytes.subarray(0, bytesRead);
}

function isZlibError(caught: unknown): boolean {
  const code = (caught as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === "string" && /^Z_|^ZSTD_/.test(code);
}
