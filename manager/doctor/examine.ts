// One look at a machine: everything that is found, and what the records and a hawserd that runs say is owned.
// The records are read once more after the machine is looked at: what was made in between is owned then, and was not found.
import { isUnavailable } from "../../proto/errors.ts";
import { mountsUnder } from "../../sys/mount-table.ts";
import { Connection } from "../client/connection.ts";
import { listShims } from "../client/shims.ts";
import type { Layout } from "../layout.ts";
import type { Facts, MountFact, TaskFact } from "./facts.ts";
import { findCgroups } from "./find-cgroups.ts";
import { findFiles } from "./find-files.ts";
import { findProcesses } from "./find-processes.ts";
import { DEFAULT_RUNTIME_ROOT, findRuntimeStates } from "./find-runtime-states.ts";
import { readRecords } from "./records.ts";

/** Asking is quick when hawserd is well. Milliseconds. */
const ASK_BUDGET_MS = 5_000;

/** Looks. Throws when a record cannot be read, or when a hawserd is there and does not answer. */
export async function examine(layout: Layout): Promise<Facts> {
  const { shims, processes } = findProcesses(layout);
  const early = readRecords(layout);
  const files = await findFiles(layout, early.shimSockets);
  const mounts = findMounts(layout);
  const runtimeStates = findRuntimeStates([DEFAULT_RUNTIME_ROOT, ...early.runtimeRoots], layout.bundlesDir);
  const fromStates = runtimeStates.map(({ namespace, id, cgroups }) => ({ namespace, id, dirs: cgroups }));
  const cgroups = findCgroups([...early.containers, ...fromStates]);
  const served = await askShims(layout.address);
  const { owned } = readRecords(layout);
  return {
    now: new Date(),
    isServed: served !== undefined,
    rootDir: layout.rootDir,
    stateDir: layout.stateDir,
    owned: { ...owned, tasks: [...owned.tasks, ...(served ?? [])] },
    found: { ...files, mounts, shims, processes, cgroups, runtimeStates },
  };
}

// In a bundle, or in a place of hawserd's own for moments. What an administrator mounts above those is not looked at.
function findMounts(layout: Layout): MountFact[] {
  const depths = [
    [layout.bundlesDir, 2],
    [layout.snapshotsDir, 2],
    [layout.mountDir, 1],
  ] as const;
  return depths.flatMap(([dir, depth]) =>
    mountsUnder(dir)
      .filter(({ target }) => target.slice(dir.length).split("/").length > depth)
      .map(({ target, type }) => ({ target, type })),
  );
}

/** The shims that a hawserd knows, as owners; undefined when there is no hawserd. */
async function askShims(address: string): Promise<TaskFact[] | undefined> {
  using connection = new Connection(address);
  try {
    const shims = await listShims(connection, { timeoutMs: ASK_BUDGET_MS });
    return shims.map(({ namespace, id, pid }) => ({ namespace, id, pids: pid > 0 ? [pid] : [] }));
  } catch (error) {
    if (isUnavailable(error)) return undefined;
    throw error;
  }
}
