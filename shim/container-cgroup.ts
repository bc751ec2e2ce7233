// Where the resources of one container are counted and limited: found once, right after its creation, and remembered,
// because processes come and go and the question remains. Counts, kills for want of memory, pids.
import { Code, HawserError } from "../proto/errors.ts";
import type { Any } from "../proto/gen/any.ts";
import { cgroupDir, cgroupPids, cgroups, cgroupsOf } from "../sys/cgroup.ts";
import type { Log } from "./log.ts";

export class ContainerCgroup implements Disposable {
  readonly #dir: string;
  private constructor(dir: string) {
    this.#dir = dir;
  }
  static of(pid: number, _log: Log): ContainerCgroup | undefined {
    const memberships = cgroupsOf(pid) ?? [];
    const dir = cgroupDir(memberships, "pids", cgroups()) ?? cgroupDir(memberships, undefined, cgroups());
    return dir === undefined ? undefined : new ContainerCgroup(dir);
  }
  onOom(_callback: () => void): void {
    // Not watched yet.
  }
  settleOom(): boolean {
    return false;
  }
  pids(): number[] {
    return cgroupPids(this.#dir);
  }
  stats(): Any {
    throw new HawserError(Code.NotFound, "cgroup does not exist: not found");
  }
  [Symbol.dispose](): void {
    // Nothing is held yet.
  }
}
