// What /proc/<pid>/stat says of a process: enough to tell it from a later one with the same pid (its start time),
// and, while it is a zombie, how it ended. Reads of proc(5) files do not block. Knows nothing about children.
import { readFileSync } from "node:fs";
import { codeOfError } from "./errno.ts";

/** Fields of proc(5) `stat`, at one moment. */
export interface ProcessStat {
  readonly pid: number;
  /** The name of the executable, at most 15 bytes; may hold anything, spaces and parentheses included. */
  readonly comm: string;
  /** R, S, D, T, t, I, or for what has ended: Z (not reaped) and X. */
  readonly state: string;
  readonly ppid: number;
  readonly processGroup: number;
  readonly session: number;
  /** Clock ticks since boot. With the pid it names a process for as long as the machine is up. */
  readonly startTime: bigint;
  /** A wait status (see `decodeWaitStatus`); meaningful in state Z only, and 0 without the right to ptrace. */
  readonly exitWord: number;
}

/** Takes the text of `stat` apart. Throws a RangeError when it is not one. */
export function parseProcessStat(text: string): ProcessStat {
  // comm stands in parentheses and may hold any byte but NUL: only the last ")" of the line is known to close it.
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  const fields = text
    .slice(close + 1)
    .trim()
    .split(" ");
  const pid = Number(text.slice(0, open));
  const [state, ppid, processGroup, session] = fields;
  const startTime = fields[22 - 3];
  if (open < 0 || close < open || !Number.isInteger(pid) || !state || startTime === undefined) {
    throw new RangeError(`not the stat of a process: "${text.slice(0, 100)}"`);
  }
  return {
    pid,
    comm: text.slice(open + 1, close),
    state,
    ppid: Number(ppid),
    processGroup: Number(processGroup),
    session: Number(session),
    startTime: BigInt(startTime),
    exitWord: Number(fields[52 - 3] ?? 0),
  };
}

/** The stat of a process or thread group, or undefined when there is none (any more). */
export function processStat(pid: number): ProcessStat | undefined {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch (error) {
    // ESRCH: it went between open and read.
    const code = codeOfError(error);
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}

/** The start time of a process in clock ticks since boot, zombies included; undefined when there is none. */
export function startTimeOf(pid: number): bigint | undefined {
  return processStat(pid)?.startTime;
}
