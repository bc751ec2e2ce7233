// What of this host bears on a container's specification. Read here, in one go, and handed to the rules as plain data, so
// that they can be tested for every host. Of one process: what a shim hands on to containers is what it was given itself,
// by its manager.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { type Cgroups, cgroups } from "../../sys/cgroup.ts";
import { CAPABILITIES } from "./capabilities.ts";
import { parseNumberList } from "./number-list.ts";

/** A soft and a hard limit; undefined is none. */
export interface LimitPair {
  readonly soft: bigint | undefined;
  readonly hard: bigint | undefined;
}

/** Facts about a host. */
export interface HostFacts {
  /** As Node says it: `x64`, `arm64`… */
  readonly arch: string;
  /** Major and minor of the kernel's version. */
  readonly kernel: readonly [major: number, minor: number];
  /** The capabilities that can be handed on. */
  readonly capabilities: ReadonlySet<string>;
  /** Limits by name: `RLIMIT_NOFILE`. */
  readonly limits: ReadonlyMap<string, LimitPair>;
  /** Numbers of the processors and of the memory nodes that are online. */
  readonly cpus: readonly number[];
  readonly memoryNodes: readonly number[];
  readonly cgroupVersion: "v1" | "v2";
  /** Controllers that can limit: `memory`, `cpu`, `cpuset`, `pids`, `io` (on v1 `blkio` counts as that), `devices`. */
  readonly controllers: ReadonlySet<string>;
  /** Whether swap of a cgroup is counted and so can be limited. */
  readonly hasSwapLimit: boolean;
  /** Whether disks have weights (v1 needs the BFQ scheduler for it; v2 is trusted to). */
  readonly hasIoWeight: boolean;
  readonly oomScoreAdj: number;
  readonly hasApparmor: boolean;
  readonly hasSelinux: boolean;
}

/**
 * Looks at this host, and at the process that will start the container: hawserd, for a client that knows its pid. One that
 * has gone meanwhile is taken to be like the caller.
 */
export function readHostFacts(pid?: number): HostFacts {
  const self = readFileSync("/proc/self/status", "utf8");
  const status = pid === undefined ? self : readOr(`/proc/${pid}/status`, self);
  const own = pid === undefined ? "self" : String(pid);
  const where = cgroups();
  return {
    arch: process.arch,
    kernel: parseKernel(release()),
    capabilities: parseCapabilities(/^CapBnd:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? "0"),
    limits: parseLimits(readOr(`/proc/${own}/limits`, "") || readFileSync("/proc/self/limits", "utf8")),
    cpus: parseNumberList(readOr("/sys/devices/system/cpu/online", "0").trim()) ?? [0],
    memoryNodes: parseNumberList(readOr("/sys/devices/system/node/online", "0").trim()) ?? [0],
    cgroupVersion: where.version === "v2" ? "v2" : "v1",
    controllers: controllersOf(where),
    hasSwapLimit: hasSwapLimit(where),
    hasIoWeight: hasIoWeight(where),
    oomScoreAdj: Number(readOr(`/proc/${own}/oom_score_adj`, "0")),
    hasApparmor: readOr("/sys/module/apparmor/parameters/enabled", "N").startsWith("Y"),
    hasSelinux: existsSync("/sys/fs/selinux/enforce"),
  };
}

/** `6.18.44-fc` → [6, 18]. */
export function parseKernel(text: string): readonly [number, number] {
  const [, major = "0", minor = "0"] = /^(\d+)\.(\d+)/.exec(text) ?? [];
  return [Number(major), Number(minor)];
}

/** The names in a mask of /proc/<pid>/status; bits that have no name here are left out. */
export function parseCapabilities(hex: string): Set<string> {
  const mask = BigInt(`0x${hex}`);
  return new Set(CAPABILITIES.filter((_name, bit) => (mask & (1n << BigInt(bit))) !== 0n));
}

const LIMIT_NAMES: Readonly<Record<string, string>> = {
  "Max cpu time": "RLIMIT_CPU",
  "Max file size": "RLIMIT_FSIZE",
  "Max data size": "RLIMIT_DATA",
  "Max stack size": "RLIMIT_STACK",
  "Max core file size": "RLIMIT_CORE",
  "Max resident set": "RLIMIT_RSS",
  "Max processes": "RLIMIT_NPROC",
  "Max open files": "RLIMIT_NOFILE",
  "Max locked memory": "RLIMIT_MEMLOCK",
  "Max address space": "RLIMIT_AS",
  "Max file locks": "RLIMIT_LOCKS",
  "Max pending signals": "RLIMIT_SIGPENDING",
  "Max msgqueue size": "RLIMIT_MSGQUEUE",
  "Max nice priority": "RLIMIT_NICE",
  "Max realtime priority": "RLIMIT_RTPRIO",
  "Max realtime timeout": "RLIMIT_RTTIME",
};

/** Takes /proc/<pid>/limits apart. */
export function parseLimits(text: string): Map<string, LimitPair> {
  const limits = new Map<string, LimitPair>();
  for (const line of text.split("\n")) {
    const match = /^(.+?)\s{2,}(unlimited|\d+)\s+(unlimited|\d+)\s/.exec(line);
    const [, about = "", soft = "", hard = ""] = match ?? [];
    const name = LIMIT_NAMES[about];
    if (name !== undefined) limits.set(name, { soft: limitOf(soft), hard: limitOf(hard) });
  }
  return limits;
}

function limitOf(text: string): bigint | undefined {
  return text === "unlimited" ? undefined : BigInt(text);
}

// Version 2 lists its controllers; "devices" is a program there, and always.
function controllersOf({ version, unified, v1 }: Cgroups): Set<string> {
  if (version === "v2" && unified !== undefined) {
    return new Set([...readOr(join(unified, "cgroup.controllers"), "").trim().split(" "), "devices"]);
  }
  return new Set([...v1.keys()].map((name) => (name === "blkio" ? "io" : name)));
}

// On version 2 the file is there when the kernel counts swap, in every group but the root.
function hasSwapLimit({ version, unified, v1 }: Cgroups): boolean {
  const memory = v1.get("memory");
  if (version !== "v2")
    return memory !== undefined && existsSync(join(memory, "memory.memsw.limit_in_bytes"));
  if (unified === undefined) return false;
  for (const entry of readdirSync(unified, { withFileTypes: true })) {
    if (entry.isDirectory() && existsSync(join(unified, entry.name, "memory.max"))) {
      return existsSync(join(unified, entry.name, "memory.swap.max"));
    }
  }
  return true;
}

// The weights' own files are in every group but the root; these are there when the scheduler is.
function hasIoWeight({ version, v1 }: Cgroups): boolean {
  const blkio = v1.get("blkio");
  if (version === "v2") return true;
  if (blkio === undefined) return false;
  return existsSync(join(blkio, "blkio.weight")) || existsSync(join(blkio, "blkio.bfq.io_service_bytes"));
}

function readOr(path: string, fallback: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return fallback;
  }
}
