// A log of one process, as a reader of its output window: batches go to an output sink one at a time, off the event loop. Owns
// the sink. What happens when the disk is slow, full or broken is the policy: `block` holds the process once a bounded backlog
// waits, and loses nothing; `drop` forgets the oldest of the backlog, counts it, and says so. What is more than a rate allows is
// dropped in the same way, and holds nobody. Sessions feel nothing of either.
// Always true: a disk that refuses is asked again, ever more slowly, as long as the process has output for it.
import type { OutputSink } from "../../output-log/output-sink.ts";
import { RateLimit } from "../../output-log/rate-limit.ts";
import type { OutputRecord } from "../../output-log/record.ts";
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
/** How long a disk may take for the last of it, once nobody wants to wait. Milliseconds. */
const CLOSE_LIMIT_MS = 5_000;

/** A rate that was kept for so long is kept: a process near to it goes over it many times in a second. Milliseconds. */
const RATE_KEPT_MS = 10_000;

/** What a log that may lose its end is waited for at Delete. Milliseconds. */
const DROP_SETTLE_MS = 1_000;

/** What a sink is asked to do. */
export interface LogSinkOptions {
  /** As whoever lists sinks sees it: `log`, `cri`. */
  readonly name: string;
  readonly policy: "block" | "drop";
  /** Bytes; 0 and undefined are no limit. */
  readonly maxBytesPerSecond?: number | undefined;
  /** For tests. */
  readonly closeLimitMs?: number | undefined;
  /** The place has moved, or what holds the process has. */
  readonly onProgress: () => void;
  readonly onNotice: OnNotice;
}

/** Copies a window to a log. */
export class LogSink implements AsyncDisposable {
  readonly name: string;
  readonly policy: "block" | "drop";
  readonly #log: OutputSink;
  readonly #rate: RateLimit | undefined;
  readonly #window: OutputWindow;
  readonly #options: LogSinkOptions;
  #place: number;
  #writtenBytes = 0;
  #droppedBytes = 0;
  #isDropping = false;
  #overRateAtMs = Number.NEGATIVE_INFINITY;
  #isWriting = false;
  #hasGivenUp = false;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;
  #idle = Promise.withResolvers<void>();
  #isLast = false;
  #closing: PromiseLike<void> | undefined;
  #whole: Promise<true> | undefined;

  /** Takes the log, whose end is the window's start. */
  constructor(log: OutputSink, window: OutputWindow, options: LogSinkOptions) {
    const { name, policy, maxBytesPerSecond = 0 } = options;
    this.name = name;
    this.policy = policy;
    this.#rate = maxBytesPerSecond > 0 ? new RateLimit(maxBytesPerSecond, performance.now()) : undefined;
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
      // Where the window need not keep what is being written.
      if (this.policy === "drop" || this.#hasGivenUp)
        for (const { offset } of pieces) this.#window.pin(offset);
      const passing = this.#passing(pieces);
      const done = await this.#log.append(passing);
      isRefused = done < passing.length;
      const last = passing[done - 1];
      if (last !== undefined) {
        const place = Number(last.offset) + last.bytes.length;
        this.#writtenBytes += place - this.#place;
        this.#place = place;
      }
      if (!isRefused) {
        this.#retryMs = FIRST_RETRY_MS;
        await this.#dropRest(pieces);
      }
      this.#options.onProgress();
    }
    this.#isWriting = false;
    if (isRefused) return this.#askAgain();
    this.#closeAtEnd();
    this.#idle.resolve();
  }

  /** What the rate lets pass of these. */
  #passing(pieces: readonly Piece[]): OutputRecord[] {
    const bytes = pieces.reduce((sum, piece) => sum + piece.bytes.length, 0);
    let room = this.#rate?.take(bytes, performance.now()) ?? bytes;
    const passing: OutputRecord[] = [];
    for (const piece of pieces) {
      if (room === 0) break;
      const record = recordOf(piece);
      passing.push(
        room < record.bytes.length ? { ...record, bytes: record.bytes.subarray(0, room) } : record,
      );
      room -= Math.min(room, record.bytes.length);
    }
    return passing;
  }

  // A mark says at once that it is missing, and not the next record only: somebody may be following the log.
  async #dropRest(pieces: readonly Piece[]): Promise<void> {
    const last = pieces.at(-1);
    const end = last === undefined ? this.#place : last.offset + last.bytes.length;
    if (end > this.#place) {
      this.#overRateAtMs = performance.now();
      this.#drop(end - this.#place, "the process prints more than its rate allows");
      await this.#log.advance(BigInt(end));
    } else if (this.#isDropping && this.#lost === 0) {
      if (performance.now() - this.#overRateAtMs >= RATE_KEPT_MS) this.#endDropping();
    }
  }

  #countLost(): void {
    const lost = this.#lost;
    if (lost > 0) this.#drop(lost, this.lastError ?? "the disk is slower than the process");
  }

  #drop(bytes: number, reason: string): void {
    this.#droppedBytes += bytes;
    this.#place += bytes;
    if (this.#isDropping) return;
    this.#isDropping = true;
    this.#options.onNotice(`write output log: dropping output of the ${this.name}, continuing: ${reason}`);
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

  /** No more output comes: the log is closed when it has all of it, so that who follows it knows that it has ended. */
  finish(): void {
    this.#isLast = true;
    this.#closeAtEnd();
  }

  #closeAtEnd(): void {
    if (!this.#isLast || this.#isWriting || this.#place < this.#window.end) return;
    this.#closing ??= this.#log[Symbol.asyncDispose]();
  }

  /** Waits until all output is written, at most `budgetMs`. Whether it is. */
  async settled(budgetMs: number): Promise<boolean> {
    this.feed();
    await withinMs(
      this.#idle.promise,
      this.policy === "drop" ? Math.min(budgetMs, DROP_SETTLE_MS) : budgetMs,
    );
    return this.#place >= this.#window.end && this.#droppedBytes === 0;
  }

  /** From here on nobody waits for the disk. */
  giveUp(): void {
    this.#hasGivenUp = true;
    // The window need not keep any more what is being written.
    for (const { offset } of this.#window.from(this.#place, Number.MAX_SAFE_INTEGER))
      this.#window.pin(offset);
    clearTimeout(this.#retry);
    this.#retry = undefined;
    if (!this.#isWriting) this.#idle.resolve();
  }

  /**
   * Closes the log. What is not written by now is dropped, counted and said. A disk that does not answer is not waited for: the
   * process is to be deleted all the same.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.giveUp();
    const { closeLimitMs = CLOSE_LIMIT_MS, onNotice } = this.#options;
    this.#whole ??= this.#close();
    if ((await withinMs(this.#whole, closeLimitMs)) !== undefined) return;
    const left = this.#window.end - this.#place;
    onNotice(`close ${this.name}: the disk does not answer, ${left} bytes may be lost, continuing`);
  }

  async #close(): Promise<true> {
    await this.#idle.promise;
    const left = this.#window.end - this.#place;
    if (left > 0) {
      const what = `write output log: ${left} bytes at the end of the ${this.name} were dropped`;
      this.#options.onNotice(what, this.#log.lastError);
      await this.#log.advance(BigInt(this.#window.end));
    }
    this.#closing ??= this.#log[Symbol.asyncDispose]();
    await this.#closing;
    return true;
  }
}

function recordOf({ offset, stream, timeMs, bytes }: Piece): OutputRecord {
  return { offset: BigInt(offset), stream, time: BigInt(timeMs) * 1_000_000n, bytes };
}
