// Which processes are children of this shim. Whatever an OCI runtime starts and leaves becomes one (we are its
// subreaper), so a pid that names somebody else's process is a lie, and nothing is ever done to that process.
import { Code, HawserError } from "../proto/errors.ts";
import { PidFd } from "../sys/pidfd.ts";
import { processStat } from "../sys/process-stat.ts";
import { readPidFile } from "./oci/pid-file.ts";

const SIGKILL = 9;

/** What a pid is to us now: a child, ended or not, that was not reaped yet; somebody else's process; or nobody. */
export type Kinship = "child" | "stranger" | "gone";

export function kinshipOf(pid: number): Kinship {
  const stat = processStat(pid);
  if (stat === undefined) return "gone";
  return stat.ppid === process.pid ? "child" : "stranger";
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
    if (kinshipOf(pid) === "child") process.send(SIGKILL);
  } catch {
    // gone already
  }
}
