// One process of a container, init or exec, from the moment it is asked for until it is deleted: its pid, its stdio, its
// end, and who waits for that. Owns its stdio and its pidfd. Ends once: `settle` is called by whoever has published the
// exit, so that a waiter never knows of an end that no event and no record tells.
import { Code, HawserError } from "../proto/errors.ts";
import { PidFd } from "../sys/pidfd.ts";
import { startTimeOf } from "../sys/process-stat.ts";
import type { ProcessStdio } from "./stdio/process-stdio.ts";
import type { StdioRequest } from "./stdio/spec.ts";

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
  #stdio: ProcessStdio | undefined;
  /** Asked for before there was a stdio to ask it of. */
  #size: { readonly width: number; readonly height: number } | undefined;
  #isStdinClosed = false;
  #exit: ProcessExit | undefined;
  #hasEnded = false;
  #resolveExited!: (exit: ProcessExit) => void;
  #pidFd: PidFd | undefined;

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
      // Gone and reaped already, or a kernel without pidfds: `signal` falls back to asking the runtime.
    }
  }

  /** The kernel has told us of its end: from here on no signal can reach anyone, whoever gets the pid next. */
  ended(): void {
    this.#hasEnded = true;
    this.#pidFd?.[Symbol.dispose]();
    this.#pidFd = undefined;
  }

  /** The end is on disk and published: waiters may know. */
  settle(exit: ProcessExit): void {
    this.#exit = exit;
    this.#resolveExited(exit);
  }

  /** Whether `signal` can be used. */
  get canSignal(): boolean {
    return this.#pidFd !== undefined;
  }

  /** Sends a signal to exactly this process. Throws NotFound when it has ended. */
  signal(number: number): void {
    try {
      if (this.#pidFd?.send(number)) return;
    } catch (cause) {
      const message = `signal ${number} to pid ${this.pid}: ${cause instanceof Error ? cause.message : String(cause)}`;
      throw new HawserError(Code.InvalidArgument, message, { cause });
    }
    throw new HawserError(Code.NotFound, "process already finished: not found");
  }

  /** Gives up stdio and pidfd. The end, if any, is still known. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#pidFd?.[Symbol.dispose]();
    this.#pidFd = undefined;
    await this.#stdio?.[Symbol.asyncDispose]();
  }
}
