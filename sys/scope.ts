// Undo on the way out: acquire inside `await using scope = new Scope(…)`, defer each undo at once, and end with
// `scope.keep()`. Leaving early undoes, newest first, each in its turn.
// Disposal never throws (a throw inside `await using` would bury the real error) and takes no signal: cleaning up
// runs on its own clock, never on that of whoever gave up.

/** Told about an undo that failed: what it was to undo, and the error. Must not throw; if it does, that is dropped. */
export type OnUndoError = (what: string, error: unknown) => void;

interface Deferred {
  readonly what: string;
  readonly undo: () => unknown;
}

/** A stack of things to undo. Not for use by several at once. */
export class Scope implements AsyncDisposable {
  readonly #onError: OnUndoError;
  #deferred: Deferred[] = [];
  #ended = false;

  constructor(onError: OnUndoError) {
    this.#onError = onError;
  }

  /**
   * Remembers how to undo what was just acquired; `what` names it for the report ("unmount rootfs"). After the
   * scope has ended the undo would never run, so that is an error of the program and throws.
   */
  defer(what: string, undo: () => unknown): void {
    if (this.#ended) throw new Error(`defer "${what}": the scope has ended`);
    this.#deferred.push({ what, undo });
  }

  /** Registers a disposable and returns it: `const fd = scope.use("close log", OwnedFd.open(…))`. */
  use<T extends Disposable | AsyncDisposable>(what: string, resource: T): T {
    this.defer(what, () =>
      Symbol.asyncDispose in resource ? resource[Symbol.asyncDispose]() : resource[Symbol.dispose](),
    );
    return resource;
  }

  /** Success: nothing will be undone. */
  keep(): void {
    this.#deferred = [];
    this.#ended = true;
  }

  /** Success here, but the undo is still wanted later: hands it over as a scope of its own. */
  move(): Scope {
    const moved = new Scope(this.#onError);
    moved.#deferred = this.#deferred;
    this.keep();
    return moved;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    for (let next = this.#deferred.pop(); next; next = this.#deferred.pop()) {
      try {
        await next.undo();
      } catch (error) {
        this.#report(next.what, error);
      }
    }
  }

  #report(what: string, error: unknown): void {
    try {
      this.#onError(what, error);
    } catch {
      // a reporter that throws must not stop the undoing
    }
  }
}
