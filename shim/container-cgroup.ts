// Where the resources of one container are counted and limited: found once, right after its creation, and remembered,
// because processes come and go and the question remains. Counts, kills for want of memory, pids. Owns the watch.
import type { Any } from "../proto/gen/any.ts";
import { type Cgroups, cgroupDir, cgroupPids, cgroups, cgroupsOf, enableControllers } from "../sys/cgroup.ts";
import type { Log } from "./log.ts";
import { type OomNotice, type OomTarget, OomWatch } from "./oom.ts";
import { type ContainerCgroups, readStats } from "./stats.ts";

/** Controllers of version 1 that have something to count or to list. */
const CONTROLLERS = ["blkio", "cpu", "cpuacct", "hugetlb", "memory", "pids", "rdma"];

/** The cgroups of a container. */
export class ContainerCgroup implements Disposable {
  readonly #groups: ContainerCgroups;
  readonly #pidsDir: string;
  readonly #log: Log;
  #watch: OomWatch | undefined;

  private constructor(groups: ContainerCgroups, pidsDir: string, log: Log) {
    this.#groups = groups;
    this.#pidsDir = pidsDir;
    this.#log = log;
  }

  /**
   * The groups of the container whose init is `pid`. Undefined where they are the shim's own, which says nothing of the
   * container: without privileges there may be no others.
   */
  static of(pid: number, log: Log): ContainerCgroup | undefined {
    const where = cgroups();
    const groups = groupsOf(pid, where);
    const pidsDir = groups && dirOfPids(groups);
    if (groups === undefined || pidsDir === undefined) return undefined;
    const own = groupsOf(process.pid, where);
    if (own !== undefined && dirOfPids(own) === pidsDir) return undefined;
    if (groups.version === "v2" && where.unified !== undefined) enable(groups.dir, where.unified, log);
    return new ContainerCgroup(groups, pidsDir, log);
  }

  /** Calls back for every kill for want of memory, each once, until this is disposed of. */
  onOom(callback: (notice: OomNotice) => void): void {
    const target = memoryOf(this.#groups);
    if (target === undefined) return;
    try {
      this.#watch = OomWatch.start(target, callback);
    } catch (error) {
      this.#log.warn("watch for want of memory: continuing without", { error });
    }
  }

  /** A process was reaped: tells of a kill for want of memory that caused it before anybody hears of its end. */
  settleOom(): void {
    this.#watch?.settle();
  }

  /** How many processes of the container the kernel has killed for want of memory, as far as it was looked. */
  get oomKills(): bigint {
    return this.#watch?.kills ?? 0n;
  }

  /** Every process of the container, on the host. */
  pids(): number[] {
    return cgroupPids(this.#pidsDir);
  }

  /** The metrics message of the hierarchy in use. Zeros once the groups are gone. */
  stats(): Any {
    return readStats(this.#groups);
  }

  [Symbol.dispose](): void {
    this.#watch?.close();
  }
}

/** Version 2 where it has the controllers, version 1 otherwise: in a hybrid set-up version 2 counts nothing. */
function groupsOf(pid: number, where: Cgroups): ContainerCgroups | undefined {
  const memberships = cgroupsOf(pid);
  if (memberships === undefined) return undefined;
  if (where.version === "v2") {
    const dir = cgroupDir(memberships, undefined, where);
    return dir === undefined ? undefined : { version: "v2", dir };
  }
  const dirs: Record<string, string | undefined> = {};
  for (const controller of CONTROLLERS) dirs[controller] = cgroupDir(memberships, controller, where);
  return { version: "v1", dirs };
}

// A runtime that leaves its groups to systemd turns on what its limits need, and the rest would count nothing.
function enable(dir: string, root: string, log: Log): void {
  try {
    enableControllers(dir, root);
  } catch (error) {
    log.info("turn on cgroup controllers: continuing without some", { dir, error });
  }
}

function dirOfPids(groups: ContainerCgroups): string | undefined {
  return groups.version === "v2" ? groups.dir : (groups.dirs["pids"] ?? groups.dirs["memory"]);
}

function memoryOf(groups: ContainerCgroups): OomTarget | undefined {
  const dir = groups.version === "v2" ? groups.dir : groups.dirs["memory"];
  return dir === undefined ? undefined : { version: groups.version, dir };
}
