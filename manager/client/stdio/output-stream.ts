// What a process writes, as a stream: of its fifo it owns the reading end. Bytes are read when somebody asks, on the event loop;
// at most 64 KiB wait here, the rest waits in the fifo and then holds back the process.
// Always true: the end of the stream is the end of the fifo, and a stream that was cut ends with an error.
import { Readable } from "node:stream";
import type { OwnedFd } from "../../../sys/fd.ts";
import { FdReader } from "../../../sys/fd-io.ts";

/** Bytes that are read ahead: as much as a fifo holds. */
const READ_AHEAD_BYTES = 64 * 1024;

/** The output of a process. */
export class OutputStream extends Readable {
  /** Resolves once all output has been taken out of the fifo, or the stream was destroyed; never rejects. */
  readonly drained: Promise<void>;
  readonly #reader: FdReader;
  readonly #onDrained: () => void;

  /** Takes `fd`, the reading end of a fifo. */
  constructor(fd: OwnedFd) {
    super({ highWaterMark: READ_AHEAD_BYTES });
    this.#reader = new FdReader(fd);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.drained = promise;
    this.#onDrained = resolve;
  }

  override _read(): void {
    this.#reader.read().then(
      (bytes) => {
        if (bytes === undefined) this.#close();
        this.push(bytes ?? null);
      },
      // A read that was under way when the stream was destroyed ends with EBADF, which nobody has to hear of.
      (error: Error) => void (this.destroyed || this.destroy(error)),
    );
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#close();
    callback(error);
  }

  #close(): void {
    this.#reader[Symbol.dispose]();
    this.#onDrained();
  }
}
