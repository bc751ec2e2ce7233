// Names and numbers of signals, real-time ones included, and sending to a pid or a process group. To send to one
// process and surely no other, use `pidfd.ts`. See signal(7); numbers are those of x86, arm and riscv.
import { constants } from "node:os";
import { systemError } from "./errno.ts";
import { syscall, trySyscall } from "./libc.ts";

/** What glibc and musl leave to programs of the real-time range: the C library keeps 32 and 33 (musl 34) for itself. */
const SIGRTMIN = 34;
const SIGRTMAX = 64;
const ESRCH = 3;

/**
 * The number of a signal as a person or a caller writes it: `"SIGTERM"`, `"term"`, `"15"`, `"SIGRTMIN+3"`,
 * `"RTMAX-1"`, `"0"`. Undefined for what is none; 32 and 33 count, a container's libc may use them differently.
 */
export function signalNumber(name: string): number | undefined {
  if (/^\d{1,2}$/.test(name)) {
    const number = Number(name);
    return number <= SIGRTMAX ? number : undefined;
  }
  const upper = name.toUpperCase();
  const short = upper.startsWith("SIG") ? upper.slice(3) : upper;
  const realTime = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(short);
  if (realTime) {
    const [, end, sign = "+", offset = "0"] = realTime;
    const number = (end === "MIN" ? SIGRTMIN : SIGRTMAX) + Number(sign + offset);
    return number >= SIGRTMIN && number <= SIGRTMAX ? number : undefined;
  }
  return (constants.signals as Readonly<Record<string, number>>)[`SIG${short}`];
}

/** The usual name of a number: `"SIGTERM"`, `"SIGRTMIN+3"`, and `"SIG<number>"` for one without a name. */
export function signalName(number: number): string {
  if (number >= SIGRTMIN && number <= SIGRTMAX) {
    return number === SIGRTMIN
      ? "SIGRTMIN"
      : number === SIGRTMAX
        ? "SIGRTMAX"
        : `SIGRTMIN+${number - SIGRTMIN}`;
  }
  // Several names of one number: SIGABRT before SIGIOT, SIGIO before SIGPOLL, as Node lists them.
  for (const [name, value] of Object.entries(constants.signals)) if (value === number) return name;
  return `SIG${number}`;
}

/** kill(2) of one process by number. Throws ESRCH when there is none; may hit a later process with that pid. */
export function kill(pid: number, signal: number): void {
  if (pid <= 0) throw systemError(22, { syscall: "kill", reason: `${pid} is not a process id` });
  syscall("kill", [pid, signal]);
}

/**
 * kill(2) of every process of a group. Returns false when the group is empty: the members of a group come and go,
 * so that is no error. Refuses 0 and 1, which the kernel takes for "my own group" and "everybody".
 */
export function killGroup(processGroup: number, signal: number): boolean {
  if (processGroup <= 1) {
    throw systemError(22, { syscall: "kill", reason: `${processGroup} is not a process group to kill` });
  }
  const result = trySyscall("kill", -processGroup, signal);
  if (result < 0 && result !== -ESRCH) throw systemError(-result, { syscall: "kill" });
  return result >= 0;
}
