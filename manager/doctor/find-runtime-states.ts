// What OCI runtimes remember of containers: runc and crun keep a directory for each below a root, with the bundle, init and
// the cgroups in a file of JSON. Ours are those whose bundle is below our state directory; others are not looked at twice.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startTimeOf } from "../../sys/process-stat.ts";
import type { RuntimeStateFact } from "./facts.ts";
import { placeAt } from "./find-files.ts";

/** Where runtimes keep their state when the options of a container name no other place. */
export const DEFAULT_RUNTIME_ROOT = "/run/containerd/runc";

/** What one of these files says. */
export interface RuntimeState {
  readonly bundleDir: string;
  readonly pid: number;
  /** Of init, in clock ticks since boot. */
  readonly startTime: bigint;
  /** Directories of cgroups. */
  readonly cgroups: readonly string[];
}

/** What is remembered of containers of ours, and the cgroups that it names. */
export interface FoundRuntimeState extends RuntimeStateFact {
  readonly cgroups: readonly string[];
}

/** Looks below each root, at `<namespace>/<id>`. */
export function findRuntimeStates(roots: Iterable<string>, bundlesDir: string): FoundRuntimeState[] {
  const found: FoundRuntimeState[] = [];
  for (const root of new Set(roots)) {
    for (const namespace of namesIn(root)) {
      for (const id of namesIn(join(root, namespace))) {
        const dir = join(root, namespace, id);
        const state = readState(dir);
        const place = placeAt(dir);
        if (state === undefined || place === undefined || !state.bundleDir.startsWith(`${bundlesDir}/`))
          continue;
        const { pid, startTime } = state;
        const init = startTimeOf(pid) === startTime ? { pid, startTime } : undefined;
        found.push({ ...place, namespace, id, init, cgroups: state.cgroups });
      }
    }
  }
  return found;
}

function readState(dir: string): RuntimeState | undefined {
  for (const [name, parse] of [
    ["state.json", parseRuncState],
    ["status", parseCrunState],
  ] as const) {
    try {
      return parse(readFileSync(join(dir, name), "utf8"));
    } catch {
      // Not this runtime's, or half-written: then its owner is about to finish it.
    }
  }
  return undefined;
}

/** Reads runc's `state.json`. Throws when it is none. Pure. */
export function parseRuncState(text: string): RuntimeState {
  const state = JSON.parse(text) as {
    init_process_pid?: number;
    init_process_start?: number;
    cgroup_paths?: Record<string, string>;
    config?: { labels?: string[] };
  };
  const label = state.config?.labels?.find((one) => one.startsWith("bundle="));
  if (label === undefined) throw new SyntaxError("no bundle");
  const cgroups = [...new Set(Object.values(state.cgroup_paths ?? {}))].filter((path) => path !== "");
  const bundleDir = label.slice("bundle=".length);
  const startTime = BigInt(state.init_process_start ?? 0);
  return { bundleDir, pid: state.init_process_pid ?? 0, startTime, cgroups };
}

/** Reads crun's `status`. Its cgroup is a path in every hierarchy, so no directory is known from it. Throws; pure. */
export function parseCrunState(text: string): RuntimeState {
  const state = JSON.parse(text) as { pid?: number; bundle?: string; "process-start-time"?: number };
  if (typeof state.bundle !== "string") throw new SyntaxError("no bundle");
  const startTime = BigInt(state["process-start-time"] ?? 0);
  return { bundleDir: state.bundle, pid: state.pid ?? 0, startTime, cgroups: [] };
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir).filter((name) => !name.startsWith("."));
  } catch {
    return [];
  }
}
