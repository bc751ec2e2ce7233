// Runs one command of an OCI runtime and waits for its end: within a deadline, with bounded output, in a process group
// of its own so that a runtime that hangs ends together with the helpers it started.
// Always true: the child gets exactly the descriptors, the environment and the directory it is given; no call outlives
// its deadline by more than the time a killed process is given to go.
// Not here: PR_SET_PDEATHSIG. Only the child can ask for it, which takes one more program in between (`setpriv`), and a
// millisecond of every exec; a runtime that loses its shim half-way ends by itself, and what it left is deleted by force.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { Code, HawserError } from "../../proto/errors.ts";

/** How long a killed runtime may take to go (it may sit in the kernel) before the caller is told anyway. */
const KILLED_GRACE_MS = 2_000;

/** A command line that is cut when it is quoted in an error. */
const MAX_QUOTED_CHARS = 1_000;

/** What to run, and how long and how much at most. */
export interface CommandRun {
  readonly binary: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: number | "ignore";
  /** `"capture"`: kept for the outcome. A descriptor is borrowed for the time of the call. */
  readonly stdout: number | "ignore" | "capture";
  readonly stderr: number | "ignore" | "capture";
  readonly timeoutMs: number;
  /** Most bytes that `"capture"` keeps of each stream; a stream with more ends the command. */
  readonly maxOutputBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** How a command ended. Exactly one of `exitCode` and `signal` is there. */
export interface CommandOutcome {
  readonly exitCode: number | undefined;
  readonly signal: NodeJS.Signals | undefined;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Collects a stream up to a limit. */
class Capture {
  readonly #chunks: Buffer[] = [];
  #sizeBytes = 0;

  /** False when it is too much. */
  add(chunk: Buffer, maxBytes: number): boolean {
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes > maxBytes) return false;
    this.#chunks.push(chunk);
    return true;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

/**
 * Runs the command and answers how it ended, whatever that is. Throws DeadlineExceeded or what the signal says after
 * killing it, ResourceExhausted when it prints too much or the machine is out of something, FailedPrecondition when the
 * binary cannot be run, NotFound when `cwd` is missing.
 */
export async function runCommand(run: CommandRun): Promise<CommandOutcome> {
  if (run.signal?.aborted) throw HawserError.from(run.signal.reason);
  const child = startChild(run);
  return await new Promise<CommandOutcome>((resolve, reject) => {
    let failure: HawserError | undefined;
    let grace: NodeJS.Timeout | undefined;
    const stdout = new Capture();
    const stderr = new Capture();

    const finish = (settle: () => void): void => {
      clearTimeout(deadline);
      clearTimeout(grace);
      run.signal?.removeEventListener("abort", onAbort);
      for (const stream of [child.stdout, child.stderr]) stream?.destroy();
      settle();
    };
    const killFor = (error: HawserError): void => {
      if (failure) return;
      failure = error;
      killGroup(child);
      grace = setTimeout(() => finish(() => reject(error)), KILLED_GRACE_MS);
    };
    const onAbort = (): void => killFor(HawserError.from(run.signal?.reason));
    const deadline = setTimeout(() => killFor(hung(run)), run.timeoutMs);
    const collect = (stream: Capture, name: string) => (chunk: Buffer) => {
      if (!stream.add(chunk, run.maxOutputBytes)) killFor(tooMuch(run, name));
    };
    const onEnd = (exitCode: number | null, signal: NodeJS.Signals | null): void => {
      const error = failure;
      if (error) finish(() => reject(error));
      else {
        const [out, err] = [stdout.bytes, stderr.bytes];
        const ended = {
          exitCode: exitCode ?? undefined,
          signal: signal ?? undefined,
          stdout: out,
          stderr: err,
        };
        finish(() => resolve(ended));
      }
    };

    run.signal?.addEventListener("abort", onAbort, { once: true });
    child.once("error", (error) => finish(() => reject(notRun(run, error))));
    // With captured output the last bytes come after the exit; without, waiting for more than the exit would hang on
    // a hook's grandchild that keeps a descriptor. After a kill nobody wants the output any more.
    const isCaptured = run.stdout === "capture" || run.stderr === "capture";
    child.once(isCaptured ? "close" : "exit", onEnd);
    if (isCaptured) child.once("exit", () => failure && onEnd(null, "SIGKILL"));
    child.stdout?.on("data", collect(stdout, "stdout"));
    child.stderr?.on("data", collect(stderr, "stderr"));
  });
}

function startChild(run: CommandRun): ChildProcess {
  const piped = (end: number | "ignore" | "capture") => (end === "capture" ? "pipe" : end);
  try {
    return spawn(run.binary, run.args, {
      cwd: run.cwd,
      env: run.env,
      detached: true, // setsid: a group of its own, which a deadline kills as a whole
      stdio: [run.stdin, piped(run.stdout), piped(run.stderr)],
    });
  } catch (caught) {
    throw notRun(run, caught);
  }
}

// Before the exit is known the pid is the child's, a zombie's at least; -pid is its group since birth.
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL"); // EPERM of a group with a stranger in it, or it went meanwhile
  }
}

/** The command as a person would type it, for errors. */
export function quoteCommand(run: Pick<CommandRun, "binary" | "args">): string {
  const line = [run.binary, ...run.args].join(" ");
  return line.length <= MAX_QUOTED_CHARS ? line : `${line.slice(0, MAX_QUOTED_CHARS)}…`;
}

function hung(run: CommandRun): HawserError {
  const text = `"${quoteCommand(run)}" did not end within ${run.timeoutMs / 1000} s and was killed`;
  return new HawserError(Code.DeadlineExceeded, text);
}

function tooMuch(run: CommandRun, stream: string): HawserError {
  const text = `"${quoteCommand(run)}" wrote more than ${run.maxOutputBytes} bytes to ${stream} and was killed`;
  return new HawserError(Code.ResourceExhausted, text);
}

const OUT_OF_SOMETHING: readonly string[] = ["EAGAIN", "EMFILE", "ENFILE", "ENOMEM"];

function notRun(run: CommandRun, caught: unknown): HawserError {
  const errno = (caught as NodeJS.ErrnoException).code ?? "";
  // A missing directory and a missing program are the same ENOENT.
  if (errno === "ENOENT" && !existsSync(run.cwd)) {
    return new HawserError(Code.NotFound, `run "${run.binary}": no such directory "${run.cwd}"`, {
      cause: caught,
    });
  }
  const code = OUT_OF_SOMETHING.includes(errno) ? Code.ResourceExhausted : Code.FailedPrecondition;
  const reason = errno === "ENOENT" ? "executable file not found in $PATH" : (caught as Error).message;
  return new HawserError(code, `exec: "${run.binary}": ${reason}`, { cause: caught });
}
