// The road from an exit that the kernel has told of to everybody who waits for it: OOM first, then the record on disk,
// then the event, then the waiters. One road for every process, so that the order stands in one place.
// Does not wait for output: a grandchild may hold the pipe open for ever. Delete does the waiting, on a budget.
import { TaskExit } from "../proto/gen/events.ts";
import { fromDate } from "../proto/timestamp.ts";
import { exitStatus } from "../sys/wait.ts";
import type { ContainerCgroup } from "./container-cgroup.ts";
import { writeExitRecord } from "./exit-record.ts";
import type { ReapedExit } from "./exits.ts";
import type { ContainerHost } from "./host.ts";
import type { Process } from "./process.ts";

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

/** Takes an exit down the road, in one go. A disk that refuses the record is logged, and the exit is told. */
export function tellExit(ending: Ending): void {
  const { containerId, process, reaped, host } = ending;
  const { pid, execId, startTime } = process;
  const status = exitStatus(reaped);
  const oom = ending.cgroup?.settleOom() ?? false;
  try {
    writeExitRecord(ending.bundleDir, {
      containerId,
      execId,
      pid,
      startTime: startTime ?? 0n,
      exitStatus: status,
      signal: reaped.signal,
      isUnknown: false,
      exitedAt: reaped.at,
      oom,
      output: "open",
    });
  } catch (error) {
    host.log.error("write exit record: continuing", { container: containerId, exec: execId, error });
  }
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
}

/**
 * Waits for work, but no longer than the budget, and not for its success: what goes wrong or takes too long is logged.
 * For what an exit or a clean-up must not fail for.
 */
export async function attempt(
  host: ContainerHost,
  what: string,
  budgetMs: number,
  work: Promise<unknown>,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done in ${budgetMs} ms`)), budgetMs);
  });
  try {
    await Promise.race([work, late]);
  } catch (error) {
    host.log.warn(`${what}: continuing`, { error });
  } finally {
    clearTimeout(timer);
  }
}
