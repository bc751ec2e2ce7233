// The uncompressed bytes of a layer, from an open file. What compresses it is decided by its first bytes, as containerd does it:
// media types are wrong too often. Reading and decompressing run on Node's pool while the consumer works on what came before.
// Borrows the descriptor and reads it by position, so that others may read it as well.
import { createReadStream, read } from "node:fs";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { Code, HawserError, messageOf } from "../../../proto/errors.ts";

/** How the bytes of a layer are packed. */
export type Compression = "none" | "gzip" | "zstd";

const CHUNK_BYTES = 256 * 1024;
/** The largest window that a zstd frame may ask for, as a power of two: 128 MiB of memory, what the zstd program allows. */
const ZSTD_WINDOW_LOG_MAX = 27;
const ZSTD_D_WINDOW_LOG_MAX = 100;

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
  const source = createReadStream("", {
    fd,
    autoClose: false,
    start: 0,
    end: size - 1,
    highWaterMark: CHUNK_BYTES,
  });
  const consume = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) take(chunk);
  };
  try {
    if (compression === "none") await pipeline(source, consume);
    else if (compression === "gzip") {
      await pipeline(source, createGunzip({ chunkSize: CHUNK_BYTES }), consume);
    } else {
      const params = { [ZSTD_D_WINDOW_LOG_MAX]: ZSTD_WINDOW_LOG_MAX };
      await pipeline(source, createZstdDecompress({ chunkSize: CHUNK_BYTES, params }), consume);
    }
  } catch (caught) {
    throw isZlibError(caught)
      ? new HawserError(Code.InvalidArgument, `decompress ${compression}: ${messageOf(caught)}`, {
          cause: caught,
        })
      : caught;
  }
  return compression;
}

function isZlibError(caught: unknown): boolean {
  const code = (caught as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === "string" && /^Z_|^ZSTD_/.test(code);
}
