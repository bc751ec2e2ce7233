// A timer for one call. Exists because Node's timers hold 31 bits of milliseconds and fire at once beyond that, where a
// deadline on the wire is 63 bits of nanoseconds.

/** The longest that one timer can wait: 24.8 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Calls back when the time is over, unless cleared; never when the time is infinite. */
export class Deadline {
  readonly #expiresAt: number;
  readonly #onExpired: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number, onExpired: () => void) {
    this.#expiresAt = performance.now() + timeoutMs;
    this.#onExpired = onExpired;
    this.#arm(timeoutMs);
  }

  /** Milliseconds left; negative when it is over. */
  get remainingMs(): number {
    return this.#expiresAt - performance.now();
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  #arm(timeoutMs: number): void {
    if (timeoutMs === Number.POSITIVE_INFINITY) return;
    if (timeoutMs <= MAX_TIMER_MS) {
      this.#timer = setTimeout(this.#onExpired, Math.max(timeoutMs, 0));
      return;
    }
    this.#timer = setTimeout(() => this.#arm(this.remainingMs), MAX_TIMER_MS);
  }
}
