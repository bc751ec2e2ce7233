// What a process reads, as a stream: of its fifo it owns the writing end, which opens once the shim has the other one. A write
// is done when the fifo has it all, so whoever heeds the stream's backpressure is held back by the process.
// Always true: the process sees the end of its input by CloseIO, which comes after the last byte.
import { Writable } from "node:stream";
import { FdWriter } from "../../../sys/fd-io.ts";
import { openFifoForWriting } from "../../../sys/fifo.ts";

type Callback = (error?: Error | null) => void;

/** The input of a process. A process that has ended makes writes fail with EPIPE. */
export class InputStream extends Writable {
  readonly #path: string;
  readonly #closeStdin: () => Promise<void>;
  readonly #ending = new AbortController();
  #writer: FdWriter | undefined;

  /** `path` is the fifo. `closeStdin` tells the shim that nothing more comes. */
  constructor(path: string, closeStdin: () => Promise<void>) {
    super();
    this.#path = path;
    this.#closeStdin = closeStdin;
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    this.#write(bytes).then(() => callback(), callback);
  }

  override _final(callback: Callback): void {
    this.#writer?.[Symbol.dispose]();
    this.#closeStdin().then(() => callback(), callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#ending.abort();
    this.#writer?.[Symbol.dispose]();
    callback(error);
  }

  async #write(bytes: Buffer): Promise<void> {
    const { signal } = this.#ending;
    this.#writer ??= new FdWriter(await openFifoForWriting(this.#path, { signal }));
    await this.#writer.write(bytes, { signal });
  }
}
