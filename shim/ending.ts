// The road from an exit that the kernel has told of to everybody who waits for it: OOM first, then the record on disk,
// then the event, then the waiters. One road for every process, so that the order stands in one place.
// Does not wait for output: a grandchild may hold the pipe open for ever. Delete does the waiting, on a budget, and then
// says in the record what became of it.
// Always true: whatever goes wrong on the road is logged, and the exit is told.
import { TaskDelete, TaskExit } from "../proto/gen/events.ts";
import { fromDate } from "../proto/timestamp.ts";
import { exitStatus } from "../sys/wait.ts";
import type { ContainerCgroup } from "./container-cgroup.ts";
import { type ExitRecord, type OutputState, writeExitRecord } from "./exit-record.ts";
import type { ReapedExit } from "./exits.ts";
import type { ContainerHost } from "./host.ts";
import type { Process } from "./process.ts";
import type { Drained } from "./stdio/process-stdio.ts";

/** Time for output to reach its reader in Delete; after that it is cut, and said so. Milliseconds. */
const DRAIN_BUDGET_MS = 10_000;

/** Whose exit it is. */
export interface Ending {
  readonly containerId: string;
  readonly bundleDir: string;
  readonly process: Process;
  readonly reaped: ReapedExit;
  readonly cgroup: ContainerCgroup | undefined;
  readonly host: ContainerHost;
  /** Called right before the event: whoever asks after it must find the process ended. */
  readonly setState: () => void;
}

/** Takes an exit down the road, in one go. Answers what the record on disk says, or was meant to. */
export function tellExit(ending: Ending): ExitRecord {
  const { containerId, bundleDir, process, reaped, host } = ending;
  const { pid, execId, startTime } = process;
  const status = exitStatus(reaped);
  const record: ExitRecord = {
    containerId,
    execId,
    pid,
    startTime: startTime ?? 0n,
    exitStatus: status,
    signal: reaped.signal,
    isUnknown: reaped.code === undefined && reaped.signal === undefined,
    exitedAt: reaped.at,
    oom: settleOom(ending),
    ...(process.timedOut ? { timedOut: true } : {}),
    output: "open",
  };
  write(bundleDir, record, host);
  ending.setState();
  const exitedAt = fromDate(reaped.at);
  host.events.publish(TaskExit, {
    containerId,
    id: execId ?? containerId,
    pid,
    exitStatus: status,
    exitedAt,
  });
  process.settle({ exitStatus: status, exitedAt: reaped.at });
  const { isUnknown, oom } = record;
  process.tellSessions({
    exitStatus: status,
    isUnknown,
    exitedAt: reaped.at,
    oom,
    timedOut: process.timedOut,
  });
  return record;
}

/** Says that a container is forgotten. */
export function tellDelete(containerId: string, init: Process, host: ContainerHost): void {
  const { pid, exit } = init;
  const exitedAt = exit?.exitedAt && fromDate(exit.exitedAt);
  host.events.publish(TaskDelete, { containerId, pid, exitStatus: exit?.exitStatus ?? 0, exitedAt });
}

/** Waits for the output of a process that has ended, on a budget; says in the log when it was cut. */
export async function drain(container: string, process: Process, host: ContainerHost): Promise<Drained> {
  const output = await process.drained(DRAIN_BUDGET_MS);
  if (output === "cut") {
    host.log.warn("output was cut: continuing", {
      container,
      exec: process.execId,
      budgetMs: DRAIN_BUDGET_MS,
    });
  }
  return output;
}

/** Completes the record: what became of the output. */
export function recordOutput(
  bundleDir: string,
  record: ExitRecord,
  output: OutputState,
  host: ContainerHost,
): void {
  write(bundleDir, { ...record, output }, host);
}

/** Whether the container has lost a process for want of memory while this one ran. */
function settleOom({ cgroup, process, containerId, host }: Ending): boolean {
  try {
    cgroup?.settleOom();
    return (cgroup?.oomKills ?? 0n) > process.oomKillsBefore;
  } catch (error) {
    host.log.error("look for want of memory: continuing", { container: containerId, error });
    return false;
  }
}

function write(bundleDir: string, record: ExitRecord, host: ContainerHost): void {
  try {
    writeExitRecord(bundleDir, record);
  } catch (error) {
    const { containerId: container, execId: exec } = record;
    host.log.error("write exit record: continuing", { container, exec, error });
  }
}

/**
 * Waits for work, but no longer than the budget, and not for its success: what goes wrong or takes too long is logged.
 * For what an exit or a clean-up must not fail for. Answers whether it was done.
 */
export async function attempt(
  host: ContainerHost,
  what: string,
  budgetMs: number,
  work: Promise<unknown>,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done in ${budgetMs} ms`)), budgetMs);
  });
  try {
    await Promise.race([work, late]);
    return true;
  } catch (error) {
    host.log.warn(`${what}: continuing`, { error });
    return false;
  } finally {
    clearTimeout(timer);
  }
}
