// How a process ended whose shim is dead: which witness is believed. Pure; the witnesses are gathered in dead-shim.ts.
// Always true: a status is the word of somebody who saw it, or it is unknown and said to be.
import type { Timestamp } from "../../proto/gen/timestamp.ts";
import { fromDate, fromNanoseconds } from "../../proto/timestamp.ts";
import type { ChildExit } from "../../sys/wait.ts";
import { exitStatus } from "../../sys/wait.ts";
import type { ShimExitRecord } from "./exit-record.ts";
import type { ProcessRecord } from "./task-rows.ts";

/** On the wire an unknown status is this number, which a process may also choose. */
export const UNKNOWN_EXIT_STATUS = 255;

/** Who has something to say about the end of a process. */
export interface Witnesses {
  /** What the manager knew of it. */
  readonly process: Pick<ProcessRecord, "pid" | "startTime" | "exit">;
  /** The shim's own record. */
  readonly record?: ShimExitRecord | undefined;
  /** The kernel: to us as its new parent, from a zombie's stat, or from a pidfd that was open. */
  readonly kernel?: ChildExit | undefined;
  /** When it was found to have ended. */
  readonly at: Date;
}

/** How it ended, and by whose word. */
export interface DecidedExit {
  readonly exitStatus: number;
  readonly exitedAt: Timestamp;
  readonly source: "manager" | "shim" | "kernel" | "nobody";
}

/** Decides. The shim's record outlives pids, so it must name the same process. */
export function decideExit({ process, record, kernel, at }: Witnesses): DecidedExit {
  if (process.exit !== undefined) {
    const { exitStatus: status, exitedAt } = process.exit;
    return { exitStatus: status, exitedAt: fromNanoseconds(exitedAt), source: "manager" };
  }
  if (record !== undefined && !record.isUnknown && isOf(record, process)) {
    return { exitStatus: record.exitStatus, exitedAt: fromDate(record.exitedAt), source: "shim" };
  }
  if (kernel !== undefined && kernel.pid === process.pid) {
    return { exitStatus: exitStatus(kernel), exitedAt: fromDate(at), source: "kernel" };
  }
  return { exitStatus: UNKNOWN_EXIT_STATUS, exitedAt: fromDate(at), source: "nobody" };
}

// A start time of 0: it was gone before it could be read. Then the pid has to do. So it has when the manager was never
// told a pid: the record is of the one process that this exec ever was.
/** Whether the shim's record is about this process. */
export function isOf(record: ShimExitRecord, { pid, startTime }: Witnesses["process"]): boolean {
  if (pid === 0) return true;
  if (record.pid !== pid) return false;
  return record.startTime === 0n || startTime === 0n || record.startTime === startTime;
}
