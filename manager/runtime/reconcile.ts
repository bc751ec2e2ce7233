// A shim answers again, after a restart of the manager or a lost connection: the records learn what happened meanwhile.
// A shim with a queue of events tells by itself, in order; for one that gives up after a few tries (Go's) the exits that
// are missing are told in its place. If it comes round after all, its event is known and dropped.
import { existsSync } from "node:fs";
import { BundleFile, bundleFile } from "../../proto/bundle-files.ts";
import { isNotFound } from "../../proto/errors.ts";
import { TaskExit as TaskExitEvent } from "../../proto/gen/events.ts";
import { Status } from "../../proto/gen/process.ts";
import { fromDate, fromNanoseconds } from "../../proto/timestamp.ts";
import { startTimeOf } from "../../sys/process-stat.ts";
import { CALL_BUDGETS_MS } from "./call-budgets.ts";
import { decideExit, UNKNOWN_EXIT_STATUS } from "./exit-decision.ts";
import { readShimExitRecord } from "./exit-record.ts";
import { isOurShim } from "./runtime-name.ts";
import type { Task, TaskExit } from "./task.ts";
import { finishTask, undoTask } from "./task-end.ts";
import type { TaskHost } from "./task-host.ts";
import type { ProcessRecord } from "./task-rows.ts";

/** Asks for the state of every process of a task. */
export async function reconcile(task: Task, host: TaskHost): Promise<void> {
  const { records } = host;
  if (records.get(task.key) === undefined) await takeOn(task, host);
  if (records.get(task.key)?.phase !== "live") {
    // Its creation was cut short, and its shim did not answer until now.
    if (task.phase === "live") await undoTask(task, host);
    return;
  }
  for (const process of records.processes(task.key)) {
    try {
      const state = await task.state(process.execId);
      if (process.execId === "") holdInit(task, state.pid, process.startTime);
      if (state.status === Status.STOPPED && !hasQueue(task)) tellExit(task, process.execId, host);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      // It was deleted, and the manager ended, or the answer was lost, before it had cleaned up.
      if (process.execId === "") {
        if (task.beginEnding()) await finishTask(task, deletedExit(task, host), host, { isClean: true });
        return;
      }
      forgetExec(task, process, host);
    }
  }
}

/** A living container that the records do not know: its shim says what they should. */
export async function takeOn(task: Task, host: TaskHost): Promise<void> {
  const { key, shim } = task;
  if (shim === undefined) return;
  try {
    const state = await shim.call(`look at task "${key.id}"`, CALL_BUDGETS_MS.state, (client, call) =>
      client.state({ id: key.id }, call),
    );
    const { stdin, stdout, stderr, terminal, pid } = state;
    const { address, version } = shim.endpoint;
    const { runtime, binary, bundle } = task;
    const { pid: shimPid, startTime: shimStartTime } = shim;
    host.records.begin({
      ...key,
      bundleDir: bundle.dir,
      runtime,
      binary,
      address,
      version,
      shimPid,
      shimStartTime,
    });
    // The pid of what has ended may be anybody's.
    const startTime = state.status === Status.STOPPED ? 0n : (startTimeOf(pid) ?? 0n);
    host.records.created(key, { pid, startTime, stdin, stdout, stderr, terminal });
    host.log.warn("task is not in the records, taking it on", { ...key, pid });
  } catch (error) {
    if (!isNotFound(error)) host.log.warn("look at a task without a record: continuing", { ...key, error });
  }
}

function holdInit(task: Task, pid: number, startTime: bigint): void {
  if (pid !== 0) task.holdInit(pid, startTime === 0n ? (startTimeOf(pid) ?? 0n) : startTime);
}

/** Ours has one from the beginning; in a group it is in the bundle of the first. */
function hasQueue({ bundle, binary }: Task): boolean {
  return existsSync(bundleFile(bundle.dir, BundleFile.events)) || isOurShim(binary);
}

function tellExit(task: Task, execId: string, { records, events }: TaskHost): void {
  const { namespace, id } = task.key;
  const process = records.process({ namespace, id, execId });
  if (process?.exit === undefined || process.isExitTold || process.pid === 0) return;
  const { pid, exit } = process;
  const exitedAt = fromNanoseconds(exit.exitedAt);
  const event = { containerId: id, id: execId || id, pid, exitStatus: exit.exitStatus, exitedAt };
  events.publish(namespace, TaskExitEvent, event);
}

/** What the shim has forgotten, the records need not keep; that it has ended is told first. */
function forgetExec(task: Task, asked: ProcessRecord, host: TaskHost): void {
  const { records } = host;
  const { execId } = asked;
  const key = { ...task.key, execId };
  const process = records.process(key);
  // Who deletes it knows how it ended. One that has the id by now is not the one that was asked for.
  if (process === undefined || task.isDeleting(execId)) return;
  if (process.createdAt !== asked.createdAt || process.pid !== asked.pid) return;
  if (process.pid !== 0) {
    const record = readShimExitRecord(task.bundle.dir, task.key.id, execId);
    const { exitStatus, exitedAt, source } = decideExit({ process, record, at: new Date() });
    task.settle(execId, { exitStatus, exitedAt, isUnknown: source === "nobody" });
  }
  records.transaction(() => {
    if (!hasQueue(task)) tellExit(task, execId, host);
    records.removeProcess(key);
  });
}

function deletedExit(task: Task, { records }: TaskHost): TaskExit {
  const init = records.process({ ...task.key, execId: "" });
  const pid = init?.pid ?? 0;
  if (init?.exit !== undefined) {
    return { pid, exitStatus: init.exit.exitStatus, exitedAt: fromNanoseconds(init.exit.exitedAt) };
  }
  const record = readShimExitRecord(task.bundle.dir, task.key.id, "");
  const exitedAt = record && fromDate(record.exitedAt);
  return { pid, exitStatus: record?.exitStatus ?? UNKNOWN_EXIT_STATUS, exitedAt };
}
