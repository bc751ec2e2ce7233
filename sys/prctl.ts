// What a process asks of the kernel about itself: prctl(2). Every one of these holds for the calling process (or
// thread, where it says so) and none can be asked for another.
import { syscall } from "./libc.ts";

const PR_SET_PDEATHSIG = 1;
const PR_SET_CHILD_SUBREAPER = 36;
const PR_GET_CHILD_SUBREAPER = 37;
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
