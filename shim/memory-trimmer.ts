// Gives memory back when the shim has become quiet. Most shims wait for years after one busy second, and what that second
// took (the compiler's memory, garbage that no collection was ever due for) is a third of what they hold.
// Work is whatever ends in a child's death: a call of the OCI runtime, an exec, the container. Owns one timer, which
// keeps nothing alive, and bounds nothing: a shim that is never quiet is never trimmed, and its engine collects as always.
import { releaseUnusedMemory, stopOptimizing } from "../sys/heap.ts";

/** After this long without work it is quiet. Milliseconds. */
const QUIET_MS = 1_000;

/** A shim that has grown by less than this since the last time is left alone: a probe every ten seconds costs nothing. */
const GROWTH_BYTES = 2 * 2 ** 20;

export interface MemoryTrimmerOptions {
  readonly quietMs?: number;
  readonly release?: () => void;
  /** Done before the first release. */
  readonly settle?: () => void;
  readonly residentBytes?: () => number;
}

/** Releases unused memory after a stretch of work. */
export class MemoryTrimmer implements Disposable {
  readonly #quietMs: number;
  readonly #release: () => void;
  readonly #settle: () => void;
  readonly #residentBytes: () => number;
  readonly #onWork = (): void => {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#trim(), this.#quietMs).unref();
  };
  #timer: NodeJS.Timeout | undefined;
  #trimmedTo = 0;

  constructor(options: MemoryTrimmerOptions = {}) {
    this.#quietMs = options.quietMs ?? QUIET_MS;
    this.#release = options.release ?? releaseUnusedMemory;
    this.#settle = options.settle ?? stopOptimizing;
    this.#residentBytes = options.residentBytes ?? (() => process.memoryUsage.rss());
  }

  /** Begins to listen; the start itself was work. */
  start(): void {
    process.on("SIGCHLD", this.#onWork);
    this.#onWork();
  }

  [Symbol.dispose](): void {
    process.off("SIGCHLD", this.#onWork);
    clearTimeout(this.#timer);
  }

  #trim(): void {
    if (this.#residentBytes() < this.#trimmedTo + GROWTH_BYTES) return;
    // A shim that has been quiet once will be quiet again: its execs are too few to pay for optimized code.
    if (this.#trimmedTo === 0) this.#settle();
    this.#release();
    this.#trimmedTo = this.#residentBytes();
  }
}
