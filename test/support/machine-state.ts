// What of the machine's state belongs to this process or carries a given id: descriptors, descendants, processes, mounts,
// cgroups, sockets, runtime state, files. Reads /proc, /sys/fs/cgroup and a few directories; changes nothing. What belongs to others,
// such as a container manager of the system or another run of the tests, is never looked at.

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Things that can leak, each as one line that names it. */
export interface MachineState {
  descriptors: string[];
  processes: string[];
  mounts: string[];
  cgroups: string[];
  sockets: string[];
  state: string[];
}

/** Where the state directories of runtimes and managers lie. */
export const stateDirs = [
  "/run/runc",
  "/run/crun",
  "/run/containerd",
  "/run/hawser",
  "/var/lib/hawser",
  "/run/netns",
  "/var/lib/cni",
] as const;

interface ProcessFacts {
  parent: number;
  state: string;
  command: string;
}

/** Reads the state now. `dirs` are searched in addition to the usual state directories, for names that contain `id`. */
export function readMachineState(id: string, dirs: readonly string[] = []): MachineState {
  const processes = readProcesses();
  return {
    descriptors: readDescriptors(),
    processes: ownProcesses(processes, id),
    mounts: readMounts(id),
    cgroups: findNames("/sys/fs/cgroup", id, 12).map((path) => `cgroup ${path}`),
    sockets: readSockets(id, dirs),
    state: [
      ...[...new Set([...stateDirs, ...dirs])].flatMap((dir) => findNames(dir, id, 5)),
      ...findNames(tmpdir(), id, 1),
    ].map((path) => `file ${path}`),
  };
}

function readDescriptors(): string[] {
  const found: string[] = [];
  for (const fd of readdirSync("/proc/self/fd")) {
    const target = readLink(`/proc/self/fd/${fd}`);
    // The descriptor with which this directory itself is being read is gone by now.
    if (target !== undefined) found.push(`descriptor ${fd} → ${target}`);
  }
  return found;
}

function readProcesses(): Map<number, ProcessFacts> {
  const found = new Map<number, ProcessFacts>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const stat = readText(`/proc/${pid}/stat`);
    if (stat === undefined) continue;
    // The name in parentheses may hold spaces and parentheses.
    const close = stat.lastIndexOf(")");
    const [state = "?", parent = "0"] = stat.slice(close + 2).split(" ");
    const args = readText(`/proc/${pid}/cmdline`)?.replaceAll("\0", " ").trim();
    const command = args === undefined || args === "" ? stat.slice(stat.indexOf("("), close + 1) : args;
    found.set(pid, { parent: Number(parent), state, command });
  }
  return found;
}

// Descendants of this process, and processes that were adopted by someone else but name the id in their command line. A zombie
// that this process has to reap is a leak; one that a stranger does not reap is not ours.
function ownProcesses(processes: ReadonlyMap<number, ProcessFacts>, id: string): string[] {
  const own = new Set([process.pid]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const [pid, { parent }] of processes) {
      if (own.has(pid) || !own.has(parent)) continue;
      own.add(pid);
      grew = true;
    }
  }
  own.delete(process.pid);
  for (const [pid, { command, state }] of processes) {
    if (pid !== process.pid && state !== "Z" && command.includes(id)) own.add(pid);
  }
  const ancestors = new Set<number>();
  for (let at = process.ppid; at > 0 && !ancestors.has(at); at = processes.get(at)?.parent ?? 0)
    ancestors.add(at);
  return [...own]
    .filter((pid) => !ancestors.has(pid))
    .sort((a, b) => a - b)
    .map((pid) => `process ${pid} (${processes.get(pid)?.state}): ${processes.get(pid)?.command}`);
}

function readMounts(id: string): string[] {
  const lines = (readText("/proc/self/mountinfo") ?? "").split("\n");
  return lines
    .filter((line) => line.includes(id))
    .map((line) => `mount ${line.split(" ")[4]} (${line.split(" - ")[1]})`);
}

// Sockets whose path or abstract name carries the id or lies in one of the directories.
function readSockets(id: string, dirs: readonly string[]): string[] {
  const found: string[] = [];
  for (const line of (readText("/proc/net/unix") ?? "").split("\n").slice(1)) {
    const path = line.split(/\s+/).slice(7).join(" ");
    if (path === "") continue;
    if (path.includes(id) || dirs.some((dir) => path.startsWith(`${dir}/`))) found.push(`socket ${path}`);
  }
  return [...new Set(found)];
}

// Names that contain the id; what lies below such a name belongs to it and is not listed.
function findNames(dir: string, id: string, depth: number): string[] {
  const found: string[] = [];
  let entries: { name: string; isDirectory(): boolean }[];
  try {
    entries = readdirSync(dir, { withFileTypes: true });
  } catch {
    // Missing, not readable, or removed while we look.
    return found;
  }
  for (const entry of entries) {
    const path = join(dir, entry.name);
    if (entry.name.includes(id)) found.push(path);
    else if (entry.isDirectory() && depth > 1) found.push(...findNames(path, id, depth - 1));
  }
  return found;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
