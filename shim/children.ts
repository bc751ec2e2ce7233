// Which processes are children of this shim. Whatever an OCI runtime starts and leaves becomes one (we are its
// subreaper), so a pid that names somebody else's process is a lie, and nothing is ever done to that process.
import { Code, HawserError } from "../proto/errors.ts";
import { PidFd } from "../sys/pidfd.ts";
import { processStat } from "../sys/process-stat.ts";
import { readPidFile } from "./oci/pid-file.ts";

const SIGKILL = 9;

/** Whether this pid is that of a child of ours, ended or not, that was not reaped yet. */
export function isOwnChild(pid: number): boolean {
  return processStat(pid)?.ppid === process.pid;
}

/** Throws Internal when this pid is somebody else's; one that is gone already was ours. `what` begins the error. */
export function requireOwnChild(pid: number, what: string): void {
  const stat = processStat(pid);
  if (stat === undefined || stat.ppid === process.pid) return;
  const message = `${what}: the OCI runtime named process ${pid} (${stat.comm}), which is no child of this shim`;
  throw new HawserError(Code.Internal, message);
}

/**
 * Kills what an OCI runtime started although it failed or was stopped half-way: its pid file tells. Only for a file that
 * was not there before the runtime ran, and at once, while the process cannot have been reaped and its pid taken.
 */
export function endStray(pidFile: string): void {
  const pid = readPidFile(pidFile);
  if (pid === undefined) return; // nothing was started
  try {
    using process = PidFd.open(pid);
    if (isOwnChild(pid)) process.send(SIGKILL);
  } catch {
    // gone already
  }
}
