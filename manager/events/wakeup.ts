// Waits for the next commit, the end of the reader, or a point in time, without losing a commit that comes between looking
// and waiting.
// Always true: one waiter; disposed of, it is unknown to those who would wake it.

/** The longest that a timer of Node can be; longer waits are made of several. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One reader's alarm. */
export class Wakeup implements Disposable {
  readonly #signal: AbortSignal;
  readonly #until: bigint | undefined;
  readonly #forget: () => void;
  readonly #onAbort = (): void => this.#wake();
  #isWoken = false;
  #resolve: (() => void) | undefined;

  /** `until`: nanoseconds since the epoch. */
  constructor(onCommit: (wake: () => void) => () => void, signal: AbortSignal, until: bigint | undefined) {
    this.#signal = signal;
    this.#until = until;
    this.#forget = onCommit(() => this.#wake());
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Forgets the commits so far. */
  reset(): void {
    this.#isWoken = false;
  }

  /** Waits for a commit since the last reset. Answers false when the time is over, or the signal has fired. */
  async wait(): Promise<boolean> {
    while (!this.#signal.aborted) {
      const left = this.#until === undefined ? undefined : msUntil(this.#until);
      if (left !== undefined && left <= 0) return false;
      if (this.#isWoken) return true;
      await this.#sleep(left);
    }
    return false;
  }

  async #sleep(ms: number | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#resolve = resolve;
    const timer = ms === undefined ? undefined : setTimeout(resolve, Math.min(ms, MAX_TIMER_MS));
    await promise;
    clearTimeout(timer);
    this.#resolve = undefined;
  }

  #wake(): void {
    this.#isWoken = true;
    this.#resolve?.();
  }

  [Symbol.dispose](): void {
    this.#forget();
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}

function msUntil(time: bigint): number {
  return Number(time / 1_000_000n) - Date.now() + 1;
}
