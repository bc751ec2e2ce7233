// A process that an OCI runtime may have started although it failed or was stopped half-way: its pid file tells. It is
// nobody's then, and must not go on.
import { readFileSync } from "node:fs";
import { PidFd } from "../../sys/pidfd.ts";

const SIGKILL = 9;

/** Kills what the pid file names, if there is one. Only for a file that was not there before the runtime ran. */
export function endStray(pidFile: string): void {
  let pid: number;
  try {
    pid = Number.parseInt(readFileSync(pidFile, "utf8"), 10);
  } catch {
    return; // No file: nothing was started.
  }
  if (!(pid > 1)) return;
  try {
    using process = PidFd.open(pid);
    process.send(SIGKILL);
  } catch {
    // Gone already.
  }
}
