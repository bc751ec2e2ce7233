// So many at a time, the others wait in their order, and no more than so many wait. For calls to one shim, and for
// programs that are started.
import { Code, HawserError } from "../../proto/errors.ts";

/** A bounded number of slots and a bounded queue for them. */
export class Slots {
  readonly #max: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(max: number, maxWaiting = Number.POSITIVE_INFINITY) {
    this.#max = max;
    this.#maxWaiting = maxWaiting;
  }

  /** How many run and wait. */
  get count(): number {
    return this.#taken + this.#waiting.length;
  }

  /**
   * Runs `work` when there is a slot. Throws ResourceExhausted, naming `what`, when too many wait, and the reason of
   * `signal` when that fires before it is its turn; from then on the work heeds the signal or does not.
   */
  async run<T>(what: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#take(what, signal);
    try {
      return await work();
    } finally {
      // Handed on rather than given back: nobody comes in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken--;
      else next();
    }
  }

  async #take(what: string, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) throw HawserError.from(signal.reason).wrap(what);
    if (this.#taken < this.#max) {
      this.#taken++;
      return;
    }
    if (this.#waiting.length >= this.#maxWaiting) {
      const message = `${what}: ${this.#taken} are in flight and ${this.#waiting.length} wait already`;
      throw new HawserError(Code.ResourceExhausted, message);
    }
    await this.#wait(what, signal);
  }

  #wait(what: string, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(HawserError.from(signal?.reason).wrap(what));
      };
      const go = (): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      this.#waiting.push(go);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }
}
