// Runs one command of an OCI runtime to its end, and says in a HawserError what kept it from ending: a deadline, a
// signal, too much output, a program or a directory that is not there. How a program is started and killed is
// `sys/child.ts`; here is what that means for a runtime.
// Always true: no call outlives its deadline by more than the time a killed process is given to go.
// Not here: PR_SET_PDEATHSIG. Only the child can ask for it, which takes one more program in between (`setpriv`), and a
// millisecond of every exec; a runtime that loses its shim half-way ends by itself, and what it left is deleted by force.
import { constants, existsSync } from "node:fs";
import { Code, HawserError } from "../../proto/errors.ts";
import { type ChildResult, runChild } from "../../sys/child.ts";
import { codeOfError } from "../../sys/errno.ts";
import { duplicate, OwnedFd } from "../../sys/fd.ts";

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
  /** Descriptors are borrowed for the time of the call; `"ignore"` is /dev/null. */
  readonly stdin: number | "ignore";
  /** `"capture"`: kept for the outcome. */
  readonly stdout: number | "ignore" | "capture";
  readonly stderr: number | "ignore" | "capture";
  readonly timeoutMs: number;
  /** Most bytes that `"capture"` takes; more is an error. */
  readonly maxOutputBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** How a command ended: exactly one of `code` and `signal` (a number) is there. */
export type CommandOutcome = Pick<ChildResult, "code" | "signal" | "stdout" | "stderr">;

/**
 * Runs the command and answers how it ended, whatever that is. Throws DeadlineExceeded or what the signal says after
 * killing it, ResourceExhausted when it prints too much or the machine is out of something, FailedPrecondition when the
 * binary cannot be run, NotFound when `cwd` is missing.
 */
export async function runCommand(run: CommandRun): Promise<CommandOutcome> {
  if (run.signal?.aborted) throw HawserError.from(run.signal.reason);
  const result = await orGone(run, startCommand(run));
  if (result.timedOut) throw hung(run);
  if (result.truncated) throw tooMuch(run);
  return result;
}

async function startCommand(run: CommandRun): Promise<ChildResult> {
  const { args, cwd, env, timeoutMs, maxOutputBytes, signal } = run;
  try {
    return await runChild(run.binary, {
      args,
      cwd,
      env,
      timeoutMs,
      maxOutputBytes,
      ...givenFds(run),
      ...(signal ? { signal } : {}),
    });
  } catch (caught) {
    throw signal?.aborted ? HawserError.from(signal.reason) : notRun(run, caught);
  }
}

/** The descriptors to give away, so that ours stay ours. Either all or, when it throws, none. */
function givenFds(run: CommandRun): { stdin?: OwnedFd; stdout?: OwnedFd; stderr?: OwnedFd } {
  const given: { stdin?: OwnedFd; stdout?: OwnedFd; stderr?: OwnedFd } = {};
  try {
    for (const name of ["stdin", "stdout", "stderr"] as const) {
      const end = run[name];
      if (typeof end === "number") given[name] = duplicate(end);
      else if (end === "ignore") given[name] = OwnedFd.open("/dev/null", constants.O_RDWR);
    }
    return given;
  } catch (caught) {
    for (const fd of Object.values(given)) fd.close();
    throw caught;
  }
}

// A process in an uninterruptible call does not even end by SIGKILL. Then nobody waits for it: it is reaped when it goes.
async function orGone(run: CommandRun, ending: Promise<ChildResult>): Promise<ChildResult> {
  let timer: NodeJS.Timeout | undefined;
  const { signal, timeoutMs } = run;
  const onAbort = (): void => giveUpIn(KILLED_GRACE_MS);
  let giveUp: (error: HawserError) => void = () => undefined;
  const giveUpIn = (ms: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => giveUp(signal?.aborted ? HawserError.from(signal.reason) : hung(run)), ms);
  };
  try {
    return await new Promise<ChildResult>((resolve, reject) => {
      giveUp = reject;
      giveUpIn(timeoutMs + KILLED_GRACE_MS);
      signal?.addEventListener("abort", onAbort, { once: true });
      ending.then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** The command as a person would type it, for errors. */
function quoteCommand(run: CommandRun): string {
  const line = [run.binary, ...run.args].join(" ");
  return line.length <= MAX_QUOTED_CHARS ? line : `${line.slice(0, MAX_QUOTED_CHARS)}…`;
}

function hung(run: CommandRun): HawserError {
  const text = `"${quoteCommand(run)}" did not end within ${run.timeoutMs / 1000} s and was killed`;
  return new HawserError(Code.DeadlineExceeded, text);
}

function tooMuch(run: CommandRun): HawserError {
  const text = `"${quoteCommand(run)}" wrote more than ${run.maxOutputBytes} bytes`;
  return new HawserError(Code.ResourceExhausted, text);
}

const OUT_OF_SOMETHING: readonly string[] = ["EAGAIN", "EMFILE", "ENFILE", "ENOMEM"];

function notRun(run: CommandRun, caught: unknown): HawserError {
  const errno = codeOfError(caught) ?? "";
  // A missing directory and a missing program are the same ENOENT.
  if (errno === "ENOENT" && !existsSync(run.cwd)) {
    const text = `run "${run.binary}": no such directory "${run.cwd}"`;
    return new HawserError(Code.NotFound, text, { cause: caught });
  }
  const code = OUT_OF_SOMETHING.includes(errno) ? Code.ResourceExhausted : Code.FailedPrecondition;
  const reason = errno === "ENOENT" ? "executable file not found in $PATH" : HawserError.from(caught).message;
  return new HawserError(code, `exec: "${run.binary}": ${reason}`, { cause: caught });
}
