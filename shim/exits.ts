// Which process an exit belongs to. A process can be gone before anyone has told us its pid: the OCI runtime starts it,
// it ends, we reap it, and only then does the runtime's answer arrive. So whoever is about to start one takes a ticket
// first; exits of strangers are kept for as long as a ticket older than them is open, and are nobody's after that.
// Knows pids and nothing else. A pid cannot be handed out again before it was reaped, so a registered one is unique. A
// kept one is not: while a slow start is under way, the pid of a stranger that has ended may become that of the process
// that is being started, which then is there to be seen. And an OCI runtime may take the status of the process that it
// started with it: then the process is gone, nobody can say how it ended, and that is what is said, at once.
import type { ChildExit } from "../sys/wait.ts";
import { type Kinship, kinshipOf } from "./children.ts";

/** An exit with the time it was reaped. With neither code nor signal: nobody can say how the process ended. */
export interface ReapedExit extends ChildExit {
  readonly at: Date;
}

/** Told once of the end of one process. */
export type OnExit = (exit: ReapedExit) => void;

/** The register of processes whose end somebody waits for. */
export class Exits {
  readonly #waiting = new Map<number, OnExit>();
  readonly #tickets = new Set<Ticket>();
  #parked: { readonly exit: ReapedExit; readonly order: number }[] = [];
  #order = 0;
  readonly #kinshipOf: (pid: number) => Kinship;

  /** `kinship`: what a pid is to us; for tests. */
  constructor(kinship: (pid: number) => Kinship = kinshipOf) {
    this.#kinshipOf = kinship;
  }

  /** Whether this pid is surely not a child that Node itself spawned. */
  isKnown(pid: number): boolean {
    return this.#waiting.has(pid);
  }

  /** To be called before the spawn: from here on no exit is missed. Close the ticket when the start is settled. */
  expect(): Ticket {
    const ticket = new Ticket(
      this.#order++,
      (pid, onExit) => this.#register(pid, onExit),
      (closed) => {
        this.#tickets.delete(closed);
        this.#forgetOld();
      },
    );
    this.#tickets.add(ticket);
    return ticket;
  }

  /** Takes an exit from the reaper. */
  deliver(exit: ChildExit): void {
    const reaped: ReapedExit = { ...exit, at: new Date() };
    const onExit = this.#waiting.get(exit.pid);
    if (onExit !== undefined) {
      this.#waiting.delete(exit.pid);
      onExit(reaped);
    } else if (this.#tickets.size > 0) {
      this.#parked.push({ exit: reaped, order: this.#order++ });
    }
  }

  #register(pid: number, onExit: OnExit): void {
    // The last one: an earlier one is that of an earlier process.
    const early = this.#parked.findLast(({ exit }) => exit.pid === pid);
    this.#parked = this.#parked.filter(({ exit }) => exit.pid !== pid);
    const kinship = this.#kinshipOf(pid);
    if (kinship === "child" || (kinship === "stranger" && early === undefined))
      this.#waiting.set(pid, onExit);
    else onExit(early?.exit ?? { pid, dumpedCore: false, at: new Date() });
  }

  /** An exit older than every open ticket belongs to no start that is still going on. */
  #forgetOld(): void {
    let oldest = Number.POSITIVE_INFINITY;
    for (const { order } of this.#tickets) oldest = Math.min(oldest, order);
    this.#parked = this.#parked.filter(({ order }) => order > oldest);
  }
}

/** Leave to hear of an exit that may already have happened. */
export class Ticket implements Disposable {
  /** @internal When it was taken, in the order of tickets and exits. */
  readonly order: number;
  readonly #register: (pid: number, onExit: OnExit) => void;
  readonly #close: (ticket: Ticket) => void;

  constructor(
    order: number,
    register: (pid: number, onExit: OnExit) => void,
    close: (ticket: Ticket) => void,
  ) {
    this.order = order;
    this.#register = register;
    this.#close = close;
  }

  /** The process has this pid. `onExit` is called once: at once when it has ended already. Publish its start before. */
  started(pid: number, onExit: OnExit): void {
    this.#register(pid, onExit);
  }

  [Symbol.dispose](): void {
    this.#close(this);
  }
}
