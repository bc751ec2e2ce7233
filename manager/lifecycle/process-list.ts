// The processes of containers as the manager's own record has them, living and ended: no shim is asked, so that one which
// hangs delays nobody. Only the exit records of processes that have just ended are looked at, in their bundles.

import type { Init } from "../../proto/codec.ts";
import { Status } from "../../proto/gen/process.ts";
import { type ProcessEnd, type ProcessInfo, ProcessState } from "../../proto/gen/processes.ts";
import { fromNanoseconds } from "../../proto/timestamp.ts";
import { isOf } from "../runtime/exit-decision.ts";
import { readShimExitRecord } from "../runtime/exit-record.ts";
import type { KeyedEnd } from "../runtime/process-ends.ts";
import type { KeyedProcess, TaskRecords } from "../runtime/task-records.ts";
import { NO_RESTARTS, type RestartRecord, type RestartRecords } from "./restart-records.ts";

/** Which processes. */
export interface ProcessListOptions {
  /** Of this container; empty: of all. */
  readonly containerId?: string;
  readonly withExecs?: boolean;
}

const STATES: Readonly<Record<Status, ProcessState>> = {
  [Status.UNKNOWN]: ProcessState.PROCESS_STATE_UNKNOWN,
  [Status.CREATED]: ProcessState.PROCESS_STATE_CREATED,
  [Status.RUNNING]: ProcessState.PROCESS_STATE_RUNNING,
  [Status.STOPPED]: ProcessState.PROCESS_STATE_STOPPED,
  [Status.PAUSED]: ProcessState.PROCESS_STATE_PAUSED,
  // On the way there, as far as anybody can see.
  [Status.PAUSING]: ProcessState.PROCESS_STATE_PAUSED,
};

/** Lists the processes of one manager. Borrows the records. */
export class ProcessList {
  readonly #records: TaskRecords;
  readonly #restarts: RestartRecords;

  constructor(records: TaskRecords, restarts: RestartRecords) {
    this.#records = records;
    this.#restarts = restarts;
  }

  /** Sorted by container, init first, then by start. */
  list(
    namespace: string,
    { containerId = "", withExecs = false }: ProcessListOptions = {},
  ): Init<ProcessInfo>[] {
    const restarts = this.#restarts.list(namespace);
    const restartsOf = (id: string): RestartRecord => restarts.get(id) ?? NO_RESTARTS;
    const chosen = { id: containerId, withExecs };
    const living = this.#records.list(namespace, chosen);
    const names = new Set(living.map(nameOf));
    // While a task is being removed, its end is here and there.
    const ended = this.#records.ends.list(namespace, chosen).filter((end) => !names.has(nameOf(end)));
    const found = [
      ...living.map((process) => ({ ...process, info: infoOfLiving(process, restartsOf(process.id)) })),
      ...ended.map((end) => ({ ...end, info: infoOfEnded(end, restartsOf(end.id)) })),
    ];
    return found.toSorted(inOrder).map(({ info }) => info);
  }
}

interface Sortable {
  readonly id: string;
  readonly execId: string;
  readonly createdAt: bigint | undefined;
  readonly startedAt: bigint | undefined;
}

function inOrder(a: Sortable, b: Sortable): number {
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  if ((a.execId === "") !== (b.execId === "")) return a.execId === "" ? -1 : 1;
  const difference = (a.startedAt ?? a.createdAt ?? 0n) - (b.startedAt ?? b.createdAt ?? 0n);
  if (difference !== 0n) return difference < 0n ? -1 : 1;
  return a.execId < b.execId ? -1 : 1;
}

function nameOf({ id, execId }: { readonly id: string; readonly execId: string }): string {
  return `${id}/${execId}`;
}

function infoOfLiving(process: KeyedProcess, restart: RestartRecord): Init<ProcessInfo> {
  const { id: containerId, execId, pid, status, exit, stdin, stdout, stderr, terminal, args } = process;
  return {
    ...{ containerId, execId, stdin, stdout, stderr, args },
    state: stateOf(execId, STATES[status], restart),
    pid: exit === undefined ? pid : 0,
    createdAt: timeOf(process.createdAt),
    startedAt: timeOf(process.startedAt),
    end: exit === undefined ? undefined : endOfLiving(process, exit),
    isTerminal: terminal,
    restarts: execId === "" ? restart.count : 0,
  };
}

function endOfLiving(
  process: KeyedProcess,
  { exitStatus, exitedAt, isUnknown }: NonNullable<KeyedProcess["exit"]>,
): Init<ProcessEnd> {
  const found = readShimExitRecord(process.bundleDir, process.id, process.execId);
  const record = found !== undefined && isOf(found, process) ? found : undefined;
  return {
    exitStatus,
    exitedAt: fromNanoseconds(exitedAt),
    isUnknown: isUnknown || record?.isUnknown === true,
    signal: record?.exitStatus === exitStatus ? record.signal : 0,
    oom: record?.oom ?? false,
    output: record?.output ?? "",
  };
}

function infoOfEnded(end: KeyedEnd, restart: RestartRecord): Init<ProcessInfo> {
  const { id: containerId, execId, stdin, stdout, stderr, terminal, args } = end;
  const { exitStatus, signal, isUnknown, oom, output, exitedAt } = end;
  return {
    ...{ containerId, execId, stdin, stdout, stderr, args },
    state: stateOf(execId, ProcessState.PROCESS_STATE_STOPPED, restart),
    createdAt: timeOf(end.createdAt),
    startedAt: timeOf(end.startedAt),
    end: { exitStatus, signal, isUnknown, oom, output, exitedAt: fromNanoseconds(exitedAt) },
    isTerminal: terminal,
    restarts: execId === "" ? restart.count : 0,
  };
}

function stateOf(execId: string, state: ProcessState, { dueAt, isStarting }: RestartRecord): ProcessState {
  const isDown = state === ProcessState.PROCESS_STATE_STOPPED || state === ProcessState.PROCESS_STATE_CREATED;
  const isAboutToStart = execId === "" && isDown && (dueAt !== undefined || isStarting);
  return isAboutToStart ? ProcessState.PROCESS_STATE_RESTARTING : state;
}

function timeOf(nanoseconds: bigint | undefined) {
  return nanoseconds === undefined ? undefined : fromNanoseconds(nanoseconds);
}
