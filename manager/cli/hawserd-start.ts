// Starts hawserd for a command that finds nobody listening, as tmux starts its server: detached, in a session of its own,
// with its log in the state directory. Two commands at once start one: hawserd's own locks decide, and the loser waits for
// the winner's socket.
// Always true: "it serves" is a connection that is taken, never a time that has passed; the budget only bounds the wait.
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Code, HawserError, isErrno, messageOf } from "../../proto/errors.ts";
import { makeDirectories } from "../../sys/directory.ts";
import { LOCK_FILE } from "../instance-lock.ts";
import type { Globals } from "./globals.ts";

/** What a start needs to know. */
export interface HawserdStart {
  readonly globals: Globals;
  /** `bin/hawserd` is what is started. */
  readonly binDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  /** Hears of it once, when ours is the one that serves. */
  readonly onStarted: (pid: number, logPath: string) => void | Promise<void>;
}

/** A hawserd with thousands of containers asks every shim before it serves. Milliseconds. */
const START_BUDGET_MS = 60_000;
/** Between two looks at the socket. Milliseconds. */
const PAUSE_MS = 10;
/** A log that has grown beyond this is moved aside before the next start. Bytes. */
const MAX_LOG_BYTES = 8 * 1024 * 1024;
/** What an init system tells the process it started, and nobody else. */
const NOT_INHERITED = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID"];

/** The log of a hawserd that was started from here. */
export function startLogPath(stateDir: string): string {
  return join(stateDir, "hawserd.log");
}

/** Whether somebody takes connections there. Throws PermissionDenied when we may not ask. */
export async function isListening(path: string): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const probe = connect(path);
  probe.once("connect", () => resolve(true)).once("error", reject);
  try {
    return await promise;
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "ECONNREFUSED") || isErrno(error, "ENOTDIR")) return false;
    // EAGAIN: its queue is full, so there is one who has it.
    if (isErrno(error, "EAGAIN")) return true;
    const isDenied = isErrno(error, "EACCES") || isErrno(error, "EPERM");
    const advice = "run it with sudo, or as a member of the group that hawserd's configuration names as gid";
    const reason = isDenied ? `this user may not; ${advice}` : messageOf(error);
    const code = isDenied ? Code.PermissionDenied : Code.Unavailable;
    throw new HawserError(code, `connect to "${path}": ${reason}`, { cause: error });
  } finally {
    probe.destroy();
  }
}

/** Starts it, and resolves when somebody serves. Throws what keeps it from serving, in hawserd's own words. */
export async function startHawserd(start: HawserdStart): Promise<void> {
  const { globals, signal } = start;
  const budget = AbortSignal.timeout(START_BUDGET_MS);
  let attempt = beginHawserd(start);
  for (;;) {
    signal.throwIfAborted();
    const hasEnded = attempt.hasEnded();
    if (await isListening(globals.address)) {
      if (holderOf(globals.state) === attempt.pid) await start.onStarted(attempt.pid, attempt.logPath);
      // It has not found out yet that another one was quicker.
      else attempt.end();
      return;
    }
    if (hasEnded && !isHeld(globals)) {
      // Who had the locks may have ended in between: then it is our turn after all.
      if (!attempt.wasBeaten) throw startError(attempt);
      attempt = beginHawserd(start);
    } else if (hasEnded) attempt.wasBeaten = true;
    if (budget.aborted) throw lateError(globals, attempt);
    await sleep(PAUSE_MS);
  }
}

interface Attempt {
  readonly pid: number;
  readonly logPath: string;
  /** Where in the log it begins. */
  readonly logStart: number;
  readonly hasEnded: () => boolean;
  readonly end: () => void;
  /** Whether it ended because another one had the directories. */
  wasBeaten: boolean;
}

function beginHawserd({ globals, binDir, env }: HawserdStart): Attempt {
  const program = join(binDir, "hawserd");
  const logPath = startLogPath(globals.state);
  const log = openLog(globals.state, logPath);
  try {
    const logStart = statSync(logPath).size;
    const { root, state, address, config } = globals;
    const args = ["--root", root, "--state", state, "--address", address];
    if (config !== undefined) args.push("--config", config);
    const child = spawn(program, args, {
      cwd: "/",
      detached: true,
      env: withoutKeys(env, NOT_INHERITED),
      stdio: ["ignore", log, log],
    });
    let failure: Error | undefined;
    child.once("error", (error) => {
      failure = error;
    });
    child.unref();
    const hasEnded = () => {
      if (failure !== undefined)
        throw new HawserError(Code.FailedPrecondition, unstartable(program, failure));
      return child.exitCode !== null || child.signalCode !== null;
    };
    const end = () => void child.kill("SIGTERM");
    return { pid: child.pid ?? 0, logPath, logStart, hasEnded, end, wasBeaten: false };
  } finally {
    closeSync(log);
  }
}

function openLog(stateDir: string, path: string): number {
  try {
    // The mode that hawserd gives it.
    makeDirectories(stateDir, 0o711);
    if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
    return openSync(path, "a", 0o600);
  } catch (error) {
    const advice = "choose another directory with --state";
    const reason = `start hawserd: open its log "${path}": ${messageOf(error)}; ${advice}`;
    throw new HawserError(Code.FailedPrecondition, reason, { cause: error });
  }
}

function isHeld({ root, state }: Globals): boolean {
  return [root, state].some((dir) => {
    const pid = holderOf(dir);
    return pid !== undefined && isHawserd(pid);
  });
}

// Its lock file says who; the lock itself is not tried, because for that moment it would be taken.
function holderOf(dir: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(dir, LOCK_FILE), "utf8"));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isHawserd(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("hawserd");
  } catch {
    return false;
  }
}

function startError({ logPath, logStart }: Attempt): HawserError {
  const lines = readFileSync(logPath).subarray(logStart).toString().trimEnd().split("\n");
  const last = lines.at(-1)?.replace(/^hawserd: /, "");
  return new HawserError(
    Code.FailedPrecondition,
    `start hawserd: ${last || "it ended at once"}; log: ${logPath}`,
  );
}

function lateError({ address }: Globals, { logPath }: Attempt): HawserError {
  const reason = `it does not serve at "${address}" within ${START_BUDGET_MS / 1000} s; look at ${logPath}`;
  return new HawserError(Code.DeadlineExceeded, `start hawserd: ${reason}`);
}

function unstartable(program: string, error: Error): string {
  return `start hawserd: ${error.message}; is "${program}" there? npm run build makes it`;
}

function withoutKeys(env: NodeJS.ProcessEnv, keys: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([key]) => !keys.includes(key)));
}
