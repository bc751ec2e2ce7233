// A blob that is open for reading: any part of it, in any order, off the event loop. Holds one descriptor, so the blob can be
// read to its end even when its last record is dropped meanwhile.
// Nothing is verified per read: digests were checked when the blob was made; `ContentStore.verify` checks them again.
import type { FileHandle } from "node:fs/promises";
import { Code, HawserError, isErrno, messageOf } from "../../proto/errors.ts";

/** Bytes that one read takes. */
const CHUNK_BYTES = 256 * 1024;

/** An open blob. Dispose of it. */
export class BlobReader implements AsyncDisposable {
  readonly digest: string;
  readonly size: number;
  readonly #file: FileHandle;
  readonly #onDamage: () => void;

  /** Takes `file`. `onDamage` is called when its bytes cannot be read, or are not all there. */
  constructor(digest: string, size: number, file: FileHandle, onDamage: () => void) {
    this.digest = digest;
    this.size = size;
    this.#file = file;
    this.#onDamage = onDamage;
  }

  /** The descriptor, borrowed until this is disposed of: for a worker thread, which reads it by position. */
  get fd(): number {
    return this.#file.fd;
  }

  /** Up to `length` bytes from `offset` on; fewer only at the end of the blob. Throws DataLoss when the disk fails. */
  async read(offset: number, length: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    const bytes = Buffer.allocUnsafeSlow(wanted);
    for (let filled = 0; filled < wanted; ) {
      const count = await this.#readInto(bytes, filled, offset + filled);
      if (count === 0) {
        this.#onDamage();
        throw this.#loss(`its file ends at byte ${offset + filled} of ${this.size}`);
      }
      filled += count;
    }
    return bytes;
  }

  /** The bytes from `offset` on, `length` of them or all; pieces are the reader's to keep. Reads ahead of nobody. */
  async *stream(offset = 0, length = this.size - offset): AsyncGenerator<Buffer, void, undefined> {
    const end = Math.min(this.size, offset + length);
    for (let at = offset; at < end; ) {
      const bytes = await this.read(at, Math.min(CHUNK_BYTES, end - at));
      at += bytes.length;
      yield bytes;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#file.close();
    } catch {
      // Closing what was only read loses nothing.
    }
  }

  async #readInto(bytes: Buffer, at: number, position: number): Promise<number> {
    try {
      return (await this.#file.read(bytes, at, bytes.length - at, position)).bytesRead;
    } catch (caught) {
      if (isErrno(caught, "EIO")) this.#onDamage();
      throw this.#loss(messageOf(caught), caught);
    }
  }

  #loss(reason: string, cause?: unknown): HawserError {
    const wayOut = "import or pull the image again";
    return new HawserError(Code.DataLoss, `read blob "${this.digest}": ${reason}; ${wayOut}`, { cause });
  }
}
