// How much may pass in a second: a bucket that fills at that rate and holds a second's worth, so that a burst passes and a flood does
// not. Pure: who asks says what time it is.

/** A limit of bytes. */
export class RateLimit {
  readonly #bytesPerSecond: number;
  #bytes: number;
  #atMs: number;

  /** `nowMs`: of a clock that does not go backwards. */
  constructor(bytesPerSecond: number, nowMs: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#bytes = bytesPerSecond;
    this.#atMs = nowMs;
  }

  /** Takes as many of `bytes` as may pass now, and says how many. */
  take(bytes: number, nowMs: number): number {
    const filled = (Math.max(0, nowMs - this.#atMs) / 1000) * this.#bytesPerSecond;
    this.#bytes = Math.min(this.#bytesPerSecond, this.#bytes + filled);
    this.#atMs = Math.max(this.#atMs, nowMs);
    const passing = Math.min(bytes, Math.floor(this.#bytes));
    this.#bytes -= passing;
    return passing;
  }
}
