// Looks for the detach keys in what is typed. Pure. Keys that may be the beginning of them wait for the next one, and are passed on
// when that is another.
const NOTHING = new Uint8Array(0);

/** What to do with what was typed. */
export interface Typed {
  /** For the process. */
  readonly bytes: Uint8Array;
  /** The keys were typed behind `bytes`; what came after them is nobody's. */
  readonly isDetach: boolean;
}

/** A filter for one keyboard. */
export class DetachKeys {
  readonly #keys: Uint8Array;
  #matched = 0;

  /** `keys`: the sequence; an empty one is never found. */
  constructor(keys: Uint8Array) {
    this.#keys = keys;
  }

  /** Takes the next bytes. */
  push(bytes: Uint8Array): Typed {
    if (this.#keys.length === 0) return { bytes, isDetach: false };
    const passed: number[] = [];
    for (const byte of bytes) {
      this.#next(byte, passed);
      if (this.#matched === this.#keys.length) {
        this.#matched = 0;
        return { bytes: Uint8Array.from(passed), isDetach: true };
      }
    }
    return { bytes: passed.length === 0 ? NOTHING : Uint8Array.from(passed), isDetach: false };
  }

  // What waits is always the beginning of the keys: so much of it as is no beginning any more goes on.
  #next(byte: number, passed: number[]): void {
    const waiting = [...this.#keys.subarray(0, this.#matched), byte];
    while (waiting.length > 0 && !waiting.every((one, index) => one === this.#keys[index])) {
      passed.push(waiting.shift() as number);
    }
    this.#matched = waiting.length;
  }
}
