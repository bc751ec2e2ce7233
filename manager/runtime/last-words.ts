// The last things done for any task, however it ended: how its processes ended is kept, the socket of its shim goes, what no
// event has said yet is said, and its bundle goes.
// Always true: the bundle goes last. A manager that dies before finds a bundle that no record knows, and clears it away.
import { setTimeout } from "node:timers/promises";
import { TaskDelete, TaskExit as TaskExitEvent } from "../../proto/gen/events.ts";
import { fromNanoseconds, toNanoseconds } from "../../proto/timestamp.ts";
import { removeDeadSocket } from "./dead-socket.ts";
import { isOf } from "./exit-decision.ts";
import { readShimExitRecord } from "./exit-record.ts";
import type { ProcessEnd } from "./process-ends.ts";
import type { Task, TaskExit } from "./task.ts";
import type { TaskHost } from "./task-host.ts";
import type { ProcessRecord } from "./task-rows.ts";

/** How often, and with which pause, the end of a task is tried to be recorded. */
const TELL_TRIES = 5;
const TELL_PAUSE_MS = 1_000;

/**
 * Does them all. The bundle, which has the shim's own word on how its processes ended, goes when that is recorded and told; where
 * it cannot be recorded, it is left to the next start, which finds both.
 */
export async function sayLastWords(task: Task, initExit: TaskExit, host: TaskHost): Promise<void> {
  keepEnds(task, initExit, host);
  await removeSocket(task, host);
  if (await tellTheRest(task, initExit, host)) await removeBundle(task, host);
}

/** Removes the bundle, whatever is still mounted in it. */
async function removeBundle(task: Task, host: TaskHost): Promise<void> {
  const log = host.log.with({ ...task.key });
  try {
    const detached = await task.bundle.removeByForce();
    for (const target of detached) log.warn("busy, only detached", { target });
  } catch (error) {
    log.error("remove bundle: it is left behind", { dir: task.bundle.dir, error });
  }
}

/** Removes the socket that its shim listened at, when the shim did not and nobody else is to listen there. */
async function removeSocket(task: Task, host: TaskHost): Promise<void> {
  // Where there was no bundle any more, the record alone knows.
  const address = task.shim?.endpoint.address ?? host.records.get(task.key)?.address ?? "";
  try {
    await removeDeadSocket(address, () => host.isAddressNeeded(task));
  } catch (error) {
    host.log.warn("remove the socket of a dead shim: it is left behind", { ...task.key, address, error });
  }
}

/**
 * Keeps how its processes ended, with what only the shim's own records in the bundle say. A process that was never started has
 * no end.
 */
function keepEnds(task: Task, initExit: TaskExit, host: TaskHost): void {
  const { records } = host;
  try {
    records.transaction(() => {
      for (const process of records.processes(task.key)) {
        const end = endOf(task, process, initExit);
        if (end !== undefined) records.ends.keep({ ...task.key, execId: process.execId }, end);
      }
    });
  } catch (error) {
    host.log.warn("keep how the processes of a task ended: continuing", { ...task.key, error });
  }
}

function endOf(task: Task, process: ProcessRecord, initExit: TaskExit): ProcessEnd | undefined {
  const { execId, exit, startedAt, createdAt } = process;
  // Records of an older manager have neither.
  if (startedAt === undefined && createdAt !== undefined) return undefined;
  if (exit === undefined && execId !== "") return undefined;
  const found = readShimExitRecord(task.bundle.dir, task.key.id, execId);
  const record = found !== undefined && isOf(found, process) ? found : undefined;
  const exitStatus = exit?.exitStatus ?? initExit.exitStatus;
  const isUnknown = exit?.isUnknown === true || record?.isUnknown === true;
  return {
    ...process,
    exitedAt: exit?.exitedAt ?? toNanoseconds(initExit.exitedAt) ?? BigInt(Date.now()) * 1_000_000n,
    exitStatus,
    signal: record?.exitStatus === exitStatus ? record.signal : 0,
    isUnknown,
    isLost: isUnknown && task.isOfBefore,
    oom: record?.oom ?? false,
    output: record?.output ?? "",
  };
}

/**
 * Says what no event has said yet, and forgets the task, in one transaction. On a disk that is full that is tried again for
 * a while, and then left to the next start, which finds the record: nobody who waits is to wait for the disk. Answers whether
 * it is done.
 */
async function tellTheRest(task: Task, initExit: TaskExit, host: TaskHost): Promise<boolean> {
  const log = host.log.with({ ...task.key });
  for (let left = TELL_TRIES; ; left--) {
    try {
      tellAndForget(task, initExit, host);
      return true;
    } catch (error) {
      if (left <= 1) {
        log.error("record the end of a task: leaving it to the next start", { error });
        return false;
      }
      log.warn("record the end of a task: trying again", { error });
      await setTimeout(TELL_PAUSE_MS);
    }
  }
}

function tellAndForget(task: Task, initExit: TaskExit, host: TaskHost): void {
  const { records, events } = host;
  const { namespace, id } = task.key;
  records.transaction(() => {
    const processes = records.processes(task.key);
    for (const process of processes) {
      const hasRun = process.pid !== 0 && (process.exit !== undefined || process.execId === "");
      if (hasRun && !process.isExitTold)
        events.publish(namespace, TaskExitEvent, exitOf(id, process, initExit));
    }
    const record = records.get(task.key);
    const wasTold = processes.some(({ execId }) => execId === "");
    if (record !== undefined && wasTold && !record.isDeleteTold) {
      const { pid, exitStatus, exitedAt } = initExit;
      events.publish(namespace, TaskDelete, { containerId: id, pid, exitStatus, exitedAt });
    }
    records.remove(task.key);
  });
}

function exitOf(id: string, process: ProcessRecord, initExit: TaskExit) {
  const { execId, pid, exit } = process;
  const { exitStatus, exitedAt } =
    exit === undefined ? initExit : { ...exit, exitedAt: fromNanoseconds(exit.exitedAt) };
  return { containerId: id, id: execId || id, pid, exitStatus, exitedAt };
}
