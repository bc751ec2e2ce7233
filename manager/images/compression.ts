// Compressed streams: told by their first bytes, never by their name, and undone by Node's zlib off the event loop. What comes
// from a stream is handled here; a file that lies on disk is faster read by unpack/decompress.ts.
import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip, createZstdDecompress } from "node:zlib";
import { Code, HawserError, messageOf } from "../../proto/errors.ts";
import { ByteSource } from "./byte-source.ts";
import { compressionOf, ZSTD_PARAMS } from "./unpack/decompress.ts";

/** As many first bytes as tell. */
const MAGIC_BYTES = 4;
const CHUNK_BYTES = 256 * 1024;

/**
 * The stream without its compression, whichever it has. Throws InvalidArgument when compressed bytes are broken or cut off;
 * what the source throws comes as it is.
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer, void, undefined> {
  await using bytes = new ByteSource(source);
  const head = await bytes.exactly(MAGIC_BYTES);
  bytes.unread(head);
  switch (compressionOf(head)) {
    case "none":
      yield* rest(bytes);
      break;
    case "gzip":
      yield* through(rest(bytes), createGunzip({ chunkSize: CHUNK_BYTES }), "gzip");
      break;
    case "zstd":
      yield* unzstd(bytes);
  }
}

/** The stream in gzip. */
export function gzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  return through(source, createGzip({ chunkSize: CHUNK_BYTES }), "gzip");
}

async function* rest(source: ByteSource): AsyncGenerator<Buffer, void, undefined> {
  for (
    let bytes = await source.some(CHUNK_BYTES);
    bytes !== undefined;
    bytes = await source.some(CHUNK_BYTES)
  ) {
    yield bytes;
  }
}

// Node's decompressor takes what follows its first frame for rubbish, but a file may have any number of them. So each frame
// gets a decompressor of its own, and what that was given too much is read again.
async function* unzstd(source: ByteSource): AsyncGenerator<Buffer, void, undefined> {
  for (let more = await source.some(MAGIC_BYTES); more !== undefined; more = await source.some(MAGIC_BYTES)) {
    source.unread(more);
    const frame = createZstdDecompress({ chunkSize: CHUNK_BYTES, params: ZSTD_PARAMS });
    const feed = new FrameFeed(source, frame);
    yield* through(feed.pieces(), frame, "zstd");
    await feed.giveBack();
  }
}

/** What one frame's decompressor is given. */
class FrameFeed {
  readonly #source: ByteSource;
  readonly #frame: { readonly bytesWritten: number };
  readonly #given: Buffer[] = [];
  #dropped = 0;
  #ended: Promise<void> = Promise.resolve();

  constructor(source: ByteSource, frame: { readonly bytesWritten: number }) {
    this.#source = source;
    this.#frame = frame;
  }

  async *pieces(): AsyncGenerator<Buffer, void, undefined> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = promise;
    try {
      for await (const bytes of rest(this.#source)) {
        this.#given.push(bytes);
        this.#dropUsed();
        yield bytes;
      }
    } finally {
      resolve();
    }
  }

  /** To be called when the frame has ended: what it did not use is read next. */
  async giveBack(): Promise<void> {
    await this.#ended;
    this.#dropUsed();
    const unused = Buffer.concat(this.#given).subarray(this.#frame.bytesWritten - this.#dropped);
    if (this.#frame.bytesWritten === 0) throw broken("zstd", "a frame is empty");
    this.#source.unread(unused);
  }

  #dropUsed(): void {
    for (let first = this.#given[0]; first !== undefined; first = this.#given[0]) {
      if (this.#dropped + first.length > this.#frame.bytesWritten) return;
      this.#dropped += first.length;
      this.#given.shift();
    }
  }
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
  } catch (caught) {
    throw isZlibError(caught) ? broken(name, messageOf(caught), caught) : caught;
  } finally {
    transform.destroy();
    await feeding.catch(() => undefined);
  }
}

// zlib's own errors, and not those of the source.
function isZlibError(caught: unknown): boolean {
  return /^(Z|ZSTD)_/.test((caught as NodeJS.ErrnoException)?.code ?? "");
}

function broken(name: string, reason: string, cause?: unknown): HawserError {
  return new HawserError(Code.InvalidArgument, `read ${name} stream: ${reason}`, { cause });
}
