// A logger: a program named by the client that takes a container's output on descriptors 3 and 4 and says on 5 that it
// is ready. It is a child of ours, reaped by libuv. Its life: started → ready → (its pipes end) → exited. Whoever owns
// one ends it: SIGTERM, and SIGKILL for one that is still there 12 s later.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { Code, HawserError } from "../../proto/errors.ts";
import { type OwnedFd, pipe } from "../../sys/fd.ts";
import { FdReader } from "../../sys/fd-io.ts";
import type { CallOptions } from "./contract.ts";
import { openError } from "./open-error.ts";

/** How long a logger has from SIGTERM to SIGKILL: what the shims of containerd give it. */
const KILL_AFTER_MS = 12_000;
/** PF_EXITING of linux/sched.h. */
const EXITING = 0x4;

/** What to run, and for whom. */
export interface LoggerOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** Ready when descriptor 5 is closed (`binary`), or not before at least one byte came (`binary-v2`). */
  readonly readiness: "closed" | "byte";
  readonly containerId: string;
  readonly namespace: string;
  readonly cwd: string;
  /** Reading ends, borrowed; descriptors 3 and 4 of the logger. */
  readonly stdoutFd: number;
  readonly stderrFd: number;
  readonly killAfterMs?: number | undefined;
}

/** Exactly one of the two. */
export interface LoggerExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A logger that was ready once. */
export class Logger implements AsyncDisposable {
  readonly program: string;
  /** Never rejects. */
  readonly exited: Promise<LoggerExit>;
  readonly #child: ChildProcess;
  readonly #killAfterMs: number;
  #killTimer: NodeJS.Timeout | undefined;
  #exit: LoggerExit | undefined;

  private constructor(program: string, child: ChildProcess, killAfterMs: number) {
    this.program = program;
    this.#child = child;
    this.#killAfterMs = killAfterMs;
    this.exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => {
        clearTimeout(this.#killTimer);
        this.#exit = { code, signal };
        resolve(this.#exit);
      });
    });
  }

  /**
   * Runs the program and waits until it is ready. One that ends before, closes its pipe without the byte that it owes,
   * or makes `signal` wait too long is killed, and the HawserError says which it was.
   */
  static async start(options: LoggerOptions, { signal }: CallOptions = {}): Promise<Logger> {
    const { program } = options;
    const ready = openPipe(program);
    using reader = new FdReader(ready.read);
    let logger: Logger;
    try {
      logger = await Logger.#spawn(options, ready.write);
    } finally {
      ready.write[Symbol.dispose]();
    }
    try {
      await logger.#waitUntilReady(reader, options.readiness, signal);
    } catch (error) {
      logger.#child.kill("SIGKILL");
      await logger.exited;
      throw error;
    }
    return logger;
  }

  static async #spawn(options: LoggerOptions, readyPipe: OwnedFd): Promise<Logger> {
    const { program, args, cwd, containerId, namespace, stdoutFd, stderrFd } = options;
    try {
      const child = spawn(program, args, {
        cwd,
        // Nothing else: not what the shim, or the daemon that started it, has in its environment.
        env: { CONTAINER_ID: containerId, CONTAINER_NAMESPACE: namespace },
        stdio: ["ignore", "ignore", "ignore", stdoutFd, stderrFd, readyPipe.fd],
      });
      const logger = new Logger(program, child, options.killAfterMs ?? KILL_AFTER_MS);
      await new Promise<void>((resolve, reject) => {
        child.once("spawn", resolve);
        child.on("error", reject);
      });
      return logger;
    } catch (error) {
      throw openError("start logger", program, error);
    }
  }

  async #waitUntilReady(
    reader: FdReader,
    readiness: "closed" | "byte",
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const what = `start logger "${this.program}"`;
    let bytes: Buffer | undefined;
    try {
      bytes = await reader.read({ signal });
    } catch (error) {
      const { code } = HawserError.from(error);
      throw new HawserError(code, `${what}: not ready in time`, { cause: error });
    }
    if (bytes !== undefined) return;
    // The kernel closes the descriptors of a process that ends before it tells of the end.
    if (this.#exit !== undefined || isExiting(this.#child.pid)) {
      const how = describe(await this.exited);
      throw new HawserError(Code.FailedPrecondition, `${what}: ${how} before it was ready`);
    }
    if (readiness === "byte") {
      throw new HawserError(Code.FailedPrecondition, `${what}: closed descriptor 5 without a byte`);
    }
  }

  /** How it ended, if it has. */
  get exit(): LoggerExit | undefined {
    return this.#exit;
  }

  /** Asks it to end, and sees to it that it does. Again does nothing. */
  terminate(): void {
    if (this.#exit !== undefined || this.#killTimer !== undefined) return;
    this.#child.kill("SIGTERM");
    this.#killTimer = setTimeout(() => this.#child.kill("SIGKILL"), this.#killAfterMs);
  }

  /** Ends it and waits until it is gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.terminate();
    await this.exited;
  }
}

/** `exited with status 3`, `was killed by SIGKILL`. */
export function describe({ code, signal }: LoggerExit): string {
  return signal === null ? `exited with status ${code}` : `was killed by ${signal}`;
}

function openPipe(program: string): { read: OwnedFd; write: OwnedFd } {
  try {
    return pipe();
  } catch (error) {
    throw openError("start logger", program, error);
  }
}

// Whether a child of ours has begun to end. It was not reaped before its "exit" event, so the pid is its own.
function isExiting(pid: number | undefined): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name, in parentheses, may hold anything; then state (3), …, flags (9).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" || (Number(fields[6]) & EXITING) !== 0;
  } catch {
    return true;
  }
}
