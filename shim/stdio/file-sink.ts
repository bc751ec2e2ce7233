// Appends to a regular file, on Node's thread pool: a disk can be slow, and the event loop must not wait for it. Takes
// a thread for the time of one write only. Knows nothing of rotation.
import { write } from "node:fs";
import type { OwnedFd } from "../../sys/fd.ts";
import type { Sink } from "./outputs.ts";

function writeOnce(fd: number, bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, (error, count) => (error ? reject(error) : resolve(count)));
  });
}

/** A file that was opened with O_APPEND. */
export class FileSink implements Sink {
  readonly #file: OwnedFd;
  #isWriting = false;
  #isEnded = false;

  /** Takes `file`. */
  constructor(file: OwnedFd) {
    this.#file = file;
  }

  async write(bytes: Uint8Array, options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    this.#isWriting = true;
    try {
      for (let at = 0; at < bytes.length; ) {
        options.signal?.throwIfAborted();
        at += await writeOnce(this.#file.fd, bytes.subarray(at));
        if (this.#isEnded) return;
      }
    } finally {
      this.#isWriting = false;
      if (this.#isEnded) this.#file[Symbol.dispose]();
    }
  }

  /** Closes, as soon as no thread uses the descriptor: its number could be somebody else's by then. */
  [Symbol.dispose](): void {
    this.#isEnded = true;
    if (!this.#isWriting) this.#file[Symbol.dispose]();
  }
}
