// Raw mode of the user's terminal, for as long as a session has its keyboard. Puts back what was there on every way out that this
// process still sees: the end of the session, an exit, an exception; the guardian sees to the others.
// Always true: what is put back is what was there before the first time, however often it was entered again.
import { makeRaw } from "../../../sys/tty.ts";

/** Raw mode of one terminal. Borrows the descriptor. */
export class RawMode implements Disposable {
  readonly #fd: number;
  #restore: (() => void) | undefined;
  #isRaw = false;

  /** Changes nothing yet. */
  constructor(fd: number) {
    this.#fd = fd;
    process.once("exit", this.#leaveOnExit);
  }

  get isRaw(): boolean {
    return this.#isRaw;
  }

  /** Enters it. Throws the system's error. */
  enter(): void {
    const restore = makeRaw(this.#fd);
    this.#restore ??= restore;
    this.#isRaw = true;
  }

  /** Enters it after somebody else may have changed the terminal. Never throws: one that has gone is told by SIGHUP. */
  enterAgain(): void {
    try {
      this.enter();
    } catch {
      // see above
    }
  }

  /** Puts the terminal back. Never throws. */
  leave(): void {
    if (this.#isRaw) this.#restore?.();
    this.#isRaw = false;
  }

  [Symbol.dispose](): void {
    this.leave();
    process.off("exit", this.#leaveOnExit);
  }

  // A property, so that it can be taken away again.
  readonly #leaveOnExit = () => this.leave();
}
