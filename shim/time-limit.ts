// How long a process may run. Owns one timer, however long it is: what setTimeout takes ends after 24 days.

/** The longest wait that setTimeout can do. Milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

/** Calls back once, when the time is up; not after it was disposed of. */
export class TimeLimit implements Disposable {
  #timer: NodeJS.Timeout | undefined;

  constructor(limitMs: number, onExpire: () => void) {
    this.#wait(limitMs, onExpire);
  }

  #wait(leftMs: number, onExpire: () => void): void {
    const stepMs = Math.min(leftMs, LONGEST_MS);
    this.#timer = setTimeout(() => {
      if (leftMs > stepMs) this.#wait(leftMs - stepMs, onExpire);
      else onExpire();
    }, stepMs).unref();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
