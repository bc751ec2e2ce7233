// What becomes of a process when the last session that could type is lost: the `on-disconnect` of its stdio, carried out once for
// each such loss. Pure but for what it calls.
// Always true: a loss before the process is there counts as soon as it is, unless somebody who can type has come by then; else a
// client that dies between Exec and the pid would leave a process that nobody ends.
import type { BrokeredStdio } from "../../proto/brokered-stdio.ts";

/** What happens to the process. */
export type OnDisconnect = NonNullable<BrokeredStdio["onDisconnect"]>;

/** The policy of one process. */
export class Disconnect {
  readonly #policy: OnDisconnect;
  readonly #act: (policy: Exclude<OnDisconnect, "keep">) => void;
  #isDue = false;
  #hasBegun = false;

  /** `act` must not throw. */
  constructor(policy: OnDisconnect, act: (policy: Exclude<OnDisconnect, "keep">) => void) {
    this.#policy = policy;
    this.#act = act;
  }

  /** The last session that could type is lost. */
  lost(): void {
    this.#isDue = true;
    this.#go();
  }

  /** Somebody can type again. */
  joined(): void {
    this.#isDue = false;
  }

  /** The process is there. */
  begun(): void {
    this.#hasBegun = true;
    this.#go();
  }

  #go(): void {
    if (!this.#isDue || !this.#hasBegun || this.#policy === "keep") return;
    this.#isDue = false;
    this.#act(this.#policy);
  }
}
