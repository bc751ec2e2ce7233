// What the tests of sys share: a private directory, waiting, and what the kernel says of descriptors and processes.
import { readFileSync } from "node:fs";

export { openFds } from "../../support/open-fds.ts";
export { temporaryDir } from "../../support/temporary-directory.ts";
export { until } from "../../support/turns.ts";

/** Whether close-on-exec is set on one of our descriptors, from /proc/self/fdinfo. */
export function isCloseOnExec(fd: number): boolean {
  const flags = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1] ?? "0";
  return (Number.parseInt(flags, 8) & 0o2000000) !== 0;
}

/** The state letter of a process (R, S, Z…), or undefined when there is none. */
export function processState(pid: number): string | undefined {
  try {
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))?.[1];
  } catch {
    return undefined;
  }
}
