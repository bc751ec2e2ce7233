// What a process asks of the kernel about itself: prctl(2). Every one of these holds for the calling process (or
// thread, where it says so) and none can be asked for another.
import { systemError } from "./errno.ts";
import { syscall } from "./libc.ts";

const PR_SET_PDEATHSIG = 1;
const PR_SET_CHILD_SUBREAPER = 36;
const PR_GET_CHILD_SUBREAPER = 37;
const PR_SET_THP_DISABLE = 41;
const PR_SCHED_CORE = 62;
const PR_SCHED_CORE_CREATE = 1;
const PR_SCHED_CORE_SCOPE_PROCESS_GROUP = 2;

/**
 * Makes orphans below us our children (PR_SET_CHILD_SUBREAPER), or stops that. Not inherited by children, kept over
 * exec. From here on somebody has to reap them: see `wait.ts`.
 */
export function setSubreaper(on = true): void {
  syscall("prctl", [PR_SET_CHILD_SUBREAPER, on ? 1 : 0, 0, 0, 0]);
}

/** Whether this process is a subreaper. */
export function isSubreaper(): boolean {
  const answer = Buffer.alloc(4);
  syscall("prctl", [PR_GET_CHILD_SUBREAPER, answer, 0, 0, 0]);
  return answer.readInt32LE(0) !== 0;
}

/**
 * Gives our process group a new core-scheduling cookie: only processes with the same one share a core at a time.
 * Children inherit it. Throws EINVAL on a kernel without core scheduling, ENODEV on a machine without SMT.
 */
export function createCoreSchedulingGroup(): void {
  syscall("prctl", [PR_SCHED_CORE, PR_SCHED_CORE_CREATE, 0, PR_SCHED_CORE_SCOPE_PROCESS_GROUP, 0]);
}

/**
 * Has us killed with `signal` (0: nothing) when the *thread* that made us ends. Cleared by exec of a set-user-id
 * program and not inherited: a child must ask for itself, which is why `child.ts` cannot ask in its name.
 */
export function setParentDeathSignal(signal: number): void {
  syscall("prctl", [PR_SET_PDEATHSIG, signal, 0, 0, 0]);
}

/** Turns transparent huge pages off for us and, inherited, for our children, or back on. */
export function setHugePagesDisabled(on: boolean): void {
  syscall("prctl", [PR_SET_THP_DISABLE, on ? 1 : 0, 0, 0, 0]);
}

const NAMESPACE_FLAGS = {
  cgroup: 0x0200_0000,
  ipc: 0x0800_0000,
  mnt: 0x0002_0000,
  net: 0x4000_0000,
  uts: 0x0400_0000,
} as const;

/** Namespaces a running process can enter or leave by itself. */
export type NamespaceKind = keyof typeof NAMESPACE_FLAGS;

/**
 * setns(2) on the *calling thread* alone: the main thread then differs from Node's pool threads, whose file and
 * mount calls still run in the old namespace. For helper processes that do one thing synchronously.
 */
export function enterNamespace(fd: number, kind: NamespaceKind): void {
  syscall("setns", [fd, NAMESPACE_FLAGS[kind]]);
}

/** unshare(2), with the same warning as {@link enterNamespace}. */
export function leaveNamespaces(kinds: readonly NamespaceKind[]): void {
  let flags = 0;
  for (const kind of kinds) flags |= NAMESPACE_FLAGS[kind];
  if (flags === 0) throw systemError(22, { syscall: "unshare" });
  syscall("unshare", [flags]);
}
