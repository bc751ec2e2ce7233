// Tasks and processes as rows of runtime.db, and as the records that the manager works with. Pure.
import type { Status } from "../../proto/gen/process.ts";
import { readArgs } from "./process-args.ts";

/** What the manager knows of a task. */
export interface TaskRecord {
  readonly namespace: string;
  readonly id: string;
  /** `creating`: nobody has been told that it exists; a manager that finds it so after a crash undoes it. */
  readonly phase: "creating" | "live";
  readonly bundleDir: string;
  /** The name that the user gave, or a path. */
  readonly runtime: string;
  /** The shim's program, absolute. */
  readonly binary: string;
  /** Of the shim's socket; empty before `start` has answered. */
  readonly address: string;
  /** Of the task service: 2 or 3. */
  readonly version: number;
  readonly shimPid: number;
  readonly shimStartTime: bigint;
  readonly isDeleteTold: boolean;
}

/** What the manager knows of a process of a task. */
export interface ProcessRecord {
  /** Empty: init. */
  readonly execId: string;
  /** 0 before there is one. */
  readonly pid: number;
  /** Clock ticks since boot; 0 when it was gone before anybody looked. */
  readonly startTime: bigint;
  readonly status: Status;
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly terminal: boolean;
  /** Once it has ended; the time in nanoseconds since the epoch. */
  readonly exit:
    | { readonly exitStatus: number; readonly exitedAt: bigint; readonly isUnknown: boolean }
    | undefined;
  /** Nanoseconds since the epoch, as the next. Undefined in the records of an older manager. */
  readonly createdAt: bigint | undefined;
  /** Undefined before it was started. */
  readonly startedAt: bigint | undefined;
  /** Words of its program, as far as they are known; of a long command the first ones. */
  readonly args: readonly string[];
  /** Whether the event of its exit is in the journal. */
  readonly isExitTold: boolean;
}

/** A row of `tasks`. */
export interface TaskRow {
  readonly namespace: string;
  readonly id: string;
  readonly phase: string;
  readonly bundle_dir: string;
  readonly runtime: string;
  readonly binary: string;
  readonly address: string;
  readonly version: bigint;
  readonly shim_pid: bigint;
  readonly shim_start_time: bigint;
  readonly is_delete_told: bigint;
}

/** A row of `processes`. */
export interface ProcessRow {
  readonly exec_id: string;
  readonly pid: bigint;
  readonly start_time: bigint;
  readonly status: bigint;
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly terminal: bigint;
  readonly exit_status: bigint | null;
  readonly exited_at: bigint | null;
  readonly is_exit_told: bigint;
  readonly created_at: bigint | null;
  readonly started_at: bigint | null;
  readonly args: string | null;
  readonly is_unknown: bigint | null;
}

/** The record in a row. */
export function taskOf(row: TaskRow): TaskRecord {
  return {
    namespace: row.namespace,
    id: row.id,
    phase: row.phase === "creating" ? "creating" : "live",
    bundleDir: row.bundle_dir,
    runtime: row.runtime,
    binary: row.binary,
    address: row.address,
    version: Number(row.version),
    shimPid: Number(row.shim_pid),
    shimStartTime: row.shim_start_time,
    isDeleteTold: row.is_delete_told !== 0n,
  };
}

/** The record in a row. */
export function processOf(row: ProcessRow): ProcessRecord {
  const { stdin, stdout, stderr, exited_at: exitedAt } = row;
  return {
    execId: row.exec_id,
    pid: Number(row.pid),
    startTime: row.start_time,
    status: Number(row.status) as Status,
    stdin,
    stdout,
    stderr,
    terminal: row.terminal !== 0n,
    exit:
      exitedAt === null
        ? undefined
        : { exitStatus: Number(row.exit_status ?? 255n), exitedAt, isUnknown: row.is_unknown === 1n },
    createdAt: row.created_at ?? undefined,
    startedAt: row.started_at ?? undefined,
    args: readArgs(row.args),
    isExitTold: row.is_exit_told !== 0n,
  };
}
