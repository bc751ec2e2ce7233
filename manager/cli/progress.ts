// What a person sees of long work: one line on a terminal that is written over, and nothing anywhere else. Owns its timer.
import { cutText } from "./display-text.ts";
import type { Output } from "./output.ts";
import { formatSize } from "./size-text.ts";

/** Between two pictures. Milliseconds. */
const PERIOD_MS = 100;
const CLEAR_LINE = "\r\x1b[K";

/** Work that takes a while. Take it away with `using`, before anything else is printed. */
export class Progress implements AsyncDisposable {
  readonly #out: Output | undefined;
  readonly #what: string;
  readonly #totalBytes: number | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  #bytes = 0;
  #isShown = false;
  #drawing: Promise<void> = Promise.resolve();

  /** `out` is standard error, so that the result can go into a pipe; undefined shows nothing. `totalBytes`: how much it will be, if that is known. */
  constructor(out: Output | undefined, what: string, totalBytes?: number) {
    this.#out = out?.isTerminal ? out : undefined;
    this.#what = what;
    this.#totalBytes = totalBytes;
    if (this.#out === undefined) return;
    this.#timer = setInterval(() => {
      this.#drawing = this.#draw();
    }, PERIOD_MS);
    this.#timer.unref();
  }

  /** Counts what has been done. */
  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Counts the bytes that pass. */
  async *counting<Chunk extends Uint8Array>(
    source: AsyncIterable<Chunk>,
  ): AsyncGenerator<Chunk, void, undefined> {
    for await (const chunk of source) {
      this.add(chunk.length);
      yield chunk;
    }
  }

  /** Takes the line away. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#drawing;
    if (this.#isShown) await this.#out?.write(CLEAR_LINE);
  }

  async #draw(): Promise<void> {
    const total = this.#totalBytes;
    const percent =
      total === undefined || total === 0
        ? ""
        : ` of ${formatSize(total)}, ${Math.floor((this.#bytes / total) * 100)} %`;
    const line = `${this.#what}: ${formatSize(this.#bytes)}${percent}`;
    this.#isShown = true;
    await this.#out?.write(CLEAR_LINE + cutText(line, this.#out.columns - 1));
  }
}
