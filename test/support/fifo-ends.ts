// The client's ends of a container's standard streams, for tests: readers that collect what comes until the end, and writers.
// Both can go away and come back, as clients do.

import { FdReader, FdWriter } from "../../sys/fd-io.ts";
import { makeFifo, openFifoForReading, openFifoForWriting } from "../../sys/fifo.ts";
import { until } from "./until.ts";

/** A fifo and its reading end. */
export class FifoOutput implements Disposable {
  readonly path: string;
  readonly #chunks: Buffer[] = [];
  #reader: FdReader | undefined;
  #hasEnded = false;

  /** Makes the fifo and begins to read. */
  constructor(path: string) {
    this.path = path;
    makeFifo(path);
    this.attach();
  }

  /** Begins to read again after {@link detach}. */
  attach(): void {
    const reader = new FdReader(openFifoForReading(this.path));
    this.#reader = reader;
    void this.#collect(reader);
  }

  /** Goes away: the fifo has no reader of ours any more. */
  detach(): void {
    this.#reader?.[Symbol.dispose]();
    this.#reader = undefined;
  }

  /** What has come so far. */
  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** What has come so far, as text. */
  get text(): string {
    return this.bytes.toString("utf8");
  }

  /** Whether the last writer has gone. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Waits until the text so far contains `text`. */
  async shows(text: string): Promise<void> {
    await until(() => this.text.includes(text), {
      what: `${JSON.stringify(text)} on ${this.path}`,
      logs: { "came so far": () => this.text },
    });
  }

  /** Waits for the end and returns all that came. */
  async whole(deadline = 20_000): Promise<string> {
    await until(() => this.#hasEnded, {
      what: `the end of ${this.path}`,
      deadline,
      logs: { "came so far": () => this.text.slice(-4096) },
    });
    return this.text;
  }

  [Symbol.dispose](): void {
    this.detach();
  }

  async #collect(reader: FdReader): Promise<void> {
    try {
      for await (const bytes of reader) this.#chunks.push(bytes);
      this.#hasEnded = true;
    } catch (error) {
      // EBADF is what a read under way says when we detach.
      if ((error as NodeJS.ErrnoException).code !== "EBADF") throw error;
    }
  }
}

/** A fifo for standard input; writers come and go. */
export class FifoInput implements Disposable {
  readonly path: string;
  #writer: FdWriter | undefined;

  constructor(path: string) {
    this.path = path;
    makeFifo(path);
  }

  /** Writes all of it, as soon as there is a reader. */
  async write(text: string | Uint8Array): Promise<void> {
    this.#writer ??= new FdWriter(
      await openFifoForWriting(this.path, { signal: AbortSignal.timeout(10_000) }),
    );
    await this.#writer.write(typeof text === "string" ? Buffer.from(text) : text);
  }

  /** Closes the writing end; the next {@link write} opens it again. */
  detach(): void {
    this.#writer?.[Symbol.dispose]();
    this.#writer = undefined;
  }

  [Symbol.dispose](): void {
    this.detach();
  }
}
