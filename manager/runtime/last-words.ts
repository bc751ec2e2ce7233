// The last things done for any task, however it ended: the socket of its shim goes, what no event has said yet is said, how its
// processes ended is kept, its bundle goes, who waits is answered, and its id is free.
// Always true: the bundle goes last. A manager that dies before finds a bundle that no record knows, and clears it away.
import { setTimeout } from "node:timers/promises";
import { TaskDelete, TaskExit as TaskExitEvent } from "../../proto/gen/events.ts";
import { fromNanoseconds, toNanoseconds } from "../../proto/timestamp.ts";
import { debugAddress, removeDeadSocket } from "./dead-socket.ts";
import { isOf } from "./exit-decision.ts";
import { readShimExitRecord } from "./exit-record.ts";
import type { ProcessEnd } from "./process-ends.ts";
import { isOurShim } from "./runtime-name.ts";
import type { Task, TaskExit } from "./task.ts";
import type { TaskHost } from "./task-host.ts";
import type { ProcessRecord } from "./task-rows.ts";

/** How often, and with which pause, the end of a task is tried to be recorded. */
const TELL_TRIES = 5;
const TELL_PAUSE_MS = 1_000;

/** And how often afterwards, while nobody waits any more. */
const INSIST_PAUSE_MS = 5_000;

/**
 * Does them all. On a disk that refuses it tries for a moment, answers who waits, and goes on to try until the manager ends: the
 * bundle, which has the shim's own word on how its processes ended, and the id stay until the end is recorded and told, by
 * this manager or by the next.
 */
export async function sayLastWords(task: Task, initExit: TaskExit, host: TaskHost): Promise<void> {
  const log = host.log.with({ ...task.key });
  await removeSocket(task, host);
  for (let left = TELL_TRIES; left > 0; left--) {
    try {
      await recordEnd(task, initExit, host);
      return;
    } catch (error) {
      log.warn("record the end of a task: trying again", { error });
      await setTimeout(TELL_PAUSE_MS);
    }
  }
  log.error("record the end of a task: the disk refuses, trying on");
  task.end(initExit);
  host.later("record the end of a task", (signal) => insist(task, initExit, host, signal));
}

async function insist(task: Task, initExit: TaskExit, host: TaskHost, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await setTimeout(INSIST_PAUSE_MS, undefined, { signal });
      await recordEnd(task, initExit, host);
      host.log.info("the end of a task is recorded at last", { ...task.key });
      return;
    } catch {
      // The disk still refuses, which was said; or we end, and the next start finds the record.
    }
  }
}

/** Throws what the disk says; the rest cannot fail. */
async function recordEnd(task: Task, initExit: TaskExit, host: TaskHost): Promise<void> {
  tellAndForget(task, initExit, host);
  await removeBundle(task, host);
  if (task.phase !== "gone") task.end(initExit);
  host.forget(task);
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
  const own = task.shim?.endpoint.address ?? host.records.get(task.key)?.address ?? "";
  const debug = isOurShim(task.binary) ? undefined : await debuggerOf(task, own, host);
  for (const address of debug === undefined ? [own] : [own, debug]) {
    try {
      await removeDeadSocket(address, () => host.isAddressNeeded(task));
    } catch (error) {
      host.log.warn("remove the socket of a dead shim: it is left behind", { ...task.key, address, error });
    }
  }
}

/** The specification is read for it, which only Go's shims are worth. */
async function debuggerOf(task: Task, own: string, host: TaskHost): Promise<string | undefined> {
  const { namespace, id } = task.key;
  const ids = [id, ...(await task.bundle.annotations())];
  return debugAddress(own, { grpcAddress: host.grpcAddress, namespace }, ids);
}

/** With what only the shim's own records in the bundle say. A process that was never started has no end. */
function endOf(task: Task, process: ProcessRecord, initExit: TaskExit): ProcessEnd | undefined {
  const { execId, exit, startedAt, createdAt } = process;
  // Records of an older manager have neither.
  if (startedAt === undefined && createdAt !== undefined) return undefined;
  if (exit === undefined && execId !== "") return undefined;
  const found = readShimExitRecord(task.bundle.dir, task.key.id, execId);
  const record = found !== undefined && isOf(found, process) ? found : undefined;
  const exitStatus = exit?.exitStatus ?? initExit.exitStatus;
  const isUnknown = exit?.isUnknown === true || record?.isUnknown === true;
  const exitedAt = exit?.exitedAt ?? toNanoseconds(initExit.exitedAt) ?? BigInt(Date.now()) * 1_000_000n;
  return {
    ...process,
    // The start is told when it is done, which of a short process is after its end.
    startedAt: startedAt !== undefined && startedAt > exitedAt ? exitedAt : startedAt,
    exitedAt,
    exitStatus,
    signal: record?.exitStatus === exitStatus ? record.signal : 0,
    isUnknown,
    isLost: isUnknown && task.isOfBefore,
    oom: record?.oom ?? false,
    output: record?.output ?? "",
  };
}

/** Says what no event has said yet, keeps how its processes ended, and forgets the record, in one transaction. */
function tellAndForget(task: Task, initExit: TaskExit, host: TaskHost): void {
  const { records, events } = host;
  const { namespace, id } = task.key;
  records.transaction(() => {
    const processes = records.processes(task.key);
    for (const process of processes) {
      const hasRun = process.pid !== 0 && (process.exit !== undefined || process.execId === "");
      if (hasRun && !process.isExitTold)
        events.publish(namespace, TaskExitEvent, exitOf(id, process, initExit));
      const end = endOf(task, process, initExit);
      if (end !== undefined) records.ends.keep({ ...task.key, execId: process.execId }, end);
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
