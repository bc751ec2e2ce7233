// What the parts of the runtime share: the records, the programs, the events, and the few questions about other tasks.
import type { Exchange } from "../events/exchange.ts";
import type { Orphans } from "./orphans.ts";
import type { ShimPrograms } from "./shim-programs.ts";
import type { Task, TaskSurroundings } from "./task.ts";

/** The surroundings of a task. */
export interface TaskHost extends TaskSurroundings {
  readonly programs: ShimPrograms;
  readonly events: Exchange;
  readonly orphans: Orphans;
  /** Of the manager's API, as shims are told it. */
  readonly grpcAddress: string;
  /** `<state>/tasks`. */
  readonly tasksDir: string;
  /** `<root>/tasks`: what outlives the machine, criu's logs among it. */
  readonly workDir: string;
  /** Whether the machine was started, or the state directory emptied, since a manager was here last. */
  readonly isFirstSinceBoot: boolean;
  /** Whether another task is, or may be about to be, in the shim of this one. */
  isShared(task: Task): boolean;
  /** The same, of tasks that are not ending: whether the address of this one's shim is of use to anybody but this one. */
  isAddressNeeded(task: Task): boolean;
  /** The task is no more: its id can be used again. */
  forget(task: Task): void;
  /** Work that nobody waits for. It ends soon after its signal fires, which is when the manager ends. */
  later(what: string, work: (signal: AbortSignal) => Promise<void>): void;
  /** The shim of this task is dead. */
  bury(task: Task): void;
}
