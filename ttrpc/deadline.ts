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

/** The largest number below 2^63: what the wire can say. */
const MAX_TIMEOUT_NANO = 2 ** 63 - 1024;

/**
 * Milliseconds as the wire's nanoseconds: 0 means "no deadline", so the shortest one is 1; at most 292 years. The
 * server counts from arrival, so time spent waiting for room comes on top there; the caller's own clock is what decides.
 */
export function wireNanos(timeoutMs: number | undefined): number {
  if (timeoutMs === undefined || timeoutMs === Number.POSITIVE_INFINITY) return 0;
  return Math.min(Math.max(Math.round(timeoutMs * 1e6), 1), MAX_TIMEOUT_NANO);
}
