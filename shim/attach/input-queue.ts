// The standard input of one process, typed by any number of sessions: what comes is written in the order in which it came, a frame
// at a time, so that frames of several sessions never mix. Each session has an account of what it has sent and what was taken; the
// account outlives a session that is cut, so that whoever comes back sends nothing twice. Owns the writing end.
// Always true: what was added is counted as taken when the process, or the kernel for it, has it, or when nobody will ever read it;
// a session has at most MAX_PENDING_BYTES here, and never makes another one wait for more than that.
import { ATTACH_INPUT_WINDOW_BYTES } from "../../proto/attach-frame.ts";
import { codeOfError } from "../../sys/errno.ts";
import type { FdWriter } from "../../sys/fd-io.ts";
import type { OnNotice } from "../notice.ts";

/** A client keeps to one window; one that resumed has the right to a second, while the process has not taken the first. */
export const MAX_PENDING_BYTES = 4 * ATTACH_INPUT_WINDOW_BYTES;

/** What one session has typed. Bytes, from its very beginning. */
export class InputAccount {
  /** What has come. */
  received = 0;
  /** What the process has. */
  taken = 0;
  /** Told when `taken` has grown. */
  onTaken: (() => void) | undefined;
}

/** Where input goes. */
export interface InputTarget extends Disposable {
  readonly writer: FdWriter;
  /** What says that no more comes, to be written behind the rest; without it, closing does. `last`: the byte before it. */
  readonly endMark?: (last: number | undefined) => Uint8Array;
}

interface Waiting {
  readonly account: InputAccount | undefined;
  bytes: Uint8Array;
  readonly isEnd: boolean;
}

/** Input on its way. */
export class InputQueue implements AsyncDisposable {
  readonly #onNotice: OnNotice;
  readonly #waiting: Waiting[] = [];
  readonly #lifetime = new AbortController();
  #target: InputTarget | undefined;
  #isOver = false;
  #last: number | undefined;
  #run: Promise<void> | undefined;

  constructor(onNotice: OnNotice) {
    this.#onNotice = onNotice;
  }

  /** Whether something can still be typed. */
  get isOpen(): boolean {
    return !this.#isOver;
  }

  /** The process is there; takes `target`. What has waited goes now. */
  open(target: InputTarget): void {
    if (this.#isOver) {
      target[Symbol.dispose]();
      return;
    }
    this.#target = target;
    this.#go();
  }

  /** There is no input, or none any more: what waits, and what comes, counts as taken. */
  close(): void {
    this.#isOver = true;
    for (const { account, bytes } of this.#waiting.splice(0)) count(account, bytes.length);
    this.#lifetime.abort();
    if (this.#run === undefined) this.#release();
  }

  /** Takes `bytes`. False when too much of this session waits already: nothing of them is taken then. */
  add(account: InputAccount, bytes: Uint8Array): boolean {
    if (account.received - account.taken + bytes.length > MAX_PENDING_BYTES) return false;
    // Frames of nothing would be more than the bound on bytes bounds.
    if (bytes.length === 0) return true;
    account.received += bytes.length;
    if (this.#isOver) count(account, bytes.length);
    else {
      this.#waiting.push({ account, bytes, isEnd: false });
      this.#go();
    }
    return true;
  }

  /**
   * No more comes, from anybody; on a terminal that is a character, and the terminal stays. Again is fine, and while the last
   * one still waits it says nothing new.
   */
  end(): void {
    if (this.#isOver || this.#waiting.at(-1)?.isEnd) return;
    this.#waiting.push({ account: undefined, bytes: new Uint8Array(0), isEnd: true });
    this.#go();
  }

  #go(): void {
    if (this.#target === undefined || this.#run !== undefined) return;
    // Most of it fits at once, and a keystroke should not wait for a turn.
    if (this.#writeNow(this.#target)) return;
    this.#run = this.#writeLater(this.#target).finally(() => {
      this.#run = undefined;
      if (this.#isOver) this.#release();
    });
  }

  async #writeLater(target: InputTarget): Promise<void> {
    const { signal } = this.#lifetime;
    try {
      do await target.writer.writable({ signal });
      while (!this.#writeNow(target));
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }

  /** Whether nothing waits any more. */
  #writeNow(target: InputTarget): boolean {
    try {
      for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
        if (next.isEnd && next.bytes.length === 0) {
          if (target.endMark === undefined) {
            this.close();
            return true;
          }
          this.#waiting[0] = { account: undefined, bytes: target.endMark(this.#last), isEnd: false };
          continue;
        }
        const written = next.bytes.length === 0 ? 0 : target.writer.tryWrite(next.bytes);
        if (written > 0) this.#last = next.bytes[written - 1];
        next.bytes = next.bytes.subarray(written);
        if (next.bytes.length > 0) {
          count(next.account, written);
          return false;
        }
        this.#waiting.shift();
        count(next.account, written);
      }
    } catch (error) {
      this.#fail(error);
    }
    return true;
  }

  #fail(error: unknown): void {
    // The process has closed its input, or its terminal has ended: its right.
    const isOrdinary = ["EPIPE", "EIO"].includes(codeOfError(error) ?? "");
    if (!isOrdinary) this.#onNotice("write input: dropping what comes, continuing", error);
    this.close();
  }

  #release(): void {
    this.#target?.[Symbol.dispose]();
    this.#target = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#run;
    this.#release();
  }
}

function count(account: InputAccount | undefined, bytes: number): void {
  if (account === undefined || bytes === 0) return;
  account.taken += bytes;
  account.onTaken?.();
}
