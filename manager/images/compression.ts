// Compressed streams: told by their first bytes, never by their name, and undone by Node's zlib off the event loop.
import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip, createZstdDecompress } from "node:zlib";
import { Code, HawserError, isErrno, messageOf } from "../../proto/errors.ts";
import { ByteSource } from "./byte-source.ts";

/** How a stream is compressed. */
export type Compression = "none" | "gzip" | "zstd";

/** As many first bytes as tell. */
const MAGIC_BYTES = 4;
const CHUNK_BYTES = 256 * 1024;

/** How a stream that begins with these bytes is compressed. */
export function compressionOf(head: Uint8Array): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  return head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd ? "zstd" : "none";
}

/**
 * The stream without its compression, whichever it has. Throws InvalidArgument when compressed bytes are broken or cut off;
 * what the source throws comes as it is.
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer, void, undefined> {
  await using bytes = new ByteSource(source);
  const head = await bytes.exactly(MAGIC_BYTES);
  const whole = behind(head, bytes);
  switch (compressionOf(head)) {
    case "none":
      yield* whole;
      break;
    case "gzip":
      yield* through(whole, createGunzip({ chunkSize: CHUNK_BYTES }), "gzip");
      break;
    case "zstd":
      yield* through(whole, createZstdDecompress({ chunkSize: CHUNK_BYTES }), "zstd");
  }
}

/** The stream in gzip. */
export function gzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  return through(source, createGzip({ chunkSize: CHUNK_BYTES }), "gzip");
}

async function* behind(head: Buffer, rest: ByteSource): AsyncGenerator<Buffer, void, undefined> {
  yield head;
  for (let bytes = await rest.some(CHUNK_BYTES); bytes !== undefined; bytes = await rest.some(CHUNK_BYTES))
    yield bytes;
}

async function* through(
  source: AsyncIterable<Uint8Array>,
  transform: Transform,
  name: string,
): AsyncGenerator<Buffer, void, undefined> {
  const feeding = pipeline(Readable.from(source, { objectMode: false }), transform);
  // The loop below meets the same error; this one would be nobody's.
  feeding.catch(() => undefined);
  try {
    for await (const chunk of transform) yield chunk as Buffer;
    await feeding;
  } catch (caught) {
    if (!isBroken(caught)) throw caught;
    throw new HawserError(Code.InvalidArgument, `read ${name} stream: ${messageOf(caught)}`, {
      cause: caught,
    });
  } finally {
    transform.destroy();
    await feeding.catch(() => undefined);
  }
}

// zlib's own errors, and not those of the source.
function isBroken(caught: unknown): boolean {
  const code = (caught as NodeJS.ErrnoException)?.code ?? "";
  return code.startsWith("Z_") || code.startsWith("ZSTD_") || isErrno(caught, "ERR_STREAM_PREMATURE_CLOSE");
}
