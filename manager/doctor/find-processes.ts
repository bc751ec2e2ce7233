// Processes that carry a mark of a manager: its shims, by the bundle they sit in, and whatever has a root file system of its
// snapshots or bundles as its own. Reads /proc; a process that goes away meanwhile was not there. Processes of our own mount
// namespace are never containers', wherever their root is.
import { readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { type Cgroups, cgroupDir, cgroups, cgroupsOf } from "../../sys/cgroup.ts";
import { type MountEntry, mountTable, parseMountTable } from "../../sys/mount-table.ts";
import { type ProcessStat, processStat } from "../../sys/process-stat.ts";
import type { Layout } from "../layout.ts";
import type { ContainerProcessFact, ShimProcessFact } from "./facts.ts";

/** USER_HZ: the unit of start times in /proc on every architecture that we run on. */
const TICKS_PER_SECOND = 100;

/** What runs. */
export function findProcesses(layout: Layout): {
  shims: ShimProcessFact[];
  processes: ContainerProcessFact[];
} {
  const stats = allStats();
  const bootedAt = bootTime();
  const where = cgroups();
  const places = ownPlaces([layout.snapshotsDir, layout.bundlesDir], mountTable());
  const bundlesDir = realPathOf(layout.bundlesDir);
  const shims: ShimProcessFact[] = [];
  const processes: ContainerProcessFact[] = [];
  for (const stat of stats.values()) {
    const { pid, startTime, state } = stat;
    // A zombie holds nothing; reaping it is its parent's business.
    if (state === "Z" || state === "X" || pid === process.pid) continue;
    const startedAt = new Date(bootedAt + (Number(startTime) * 1000) / TICKS_PER_SECOND);
    const shim = shimOf(pid, bundlesDir);
    if (shim !== undefined) shims.push({ pid, startTime, startedAt, ...shim });
    else if (hasOurRoot(pid, places)) {
      const ancestors = ancestorsOf(stat, stats);
      const command = commandLine(pid).join(" ").slice(0, 200) || `[${stat.comm}]`;
      processes.push({ pid, startTime, startedAt, command, ancestors, cgroups: groupsOf(pid, where) });
    }
  }
  return { shims, processes };
}

/** Shims by their command line, as both Go's and ours have it: `… -namespace N -id I -address A [start]`. Pure. */
export function parseShimCommand(
  words: readonly string[],
): { program: string; namespace: string; id: string; address: string } | undefined {
  const program = words.map((word) => basename(word)).find((word) => /^containerd-shim-/.test(word));
  const after = (flag: string) => {
    const at = words.findIndex((word) => word.replace(/^--/, "-") === flag);
    return at < 0 ? "" : (words[at + 1] ?? "");
  };
  const [namespace, id, address] = [after("-namespace"), after("-id"), after("-address")];
  if (program === undefined || namespace === "" || id === "") return undefined;
  // Clean-up runs and ends; it is no shim.
  return words.at(-1) === "delete"
    ? undefined
    : { program: program.replace(/\.cjs$/, ""), namespace, id, address };
}

// The address alone would not make a shim ours: a manager with other directories may have served there, and have shims still.
function shimOf(
  pid: number,
  bundlesDir: string,
): Omit<ShimProcessFact, "pid" | "startTime" | "startedAt"> | undefined {
  const parsed = parseShimCommand(commandLine(pid));
  if (parsed === undefined || !isBelow(linkOf(pid, "cwd"), bundlesDir)) return undefined;
  const { program, namespace, id } = parsed;
  return { program, namespace, id };
}

function hasOurRoot(pid: number, ours: readonly OwnPlace[]): boolean {
  const namespace = linkOf(pid, "ns/mnt");
  if (namespace === "" || namespace === linkOf(process.pid, "ns/mnt")) return false;
  const root = parseMountTable(textOf(pid, "mountinfo", "latin1")).findLast(({ target }) => target === "/");
  return root !== undefined && ours.some((place) => isRootIn(root, place));
}

/** A directory of ours: by its path, and by its path from the top of the file system that it is on. */
export interface OwnPlace {
  readonly dir: string;
  readonly inFileSystem: string;
}

/** Where directories are in their file systems, which is how a bind mount shows them. Pure. */
export function ownPlaces(dirs: readonly string[], table: readonly MountEntry[]): OwnPlace[] {
  return dirs.map((dir) => {
    const isAbove = ({ target }: MountEntry) => target === "/" || dir === target || isBelow(dir, target);
    const mount = table.filter(isAbove).reduce((best: MountEntry | undefined, one) => {
      return best === undefined || one.target.length >= best.target.length ? one : best;
    }, undefined);
    return { dir, inFileSystem: join(mount?.root ?? "/", relative(mount?.target ?? "/", dir)) };
  });
}

/** Whether a root file system is made of something in a place: a layer of an overlay, or a bind mount. Pure. */
export function isRootIn({ type, root, superOptions }: MountEntry, place: OwnPlace): boolean {
  if (type !== "overlay") return isBelow(root, place.inFileSystem);
  return superOptions.some(
    (option) => option.includes(`=${place.dir}/`) || option.includes(`:${place.dir}/`),
  );
}

function isBelow(path: string, dir: string): boolean {
  return path.startsWith(`${dir}/`);
}

function allStats(): Map<number, ProcessStat> {
  const stats = new Map<number, ProcessStat>();
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? processStat(Number(name)) : undefined;
    if (stat !== undefined) stats.set(stat.pid, stat);
  }
  return stats;
}

function ancestorsOf(stat: ProcessStat, stats: ReadonlyMap<number, ProcessStat>): number[] {
  const ancestors: number[] = [];
  for (let at: ProcessStat | undefined = stat; at !== undefined && at.ppid > 0; at = stats.get(at.ppid)) {
    if (ancestors.includes(at.ppid)) break;
    ancestors.push(at.ppid);
  }
  return ancestors;
}

function groupsOf(pid: number, where: Cgroups): string[] {
  const memberships = cgroupsOf(pid) ?? [];
  const dirs = memberships.map(({ controllers }) => cgroupDir(memberships, controllers[0], where));
  // In the root of a hierarchy is who is in no group.
  const roots = new Set([where.unified, ...where.v1.values()].map((dir) => `${dir}/`));
  return dirs.filter((dir) => dir !== undefined && !roots.has(`${dir.replace(/\/$/, "")}/`)) as string[];
}

// Seconds since the epoch at which the clock of start times began.
function bootTime(): number {
  const seconds = /^btime (\d+)$/m.exec(readFileSync("/proc/stat", "latin1"))?.[1];
  return Number(seconds ?? 0) * 1000;
}

function commandLine(pid: number): string[] {
  return textOf(pid, "cmdline", "utf8").split("\0").slice(0, -1);
}

function textOf(pid: number, file: string, encoding: "latin1" | "utf8"): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, encoding);
  } catch {
    return "";
  }
}

function linkOf(pid: number, name: string): string {
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return "";
  }
}

// As /proc shows it.
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
