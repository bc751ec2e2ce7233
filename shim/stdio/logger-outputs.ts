// Outputs that go to a logger: two pipes from the container straight to it; no byte passes through us. Owns the pipes
// and the logger. Of each pipe we keep a reading end that is not read from: when the logger dies, its container neither
// stalls nor gets SIGPIPE; from then on the rest is read, counted, and dropped, and a notice says so.
import { constants, fchownSync } from "node:fs";
import { OwnedFd, pipe } from "../../sys/fd.ts";
import { FdReader, FdWriter } from "../../sys/fd-io.ts";
import type { CallOptions, Drained, OnNotice, StdioOptions } from "./contract.ts";
import { describe, Logger, type LoggerExit } from "./logger.ts";
import { openError } from "./open-error.ts";
import { widenPipe } from "./output-fifo.ts";
import type { OutputFds, Outputs, Sink } from "./outputs.ts";
import type { OutputPlan } from "./spec.ts";
import { withinMs } from "./within.ts";

const { O_NONBLOCK, O_RDONLY } = constants;

interface Pipe {
  readonly read: OwnedFd;
  readonly write: OwnedFd;
}

/** The plan of a logger; `killAfterMs` is for tests. */
export type LoggerPlan = Extract<OutputPlan, { kind: "logger" }> & {
  readonly killAfterMs?: number | undefined;
};

/** The pipes and the logger behind them. */
export class LoggerOutputs implements Outputs {
  readonly #onNotice: OnNotice;
  readonly #pipes: readonly [stdout: Pipe, stderr: Pipe];
  readonly #plan: LoggerPlan;
  readonly #logger: Logger;
  readonly #discards: FdReader[] = [];
  #droppedBytes = 0;
  #isDisposed = false;

  private constructor(pipes: readonly [Pipe, Pipe], logger: Logger, plan: LoggerPlan, onNotice: OnNotice) {
    this.#pipes = pipes;
    this.#logger = logger;
    this.#plan = plan;
    this.#onNotice = onNotice;
    void logger.exited.then((exit) => this.#onLoggerExit(exit));
  }

  /** Starts the logger and waits until it is ready; see {@link Logger.start}. */
  static async start(
    plan: LoggerPlan,
    options: StdioOptions,
    call: CallOptions = {},
  ): Promise<LoggerOutputs> {
    const pipes: Pipe[] = [];
    try {
      const stdout = openPipe(plan.program, options, pipes);
      const stderr = openPipe(plan.program, options, pipes);
      const { containerId, namespace, bundleDir, onNotice } = options;
      const fds = { stdoutFd: stdout.read.fd, stderrFd: stderr.read.fd };
      const logger = await Logger.start({ ...plan, ...fds, containerId, namespace, cwd: bundleDir }, call);
      // The logger has both, whatever the client asked for; one that nobody will write to ends here.
      if (!plan.stdout) stdout.write[Symbol.dispose]();
      if (!plan.stderr) stderr.write[Symbol.dispose]();
      return new LoggerOutputs([stdout, stderr], logger, plan, onNotice);
    } catch (error) {
      for (const pair of pipes) closePipe(pair);
      throw error;
    }
  }

  openForContainer(): OutputFds {
    const [stdout, stderr] = this.#pipes;
    return {
      stdout: this.#plan.stdout ? new OwnedFd(stdout.write.release()) : undefined,
      stderr: this.#plan.stderr ? new OwnedFd(stderr.write.release()) : undefined,
    };
  }

  openForCopy(): Sink | undefined {
    const [stdout] = this.#pipes;
    return this.#plan.stdout ? new FdWriter(new OwnedFd(stdout.write.release())) : undefined;
  }

  /** Waits for the logger to end by itself, as it does when its pipes have ended, and after `budgetMs` tells it to. */
  async settled(budgetMs: number): Promise<Drained> {
    const exit = await withinMs(this.#logger.exited, budgetMs);
    if (exit !== undefined) return exit.code === 0 && this.#droppedBytes === 0 ? "complete" : "cut";
    this.#onNotice(`logger "${this.#logger.program}" was not done within ${budgetMs} ms, ending it`);
    this.#logger.terminate();
    return "cut";
  }

  #onLoggerExit(exit: LoggerExit): void {
    if (this.#isDisposed) return;
    if (exit.code !== 0) {
      this.#onNotice(`logger "${this.#logger.program}" ${describe(exit)}: dropping what is still written`);
    }
    for (const pair of this.#pipes) void this.#discard(pair.read);
  }

  async #discard(borrowed: OwnedFd): Promise<void> {
    try {
      // An open file of our own: children of the logger may share the other one, which is blocking.
      const fd = OwnedFd.open(`/proc/self/fd/${borrowed.fd}`, O_RDONLY | O_NONBLOCK);
      const reader = new FdReader(fd);
      this.#discards.push(reader);
      for await (const bytes of reader) {
        if (this.#droppedBytes === 0) {
          this.#onNotice(`logger "${this.#logger.program}" is gone, dropping output`);
        }
        this.#droppedBytes += bytes.length;
      }
    } catch (error) {
      if (!this.#isDisposed) this.#onNotice("read what the logger left: continuing", error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    // The ends of its pipes first: for a logger whose container never started they are all it gets.
    for (const pair of this.#pipes) closePipe(pair);
    for (const reader of this.#discards) reader[Symbol.dispose]();
    if (this.#droppedBytes > 0) {
      this.#onNotice(
        `${this.#droppedBytes} bytes were dropped because logger "${this.#logger.program}" was gone`,
      );
    }
    await this.#logger[Symbol.asyncDispose]();
  }
}

function openPipe(program: string, { uid, gid }: StdioOptions, pipes: Pipe[]): Pipe {
  try {
    const pair = pipe();
    pipes.push(pair);
    widenPipe(pair.read.fd);
    // Both ends are one inode; a program that opens /dev/stdout as another user needs this.
    if (uid !== undefined || gid !== undefined) fchownSync(pair.read.fd, uid ?? -1, gid ?? -1);
    return pair;
  } catch (error) {
    throw openError("start logger", program, error);
  }
}

function closePipe({ read, write }: Pipe): void {
  read[Symbol.dispose]();
  write[Symbol.dispose]();
}
