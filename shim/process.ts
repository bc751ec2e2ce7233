// One process of a container, init or exec, from the moment it is asked for until it is deleted: its pid, its stdio, its
// end, and who waits for that. Owns its stdio and its pidfd. Ends once: `settle` is called by whoever has published the
// exit, so that a waiter never knows of an end that no event and no record tells. Nobody waits for ever: what is given up
// without an end is said to have an unknown one.
import { Code, HawserError, isErrno, messageOf } from "../proto/errors.ts";
import { PidFd } from "../sys/pidfd.ts";
import { startTimeOf } from "../sys/process-stat.ts";
import type { Broker } from "./attach/broker.ts";
import type { ExitNotice } from "./attach/sides.ts";
import { UNKNOWN_EXIT_STATUS } from "./exit-record.ts";
import type { Drained, ProcessStdio } from "./stdio/process-stdio.ts";
import type { StdioRequest } from "./stdio/spec.ts";
import { TimeLimit } from "./time-limit.ts";

const SIGKILL = 9;

/** How a process ended. `exitedAt` is absent for one that never ran. */
export interface ProcessExit {
  /** The code, or 128 + the signal. */
  readonly exitStatus: number;
  readonly exitedAt: Date | undefined;
}

/** A process that a client knows by an id. */
export class Process implements AsyncDisposable {
  /** Undefined for init. */
  readonly execId: string | undefined;
  readonly request: StdioRequest;
  /** Resolves with the end, as often as it is asked. Never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** The host's pid; 0 before there is one. Kept after the end. */
  pid = 0;
  /** The kernel's name for its start: clock ticks since boot; with the pid it means one process for ever. */
  startTime: bigint | undefined;
  /** What the container had lost for want of memory when this began: that was not its own doing. */
  oomKillsBefore = 0n;
  /** It was killed because its time was up. */
  timedOut = false;
  #stdio: ProcessStdio | undefined;
  #broker: Broker | undefined;
  #timeLimit: TimeLimit | undefined;
  /** Asked for before there was a stdio to ask it of. */
  #size: { readonly width: number; readonly height: number } | undefined;
  #isStdinClosed = false;
  #exit: ProcessExit | undefined;
  #hasEnded = false;
  #resolveExited!: (exit: ProcessExit) => void;
  #pidFd: PidFd | undefined;
  #drained: Promise<Drained> | undefined;

  constructor(execId: string | undefined, request: StdioRequest) {
    this.execId = execId;
    this.request = request;
    this.exited = new Promise((resolve) => {
      this.#resolveExited = resolve;
    });
  }

  get stdio(): ProcessStdio | undefined {
    return this.#stdio;
  }

  /** Takes its stdio; what was asked of it before counts. */
  attach(stdio: ProcessStdio): void {
    this.#stdio = stdio;
    if (this.#size !== undefined) stdio.resize(this.#size.width, this.#size.height);
    if (this.#isStdinClosed) stdio.closeStdin();
  }

  /** Takes its broker, when its stdio is brokered: sessions find it from now on, until this is disposed of. */
  attachBroker(broker: Broker): void {
    this.#broker = broker;
  }

  get broker(): Broker | undefined {
    return this.#broker;
  }

  /** Kills it and everything that it has started, instead of itself alone. Never throws. Undefined: its end ends the others. */
  killTree: (() => void) | undefined;

  /** Ends it, and what it has started, by force. Never throws. */
  endAll(): void {
    if (this.killTree === undefined) this.forceEnd();
    else if (this.isAlive) this.killTree();
  }

  /** It runs: its time, when it has a limit, begins. */
  beginTimeLimit(): void {
    const { timeoutMs = 0 } = this.#broker?.options.wanted ?? {};
    if (timeoutMs === 0 || !this.isAlive) return;
    this.#timeLimit = new TimeLimit(timeoutMs, () => {
      this.#broker?.options.onNotice(
        `it has run for ${timeoutMs} ms, its limit: killing it and all that it has started`,
      );
      this.timedOut = true;
      this.endAll();
    });
  }

  /** Its end is published: its sessions may know, once they have its output. */
  tellSessions(exit: ExitNotice): void {
    this.#broker?.tellExit(exit);
  }

  /** Its start has failed: the stdio is whoever's attached it again. */
  detach(): void {
    this.#stdio = undefined;
  }

  /** The size of the terminal, in characters; without one, nothing happens. Also before the start. */
  resize(width: number, height: number): void {
    if (this.#stdio === undefined) this.#size = { width, height };
    else this.#stdio.resize(width, height);
  }

  /** No more input will come. Again, and before the start, is fine. */
  closeStdin(): void {
    this.#isStdinClosed = true;
    this.#stdio?.closeStdin();
  }

  /** How it ended, once that is published. */
  get exit(): ProcessExit | undefined {
    return this.#exit;
  }

  /** Whether it lives, as far as the kernel has told us. */
  get isAlive(): boolean {
    return this.pid !== 0 && !this.#hasEnded;
  }

  /** It has this pid. Taken while it cannot have been reaped by anybody but us, so the pidfd is surely its own. */
  started(pid: number): void {
    this.pid = pid;
    this.startTime = startTimeOf(pid);
    try {
      this.#pidFd = PidFd.open(pid);
    } catch {
      // Gone and reaped already, or out of descriptors: `signal` does without.
    }
    this.#broker?.begun();
  }

  /** The kernel has told us of its end: from here on no signal can reach anyone, whoever gets the pid next. */
  ended(): void {
    this.#hasEnded = true;
    this.#timeLimit?.[Symbol.dispose]();
    this.#pidFd?.[Symbol.dispose]();
    this.#pidFd = undefined;
  }

  /** The end is on disk and published: waiters may know. A second time does nothing. */
  settle(exit: ProcessExit): void {
    if (this.#exit !== undefined) return;
    this.#exit = exit;
    this.#resolveExited(exit);
  }

  /** Sends a signal to exactly this process. FailedPrecondition before it has begun, NotFound when it has ended. */
  signal(number: number): void {
    if (this.pid === 0 && this.#exit === undefined) {
      throw new HawserError(Code.FailedPrecondition, "process not created: failed precondition");
    }
    try {
      if (this.isAlive && this.#send(number)) return;
    } catch (cause) {
      if (!isErrno(cause, "ESRCH")) {
        const reason = messageOf(cause);
        const message = `signal ${number} to pid ${this.pid}: ${reason}`;
        throw new HawserError(Code.InvalidArgument, message, { cause });
      }
    }
    throw new HawserError(Code.NotFound, "process already finished: not found");
  }

  // A child that we have not reaped keeps its pid: without a pidfd, too, nobody else can be hit.
  #send(number: number): boolean {
    return this.#pidFd === undefined ? process.kill(this.pid, number) : this.#pidFd.send(number);
  }

  /** Ends it by force, if it lives. Never throws. */
  forceEnd(): void {
    try {
      if (this.isAlive) this.#send(SIGKILL);
    } catch {
      // It has ended, and we shall hear of it.
    }
  }

  /** What became of its output, waiting for the rest at most `budgetMs`. Asked again it says the same. */
  drained(budgetMs: number): Promise<Drained> {
    this.#drained ??= this.#stdio?.drained(budgetMs) ?? Promise.resolve("complete");
    return this.#drained;
  }

  /** Gives up stdio and pidfd, and answers who still waits: it never ran, or its end will never be known. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.settle({ exitStatus: this.pid === 0 ? 0 : UNKNOWN_EXIT_STATUS, exitedAt: undefined });
    this.#timeLimit?.[Symbol.dispose]();
    this.#pidFd?.[Symbol.dispose]();
    this.#pidFd = undefined;
    await this.#stdio?.[Symbol.asyncDispose]();
    await this.#broker?.[Symbol.asyncDispose]();
  }
}
