// Control groups: which hierarchies are mounted, where a process is in them, and the few things one does to a group
// (add a process, read a file, list, remove). Versions 1, 2 and the mixture. Owns nothing: groups live in the kernel.
// cgroup files are made by the kernel and do not block. See cgroups(7).
import { readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { makeDirectories } from "./directory.ts";
import { codeOfError } from "./errno.ts";
import { type MountEntry, mountTable } from "./mount-table.ts";

/** One line of /proc/<pid>/cgroup: where a process is in one hierarchy. */
export interface CgroupMembership {
  /** `["cpu", "cpuacct"]`, `["name=systemd"]`; empty for version 2. */
  readonly controllers: readonly string[];
  /** From the root of the hierarchy as this process sees it (its cgroup namespace). */
  readonly path: string;
}

/** Takes /proc/<pid>/cgroup apart. A group that was removed under its processes keeps its " (deleted)". */
export function parseProcCgroup(text: string): CgroupMembership[] {
  const memberships: CgroupMembership[] = [];
  for (const line of text.split("\n")) {
    // hierarchy:controllers:path, and a path may hold colons
    const match = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (!match) continue;
    const [, controllers = "", path = "/"] = match;
    memberships.push({ controllers: controllers === "" ? [] : controllers.split(","), path });
  }
  return memberships;
}

/** The hierarchies of a machine, by where they are mounted. */
export interface Cgroups {
  /** `v1`: only old ones. `hybrid`: old ones with all the controllers, and a version 2 beside. `v2`: only that. */
  readonly version: "v1" | "v2" | "hybrid" | "none";
  /** Mount point of version 2. */
  readonly unified?: string;
  /** controller → mount point of its version 1 hierarchy; named ones as `name=systemd`. */
  readonly v1: ReadonlyMap<string, string>;
}

const V1_CONTROLLERS = new Set(
  "cpu cpuacct cpuset memory devices freezer blkio pids net_cls net_prio perf_event hugetlb rdma misc".split(
    " ",
  ),
);

/** Decides from the table of mounts. Where one is mounted several times, the first counts. */
export function cgroupsIn(table: readonly MountEntry[]): Cgroups {
  const v1 = new Map<string, string>();
  let unified: string | undefined;
  for (const { type, target, superOptions } of table) {
    if (type === "cgroup2") unified ??= target;
    if (type !== "cgroup") continue;
    for (const option of superOptions) {
      const isHierarchy = V1_CONTROLLERS.has(option) || option.startsWith("name=");
      if (isHierarchy && !v1.has(option)) v1.set(option, target);
    }
  }
  const hasOld = v1.size > 0;
  const version = hasOld ? (unified === undefined ? "v1" : "hybrid") : unified === undefined ? "none" : "v2";
  return unified === undefined ? { version, v1 } : { version, v1, unified };
}

/** The hierarchies of this machine, now. */
export function cgroups(): Cgroups {
  return cgroupsIn(mountTable());
}

/** Where a process is. Undefined when there is none (any more). */
export function cgroupsOf(pid: number): CgroupMembership[] | undefined {
  try {
    return parseProcCgroup(readFileSync(`/proc/${pid}/cgroup`, "utf8"));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/**
 * The directory of a process's group for one controller, or, without one, in version 2. Undefined when that
 * hierarchy is not mounted or the process is not in it.
 */
export function cgroupDir(
  memberships: readonly CgroupMembership[],
  controller: string | undefined,
  where: Cgroups,
): string | undefined {
  const mountPoint = controller === undefined ? where.unified : where.v1.get(controller);
  const membership = memberships.find(({ controllers }) =>
    controller === undefined ? controllers.length === 0 : controllers.includes(controller),
  );
  return mountPoint === undefined || !membership ? undefined : join(mountPoint, membership.path);
}

/** Creates a group and the missing ones above it. What is there is no error. */
export function makeCgroup(dir: string): void {
  makeDirectories(dir);
}

/** Moves a process with all its threads into a group. ESRCH when it is gone, EBUSY for an inner group of version 2. */
export function addToCgroup(dir: string, pid: number): void {
  writeFileSync(join(dir, "cgroup.procs"), String(pid));
}

/**
 * Version 2: turns on, in every group above `dir`, what the hierarchy's root can hand out, so that the group has files to
 * count and limit with. What is on already is left alone. Throws the first error of the system when it has tried them all.
 */
export function enableControllers(dir: string, root: string): void {
  const wanted = wordsOf(readCgroupFile(root, "cgroup.controllers"));
  const names = relative(root, dir).split("/");
  // Seen from inside a cgroup namespace, another's group is above the root.
  if (names[0] === "..") return;
  let firstError: unknown;
  let group = root;
  for (const name of names) {
    const has = wordsOf(readCgroupFile(group, "cgroup.subtree_control"));
    // One by one: of a list the kernel takes all or, for the sake of one, none.
    for (const controller of wanted.filter((one) => !has.includes(one))) {
      try {
        writeFileSync(join(group, "cgroup.subtree_control"), `+${controller}`);
      } catch (error) {
        firstError ??= error;
      }
    }
    group = join(group, name);
  }
  if (firstError !== undefined) throw firstError;
}

function wordsOf(text: string | undefined): string[] {
  return text?.split(/\s+/).filter((word) => word !== "") ?? [];
}

/** The text of a file of a group, or undefined when the group (or the file) is gone. */
export function readCgroupFile(dir: string, name: string): string | undefined {
  try {
    return readFileSync(join(dir, name), "utf8");
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** The pids of a group and, below it, of all its descendants. Empty when it is gone. Not a moment in time: they move. */
export function cgroupPids(dir: string): number[] {
  const pids = new Set<number>();
  for (const group of descendants(dir)) {
    // 0 is a process outside of our pid namespace.
    for (const line of readCgroupFile(group, "cgroup.procs")?.split("\n") ?? [])
      if (Number(line) > 0) pids.add(Number(line));
  }
  return [...pids];
}

/**
 * Removes a group and those below it, deepest first. Returns false when processes are still in it (EBUSY, a zombie
 * counts in version 1): come back when they are gone. What is not there is no error.
 */
export function removeCgroup(dir: string): boolean {
  let isEmpty = true;
  for (const group of descendants(dir).reverse()) {
    try {
      rmdirSync(group);
    } catch (error) {
      if (isGone(error)) continue;
      if (codeOfError(error) !== "EBUSY" && codeOfError(error) !== "ENOTEMPTY") throw error;
      isEmpty = false;
    }
  }
  return isEmpty;
}

/** The group and all below it, parents first. */
function descendants(dir: string): string[] {
  try {
    const children = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    return [dir, ...children.flatMap((entry) => descendants(join(dir, entry.name)))];
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

// ENODEV: the group was removed while its file was open. ESRCH: the process went.
function isGone(error: unknown): boolean {
  const code = codeOfError(error);
  return code === "ENOENT" || code === "ENODEV" || code === "ESRCH";
}
