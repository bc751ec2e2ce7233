// Gives memory back when the process has become quiet. Shims and managers wait for years after one busy minute, and what
// that minute took (the compiler's memory, garbage that no collection was ever due for) is a good part of what they hold.
// Work is whatever ends in a child's death: a call of the OCI runtime, an exec, a container, a shim's `start`. Owns one
// timer, which keeps nothing alive, and bounds nothing: a process that is never quiet is never trimmed, and its engine
// collects as always.
import { releaseUnusedMemory, stopOptimizing } from "./heap.ts";

/** After this long without work a process is quiet. Milliseconds. */
const QUIET_MS = 1_000;

/** One that has grown by less than this since the last time is left alone: a probe every ten seconds costs nothing. */
const GROWTH_BYTES = 2 * 2 ** 20;

export interface MemoryTrimmerOptions {
  /** Milliseconds without work that make it quiet; one second when absent. */
  readonly quietMs?: number;
  /** Growth since the last time from which on it is worth it; 2 MiB when absent. */
  readonly growthBytes?: number;
  readonly release?: () => void;
  /** Done before the first release; stops the optimizing compiler when absent. */
  readonly settle?: () => void;
  readonly residentBytes?: () => number;
}

/**
 * Releases unused memory after a stretch of work. What has been quiet once will be quiet again: by default its work is
 * taken to be too little to pay for optimized code (`settle`).
 */
export class MemoryTrimmer implements Disposable {
  readonly #quietMs: number;
  readonly #growthBytes: number;
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
    this.#growthBytes = options.growthBytes ?? GROWTH_BYTES;
    this.#release = options.release ?? releaseUnusedMemory;
    this.#settle = options.settle ?? stopOptimizing;
    this.#residentBytes = options.residentBytes ?? (() => process.memoryUsage.rss());
  }

  /** Begins to listen; the start itself was work. */
  start(): void {
    process.on("SIGCHLD", this.#onWork);
    this.#onWork();
  }

  /** Work has ended that no child's death tells of. */
  noteWork(): void {
    this.#onWork();
  }

  [Symbol.dispose](): void {
    process.off("SIGCHLD", this.#onWork);
    clearTimeout(this.#timer);
  }

  #trim(): void {
    if (this.#residentBytes() < this.#trimmedTo + this.#growthBytes) return;
    if (this.#trimmedTo === 0) this.#settle();
    this.#release();
    this.#trimmedTo = this.#residentBytes();
  }
}
