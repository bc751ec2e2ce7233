// One file of a log, open for writing, on Node's thread pool: a disk can be slow, and the event loop must not wait for it.
// Owns the descriptor. Writes where it knows the last whole record to end, not where the file does: what a write that failed
// has left there is overwritten.
import { close, constants, ftruncate, open, unlink, writev } from "node:fs";
import type { Batch, Piece } from "./batch.ts";
import { FILE_HEADER_BYTES, type FileHeader, fileHeader } from "./record.ts";

const { O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants;

/** What became of a batch. */
export interface WriteOutcome {
  /** The last record that is there; undefined when none of the batch is. */
  readonly last: Piece | undefined;
  /** Why it is not the batch's last. */
  readonly error: Error | undefined;
}

/** A file that records go to; one call at a time. */
export class LogFileWriter {
  readonly #fd: number;
  readonly #salt: number;
  #size: number;

  /** Takes `fd`, whose records were made with `salt` and end at `size`. */
  constructor(fd: number, salt: number, size: number) {
    this.#fd = fd;
    this.#salt = salt;
    this.#size = size;
  }

  /** Begins a file, in place of one that has this name. Rejects with the system's error, and leaves nothing worth reading. */
  static async create(path: string, header: FileHeader): Promise<LogFileWriter> {
    const flags = O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW; // libuv adds O_CLOEXEC
    const fd = await new Promise<number>((resolve, reject) =>
      open(path, flags, 0o600, (error, opened) => (error ? reject(error) : resolve(opened))),
    );
    const file = new LogFileWriter(fd, header.salt, 0);
    const { written, error } = await file.#writeAll([fileHeader(header)]);
    file.#size = FILE_HEADER_BYTES;
    if (written === FILE_HEADER_BYTES) return file;
    await file.close();
    // Under another place the next attempt would leave it behind.
    await new Promise<void>((resolve) => unlink(path, () => resolve()));
    throw error;
  }

  /** Where the last whole record ends. Bytes. */
  get size(): number {
    return this.#size;
  }

  /** Whether there are no records. */
  get isEmpty(): boolean {
    return this.#size <= FILE_HEADER_BYTES;
  }

  /** Writes as much of a batch as the disk takes. Never rejects. */
  async write(batch: Batch): Promise<WriteOutcome> {
    const { written, error } = await this.#writeAll(batch.encode(this.#salt));
    const { last, bytes } = batch.whole(written);
    this.#size += bytes;
    // For the sake of the space. When it does not work, the next record is written over it.
    if (written > bytes)
      await new Promise<void>((resolve) => ftruncate(this.#fd, this.#size, () => resolve()));
    return { last, error };
  }

  /** Closes. Never rejects: the kernel has let go of the descriptor, whatever it says. */
  close(): Promise<void> {
    return new Promise((resolve) => close(this.#fd, () => resolve()));
  }

  async #writeAll(buffers: readonly Buffer[]): Promise<{ written: number; error: Error | undefined }> {
    const total = buffers.reduce((sum, { length }) => sum + length, 0);
    let written = 0;
    // A disk that fills up takes a part first and says why at the next attempt.
    while (written < total) {
      const outcome = await this.#writeOnce(
        written === 0 ? buffers : behind(buffers, written),
        this.#size + written,
      );
      if (typeof outcome !== "number") return { written, error: outcome };
      if (outcome === 0) return { written, error: new Error("the disk took nothing and did not say why") };
      written += outcome;
    }
    return { written, error: undefined };
  }

  #writeOnce(buffers: readonly Buffer[], position: number): Promise<number | Error> {
    return new Promise((resolve) => {
      writev(this.#fd, buffers, position, (error, count) => resolve(error ?? count));
    });
  }
}

/** What is left of a list of buffers without its first bytes. */
function behind(buffers: readonly Buffer[], bytes: number): Buffer[] {
  const rest: Buffer[] = [];
  let skip = bytes;
  for (const buffer of buffers) {
    if (skip < buffer.length) rest.push(buffer.subarray(skip));
    skip = Math.max(0, skip - buffer.length);
  }
  return rest;
}
