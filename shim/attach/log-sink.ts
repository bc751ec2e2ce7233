// The log of one process, as a reader of its output window: batches go to the output log one at a time, off the event loop. Owns
// the log. What happens when the disk is slow, full or broken is the policy: `block` holds the process once a bounded backlog
// waits, and loses nothing; `drop` forgets the oldest of the backlog, counts it, and says so. Sessions feel nothing of either.
// Always true: a disk that refuses is asked again, ever more slowly, as long as the process has output for it.
import type { OutputLog } from "../../output-log/writer.ts";
import type { OnNotice } from "../notice.ts";
import { withinMs } from "../stdio/within.ts";
import type { OutputWindow, Piece } from "./output-window.ts";

/** What may wait for the disk. Less than what the log's places jump by after a crash (UNSURE_BYTES), with one read more. */
export const BACKLOG_BYTES = 512 * 1024;
/** What goes to the disk at once. */
const BATCH_BYTES = 256 * 1024;
/** How soon a disk that refused is asked again. Milliseconds. */
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;

/** What a sink is asked to do. */
export interface LogSinkOptions {
  readonly policy: "block" | "drop";
  /** The place has moved, or what holds the process has. */
  readonly onProgress: () => void;
  readonly onNotice: OnNotice;
}

/** Copies a window to a log. */
export class LogSink implements AsyncDisposable {
  readonly policy: "block" | "drop";
  readonly #log: OutputLog;
  readonly #window: OutputWindow;
  readonly #options: LogSinkOptions;
  #place: number;
  #writtenBytes = 0;
  #droppedBytes = 0;
  #isDropping = false;
  #isWriting = false;
  #hasGivenUp = false;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;
  #idle = Promise.withResolvers<void>();

  /** Takes the log, whose end is the window's start. */
  constructor(log: OutputLog, window: OutputWindow, options: LogSinkOptions) {
    this.policy = options.policy;
    this.#log = log;
    this.#window = window;
    this.#options = options;
    this.#place = window.end;
    this.#idle.resolve();
  }

  /** Place of the oldest byte in the log. */
  get startOffset(): number {
    return Number(this.#log.startOffset);
  }

  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  get droppedBytes(): number {
    return this.#droppedBytes + this.#lost;
  }

  /** Why the disk refuses, while it does. */
  get lastError(): string | undefined {
    return this.#log.lastError?.message;
  }

  /** The window must keep what is here and behind. */
  get keepFrom(): number {
    if (this.policy === "block" && !this.#hasGivenUp) return this.#place;
    return Math.max(this.#place, this.#window.end - BACKLOG_BYTES);
  }

  /** Whether the process has to wait for the disk. */
  get mustHold(): boolean {
    if (this.policy === "drop" || this.#hasGivenUp) return false;
    return this.#window.end - this.#place > BACKLOG_BYTES;
  }

  /** What the window has forgotten before it was written: the disk was too slow for too long. */
  get #lost(): number {
    return Math.max(0, this.#window.start - this.#place);
  }

  /** There is more output. */
  feed(): void {
    if (this.#isWriting || this.#retry !== undefined || this.#place >= this.#window.end) return;
    this.#isWriting = true;
    this.#idle = Promise.withResolvers();
    void this.#write();
  }

  // Never rejects: the log's append does not, and nothing else here waits.
  async #write(): Promise<void> {
    let isRefused = false;
    while (!isRefused && this.#place < this.#window.end) {
      this.#countLost();
      const pieces = this.#window.from(this.#place, BATCH_BYTES);
      const done = await this.#log.append(pieces.map(recordOf));
      isRefused = done < pieces.length;
      const last = pieces[done - 1];
      if (last !== undefined) {
        const place = last.offset + last.bytes.length;
        this.#writtenBytes += place - this.#place;
        this.#place = place;
        if (!isRefused) this.#retryMs = FIRST_RETRY_MS;
      }
      if (!isRefused && this.#isDropping && this.#lost === 0) this.#endDropping();
      this.#options.onProgress();
    }
    this.#isWriting = false;
    if (isRefused) this.#askAgain();
    else this.#idle.resolve();
  }

  #countLost(): void {
    const lost = this.#lost;
    if (lost === 0) return;
    this.#droppedBytes += lost;
    this.#place += lost;
    if (this.#isDropping) return;
    this.#isDropping = true;
    const reason = this.lastError ?? "the disk is slower than the process";
    this.#options.onNotice(`write output log: dropping output of the log, continuing: ${reason}`);
  }

  #endDropping(): void {
    this.#isDropping = false;
    this.#options.onNotice(`write output log: in all ${this.#droppedBytes} bytes were dropped, going on`);
  }

  #askAgain(): void {
    if (this.#hasGivenUp) {
      this.#idle.resolve();
      return;
    }
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#isWriting = true;
      void this.#write();
    }, this.#retryMs).unref();
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  /** Waits until all output is written, at most `budgetMs`. Whether it is. */
  async settled(budgetMs: number): Promise<boolean> {
    this.feed();
    await withinMs(this.#idle.promise, budgetMs);
    return this.#place >= this.#window.end && this.#droppedBytes === 0;
  }

  /** From here on nobody waits for the disk. */
  giveUp(): void {
    this.#hasGivenUp = true;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    if (!this.#isWriting) this.#idle.resolve();
  }

  /** Closes the log. What is not written by now is dropped, counted and said. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.giveUp();
    await this.#idle.promise;
    const left = this.#window.end - this.#place;
    if (left > 0) {
      this.#options.onNotice(`write output log: ${left} bytes at its end were dropped`, this.#log.lastError);
      await this.#log.advance(BigInt(this.#window.end));
    }
    await this.#log[Symbol.asyncDispose]();
  }
}

function recordOf({ offset, stream, timeMs, bytes }: Piece) {
  return { offset: BigInt(offset), stream, time: BigInt(timeMs) * 1_000_000n, bytes };
}
