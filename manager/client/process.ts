// A process of a container, from outside: its streams, and what can be done to it. A handle: it owns its streams and its watch
// for the exit, and never the process, which goes on when the handle is closed or its program dies.
// Order is the point of this file: Wait is asked before Start, and Delete comes after the output.
import type { Readable, Writable } from "node:stream";
import { Code, HawserError, isFailedPrecondition, isNotFound } from "../../proto/errors.ts";
import { Status } from "../../proto/gen/process.ts";
import { Tasks } from "../../proto/gen/tasks.ts";
import { toDate } from "../../proto/timestamp.ts";
import { attach } from "./attach/attach.ts";
import type { AttachSessionOptions } from "./attach/attach-options.ts";
import type { AttachSession } from "./attach/attach-session.ts";
import type { CallOptions } from "./connection.ts";
import { type Exit, ExitWatch } from "./exit-watch.ts";
import type { Session } from "./session.ts";
import { type Signal, signalNumber } from "./signal-number.ts";
import type { ProcessStdio, StdioPaths } from "./stdio/process-stdio.ts";
import type { TerminalSize } from "./terminal-size.ts";

/** The states of a process. */
export type ProcessStatus = "created" | "running" | "stopped" | "paused" | "pausing" | "unknown";

/** What the daemon says of a process. */
export interface ProcessState {
  readonly status: ProcessStatus;
  /** On the host; 0 before it was started. */
  readonly pid: number;
  /** Once it is stopped. */
  readonly exit: Exit | undefined;
  readonly isTerminal: boolean;
}

/** How to send a signal. */
export interface KillOptions extends CallOptions {
  /** To all processes of the container. Only for a task. */
  readonly all?: boolean | undefined;
}

/** How to delete. */
export interface DeleteOptions extends CallOptions {
  /** Kill it first if it lives. */
  readonly force?: boolean | undefined;
  /**
   * How long to wait for output that has not come out of the fifos. A process that has left a child behind may hold them open
   * for ever. What came by then can still be read. Default: 5 s.
   */
  readonly drainMs?: number | undefined;
}

const DRAIN_MS = 5_000;
/** Output ends a moment before the process does: who has read it to its end and deletes at once means that. Milliseconds. */
const LAST_MOMENT_MS = 2_000;
/** How long a killed process may take to end: the kernel may be in the middle of something. */
const KILL_MS = 30_000;

const STATUSES: Readonly<Record<number, ProcessStatus>> = {
  [Status.CREATED]: "created",
  [Status.RUNNING]: "running",
  [Status.STOPPED]: "stopped",
  [Status.PAUSED]: "paused",
  [Status.PAUSING]: "pausing",
};

/** The init process of a container (a `Task`), or one more in it (an `Exec`). */
export abstract class Process implements AsyncDisposable {
  readonly containerId: string;
  /** Id of the exec; empty for the init process. */
  readonly execId: string;
  readonly #session: Session;
  readonly #watch: ExitWatch;
  readonly #stdio: ProcessStdio | undefined;
  readonly #size: TerminalSize | undefined;
  #isClosed = false;

  /** Takes the streams. */
  protected constructor(
    session: Session,
    containerId: string,
    execId: string,
    stdio?: ProcessStdio,
    size?: TerminalSize,
  ) {
    this.containerId = containerId;
    this.execId = execId;
    this.#session = session;
    this.#stdio = stdio;
    this.#size = size;
    this.#watch = new ExitWatch(session, containerId, execId);
    session.state.handles.add(this);
  }

  /** What the process reads. Ending it closes the input of the process. Throws FailedPrecondition when it is no pipe. */
  get stdin(): Writable {
    return this.#stdio?.stdin ?? this.#noPipe("stdin");
  }

  /**
   * What the process writes. Read it: a process whose output nobody takes is held back. Throws FailedPrecondition when it is no
   * pipe.
   */
  get stdout(): Readable {
    return this.#stdio?.stdout ?? this.#noPipe("stdout");
  }

  /** What it writes to its standard error. Throws FailedPrecondition when that is no pipe, as with a terminal. */
  get stderr(): Readable {
    return this.#stdio?.stderr ?? this.#noPipe("stderr");
  }

  /**
   * Starts it and returns its pid on the host. The exit is waited for from before the start on, so that none is missed.
   *
   * @example
   * const pid = await task.start();
   * const { exitStatus } = await task.wait();
   */
  async start(options?: CallOptions): Promise<number> {
    const size = this.#size;
    const isInit = this.execId === "";
    if (size !== undefined && isInit) await this.resize(size, options);
    this.#watch.begin().then(
      () => this.#onExit(),
      () => undefined,
    );
    const { pid } = await this.#tasks.start(this.#names, options);
    // An exec has no terminal before it runs.
    if (size !== undefined && !isInit) await this.#resizeStarted(size, options);
    return pid;
  }

  /**
   * How it ended, as soon as it has. Survives restarts of the daemon. Says nothing of its output, which may go on: a child of the
   * process may hold it. Throws NotFound when the process was deleted before.
   *
   * @example
   * const { exitStatus } = await task.wait({ signal: AbortSignal.timeout(60_000) });
   */
  async wait({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Exit> {
    return await this.#watch.wait(signal);
  }

  /** Sends a signal. Throws NotFound when it has ended or is not there. */
  async kill(signal: Signal = "SIGTERM", { all = false, ...options }: KillOptions = {}): Promise<void> {
    await this.#tasks.kill({ ...this.#names, signal: signalNumber(signal), all }, options);
  }

  /** Sets the size of its terminal. */
  async resize({ columns, rows }: TerminalSize, options?: CallOptions): Promise<void> {
    await this.#tasks.resizePty({ ...this.#names, width: columns, height: rows }, options);
  }

  /** Ends its input. What has been written before is still read. Not needed after `stdin.end()`, which does it. */
  async closeStdin(options?: CallOptions): Promise<void> {
    await this.#tasks.closeIO({ ...this.#names, stdin: true }, options);
  }

  /**
   * Attaches to it, started or not: its output from now on or from a place before, its input, its terminal. Any number may. Throws
   * FailedPrecondition when its stdio is not brokered, NotFound when it is not there.
   *
   * @example
   * await using session = await task.attach({ replay: { lastBytes: 64 * 1024 } });
   * for await (const { bytes } of session) if (bytes !== undefined) process.stdout.write(bytes);
   */
  async attach(options?: AttachSessionOptions): Promise<AttachSession> {
    return await attach(this.#session, this.#names, options);
  }

  /** What the daemon knows of it. Throws NotFound when it is not there. */
  async state(options?: CallOptions): Promise<ProcessState> {
    const { process } = await this.#tasks.get(this.#names, options);
    const { status = 0, pid = 0, exitStatus = 0, exitedAt, terminal = false } = process ?? {};
    const name = STATUSES[status] ?? "unknown";
    return {
      status: name,
      pid,
      exit: name === "stopped" ? { exitStatus, exitedAt: toDate(exitedAt) } : undefined,
      isTerminal: terminal,
    };
  }

  /**
   * Makes the daemon forget it, once its output is here, and closes the handle's watch; the streams can be read to their end.
   * Returns how it ended. Throws FailedPrecondition while it lives, unless `force` is given, and NotFound when it is gone. When
   * the output has been read to its end, the exit is on its way, and waited for, for at most 2 s.
   */
  async delete({ force = false, drainMs = DRAIN_MS, ...options }: DeleteOptions = {}): Promise<Exit> {
    if (force) await this.#end(options);
    else if (this.#stdio?.isAtEnd) await this.#lastMoment(options.signal);
    const status = await this.#statusOrGone(options);
    // Shims differ in the code that they refuse this with.
    if (status === "running" || status === "paused" || status === "pausing") {
      const reason = `it is ${status}; end it first, or pass force`;
      throw new HawserError(Code.FailedPrecondition, `delete ${this.#what}: ${reason}`);
    }
    // Only what has ended can be waited for: the output of the living does not end.
    if (status === "stopped") await this.#stdio?.drained(drainMs, options.signal);
    const { exitStatus, exitedAt } = await this.deleteCall(options);
    const exit = { exitStatus, exitedAt: toDate(exitedAt) };
    this.#watch.settle(exit);
    return exit;
  }

  /** Closes streams and watch. The process goes on, and can be attached to again. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#session.state.handles.delete(this);
    this.#watch[Symbol.dispose]();
    await this.#stdio?.[Symbol.asyncDispose]();
  }

  /** The call that forgets it. */
  protected abstract deleteCall(
    options: CallOptions,
  ): Promise<{ exitStatus: number; exitedAt?: Parameters<typeof toDate>[0] }>;

  get #tasks() {
    return this.#session.service(Tasks);
  }

  get #names() {
    return { containerId: this.containerId, execId: this.execId };
  }

  #noPipe(name: keyof StdioPaths): never {
    const reason = `no pipe was asked for; pass stdio: { ${name}: "pipe" } where it is made`;
    throw new HawserError(Code.FailedPrecondition, `${name} of ${this.#what}: ${reason}`);
  }

  get #what(): string {
    return this.execId === "" ? `task "${this.containerId}"` : `exec "${this.execId}"`;
  }

  // Whoever goes on writing to a process that has ended would wait for ever.
  #onExit(): void {
    const stdin = this.#stdio?.stdin;
    if (stdin !== undefined && !stdin.writableFinished) stdin.destroy();
  }

  async #resizeStarted(size: TerminalSize, options?: CallOptions): Promise<void> {
    try {
      await this.resize(size, options);
    } catch (error) {
      // It was quick, and has ended.
      if (!isNotFound(error) && !isFailedPrecondition(error)) throw error;
    }
  }

  // A process may close its output and live on: then it is running, and that is the answer.
  async #lastMoment(signal?: AbortSignal): Promise<void> {
    const timeout = AbortSignal.timeout(LAST_MOMENT_MS);
    try {
      await this.wait({ signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]) });
    } catch {
      // Whatever it is, the question for its state says it better.
    }
  }

  // hawserd deletes the task of a managed container itself, and answers whoever deletes it later how it ended.
  async #statusOrGone(options: CallOptions): Promise<ProcessStatus | "gone"> {
    try {
      return (await this.state(options)).status;
    } catch (error) {
      if (isNotFound(error)) return "gone";
      throw error;
    }
  }

  async #end(options: CallOptions): Promise<void> {
    const { signal } = options;
    const status = await this.#statusOrGone(options);
    if (status === "stopped" || status === "gone") return;
    // What was created and never started has no exit; deleting it is enough.
    const wasStarted = status !== "created";
    try {
      await this.kill("SIGKILL", { all: this.execId === "", ...options });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    if (!wasStarted) return;
    const deadline = AbortSignal.timeout(KILL_MS);
    try {
      await this.wait({ signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]) });
    } catch (caught) {
      if (signal?.aborted || !deadline.aborted) throw caught;
      const reason = `it was sent SIGKILL and has not ended within ${KILL_MS} ms`;
      throw new HawserError(Code.DeadlineExceeded, `delete ${this.#what}: ${reason}`, {
        cause: caught,
      });
    }
  }
}
