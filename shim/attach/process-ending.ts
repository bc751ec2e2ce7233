// When the sessions of a process may be told its exit: behind all of its output. Two things come in any order, the exit and the end
// of the output, and the second may never come, because a process that was left behind holds the pipe: then output that rests, or
// takes too long, counts as the end, and that is said. Owns one timer.
import type { ExitNotice, Output, ProcessEnd } from "./sides.ts";

/** Output that rests so long after the exit is nothing of the dead process. Milliseconds. */
const QUIET_MS = 1_000;
/** Nor is what comes later than this. Time in which we hold the process ourselves does not count. Milliseconds. */
const DRAIN_LIMIT_MS = 10_000;

/** What it looks at, and whom it tells. */
export interface EndingView {
  /** Place behind the latest byte. */
  readonly outputEnd: () => number;
  /** Whether nothing is read because of us. */
  readonly isHeld: () => boolean;
  /** Once: `end` is there. */
  readonly onEnd: () => void;
}

/** The end of one process, as it becomes known. */
export class ProcessEnding implements Disposable {
  readonly #view: EndingView;
  #output: Output | undefined;
  #exit: ExitNotice | undefined;
  #end: ProcessEnd | undefined;
  #quiet: NodeJS.Timeout | undefined;

  constructor(view: EndingView) {
    this.#view = view;
  }

  /** How it ended; undefined while sessions may not be told yet. */
  get end(): ProcessEnd | undefined {
    return this.#end;
  }

  /** Whether it has ended, whatever became of its output. */
  get hasExited(): boolean {
    return this.#exit !== undefined;
  }

  /** No more output is read; a second time says nothing new. */
  endOutput(output: Output): void {
    if (this.#output !== undefined) return;
    this.#output = output;
    this.#finish(output);
  }

  /** The process has ended, and everybody may know. */
  tellExit(exit: ExitNotice): void {
    if (this.#exit !== undefined) return;
    this.#exit = exit;
    if (this.#output === undefined) this.#watch();
    else this.#finish(this.#output);
  }

  // Time bounds the wait for an end of file that somebody else may hold back.
  #watch(): void {
    let seen = this.#view.outputEnd();
    let passedMs = 0;
    const look = (): void => {
      const end = this.#view.outputEnd();
      const isHeld = this.#view.isHeld();
      if (!isHeld) passedMs += QUIET_MS;
      if ((end === seen && !isHeld) || passedMs >= DRAIN_LIMIT_MS) this.#finish("held");
      else this.#quiet = setTimeout(look, QUIET_MS).unref();
      seen = end;
    };
    this.#quiet = setTimeout(look, QUIET_MS).unref();
  }

  #finish(output: Output): void {
    if (this.#exit === undefined || this.#end !== undefined) return;
    clearTimeout(this.#quiet);
    this.#end = { ...this.#exit, output, endOffset: this.#view.outputEnd() };
    this.#view.onEnd();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#quiet);
  }
}
