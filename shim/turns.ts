// Turns: functions that must not overlap, one after another in the order they came. One per container, around what asks
// its OCI runtime to change its state; nothing else in the shim makes anybody wait for anybody.

/** A queue of one-at-a-time. A function that throws fails its own caller and nobody else's. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
