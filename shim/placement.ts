// Where the shim itself lives in the kernel's accounts: its cgroup and its standing with the OOM killer.
// Plain files of /proc and /sys, written before the reply: what is started afterwards inherits them.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { Code, HawserError, isErrno, messageOf } from "../proto/errors.ts";

const MAX_OOM_SCORE_ADJ = 1000;

/**
 * Makes us a little likelier to be killed than the manager, so that it goes last. Not allowed to (unprivileged, or in a
 * user namespace), or a manager that has gone: we stay what we are. Throws the system's error for anything else.
 */
export function adjustOomScore(managerPid: number, procDir = "/proc"): void {
  try {
    const manager = Number(readFileSync(`${procDir}/${managerPid}/oom_score_adj`, "utf8"));
    writeFileSync(`${procDir}/self/oom_score_adj`, String(Math.min(manager + 1, MAX_OOM_SCORE_ADJ)));
  } catch (caught) {
    if (!["EPERM", "EACCES", "ENOENT", "ESRCH"].some((errno) => isErrno(caught, errno))) throw caught;
  }
}

/**
 * Moves this process into a cgroup that exists: on a v2 hierarchy the path itself, on v1 that path under every controller
 * that has it. Throws InvalidArgument for a path that leaves the hierarchy, FailedPrecondition when there is no such
 * cgroup or it does not take us.
 */
export function joinCgroup(path: string, mountDir = "/sys/fs/cgroup"): void {
  const wanted = posix.normalize(`/${path}`);
  if (path.split("/").includes("..")) {
    throw new HawserError(Code.InvalidArgument, `shim cgroup "${path}": it leaves the hierarchy`);
  }
  const isUnified = existsSync(join(mountDir, "cgroup.controllers"));
  const hierarchies = isUnified ? [mountDir] : readdirSync(mountDir).map((name) => join(mountDir, name));
  const found = hierarchies
    .map((dir) => join(dir, wanted, "cgroup.procs"))
    .filter((file) => existsSync(file));
  if (found.length === 0) {
    throw new HawserError(Code.FailedPrecondition, `shim cgroup "${path}": there is none below ${mountDir}`);
  }
  for (const file of found) {
    try {
      writeFileSync(file, String(process.pid));
    } catch (caught) {
      const reason = messageOf(caught);
      throw new HawserError(Code.FailedPrecondition, `shim cgroup "${path}": ${reason}`, { cause: caught });
    }
  }
}
