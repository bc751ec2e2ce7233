// A process and everything that it has started, to be killed together: an exec whose time is up, or whose client is gone. Nothing
// in the kernel keeps such a tree together, so it is put together from marks: parents, sessions, process groups, and a word in
// the environment that children inherit. All are stopped before the first one is killed, so that no link is lost
// and nobody starts another meanwhile.
// What cannot be found: an orphan that has begun a session of its own and wiped its environment. It ends with its container.
import { readdirSync, readFileSync } from "node:fs";
import { PidFd } from "../sys/pidfd.ts";
import { type ProcessStat, processStat } from "../sys/process-stat.ts";

const SIGKILL = 9;
const SIGSTOP = 19;
/** Looks at all processes; each finds what those before have started. A tree that grows for longer than this is said to be left. */
const MAX_ROUNDS = 100;

/** The variable that marks a tree. */
export const TREE_VARIABLE = "HAWSER_EXEC_TREE";

/** The root of a tree. */
export interface TreeRoot {
  readonly pid: number;
  /** Undefined: taken for gone. */
  readonly startTime: bigint | undefined;
  /** What stands behind `HAWSER_EXEC_TREE=` in the environment of its processes, and of no other. */
  readonly mark: string;
}

/** Marks the tree of a process that has not begun, in the environment of its OCI process. Answers the mark, from the kernel. */
export function markTree(spec: Record<string, unknown>): string {
  const mark = readFileSync("/proc/sys/kernel/random/uuid", "latin1").trim();
  const env: unknown = spec["env"];
  spec["env"] = [...(Array.isArray(env) ? env : []), `${TREE_VARIABLE}=${mark}`];
  return mark;
}

/**
 * Which of all processes belong to a tree and are not known to. Pure. `members`: pid → start time of those that are known, dead
 * ones too, whose sessions and groups live on.
 */
export function findTree(
  all: ReadonlyMap<number, ProcessStat>,
  members: ReadonlyMap<number, bigint>,
  isMarked: (pid: number) => boolean,
): ProcessStat[] {
  const known = new Map(members);
  const found: ProcessStat[] = [];
  // A number that is somebody else's by now links to nobody.
  const isMember = (pid: number): boolean => {
    const startTime = known.get(pid);
    return startTime !== undefined && (all.get(pid)?.startTime ?? startTime) === startTime;
  };
  const rest = new Set([...all.values()].filter(({ pid, state }) => !known.has(pid) && state !== "Z"));
  for (let isGrowing = true; isGrowing; ) {
    isGrowing = false;
    for (const stat of rest) {
      const { pid, ppid, session, processGroup } = stat;
      const isLinked = [ppid, session, processGroup].some((link) => link !== 0 && isMember(link));
      if (!isLinked && !isMarked(pid)) continue;
      rest.delete(stat);
      known.set(pid, stat.startTime);
      found.push(stat);
      isGrowing = true;
    }
  }
  return found;
}

/** Kills a tree. Answers how many processes it had, and whether all that could be found are dead or dying. */
export async function killTree(root: TreeRoot): Promise<{ killed: number; isWhole: boolean }> {
  if (root.startTime === undefined) return { killed: 0, isWhole: true };
  const members = new Map([[root.pid, root.startTime]]);
  using held = new DisposableStack();
  const processes = hold([{ pid: root.pid, startTime: root.startTime }], held);
  for (const process of processes) process.send(SIGSTOP);
  let isWhole = false;
  for (let round = 0; round < MAX_ROUNDS && !isWhole; round++) {
    const found = findTree(allProcesses(), members, (pid) => isMarked(pid, root.mark));
    for (const { pid, startTime } of found) members.set(pid, startTime);
    const added = hold(found, held);
    for (const process of added) process.send(SIGSTOP);
    processes.push(...added);
    isWhole = found.length === 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const process of processes) process.send(SIGKILL);
  return { killed: processes.length, isWhole };
}

/** Those that are still who they were. */
function hold(stats: readonly Pick<ProcessStat, "pid" | "startTime">[], held: DisposableStack): PidFd[] {
  return stats.flatMap(({ pid, startTime }) => {
    try {
      return [held.use(PidFd.open(pid, startTime))];
    } catch {
      return []; // gone
    }
  });
}

function allProcesses(): Map<number, ProcessStat> {
  const all = new Map<number, ProcessStat>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const stat = processStat(Number(name));
    if (stat !== undefined) all.set(stat.pid, stat);
  }
  return all;
}

function isMarked(pid: number, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").includes(`${TREE_VARIABLE}=${mark}`);
  } catch {
    return false; // gone, or none of ours to look at
  }
}
