// Cleaning up after a shim that is dead. Its container may live: as its new parent the manager learns how it ends, ends it
// through the shim's `delete`, and by itself if that is not enough; then every process has an exit by the best witness
// there is (exit-decision.ts), what the shim had still to say is said first, and nothing is left.
// Runs on its own clock; each step is tried whatever became of the one before.
import { existsSync } from "node:fs";
import type { PidFd } from "../../sys/pidfd.ts";
import { processStat } from "../../sys/process-stat.ts";
import { type ChildExit, decodeWaitStatus } from "../../sys/wait.ts";
import { checkEnvelope } from "../events/service.ts";
import { type DecidedExit, decideExit } from "./exit-decision.ts";
import { readShimExitRecord } from "./exit-record.ts";
import { sayLastWords } from "./last-words.ts";
import { readLeftEvents } from "./left-events.ts";
import type { Orphans } from "./orphans.ts";
import type { Task, TaskExit } from "./task.ts";
import type { TaskHost } from "./task-host.ts";
import type { ProcessRecord } from "./task-rows.ts";

/** Time for a process to end after SIGKILL. Milliseconds. */
const KILL_BUDGET_MS = 5_000;

/** Time for a process that has ended to be reaped. Milliseconds. */
const REAP_BUDGET_MS = 1_000;

const SIGKILL = 9;

/** Cleans up, tells, frees the id. Answers how init ended. */
export async function buryTask(task: Task, host: TaskHost): Promise<TaskExit> {
  task.phase = "ending";
  const log = host.log.with({ ...task.key });
  await task.release();
  await forwardLeftEvents(task, host);
  if (existsSync(task.bundle.dir)) {
    await host.programs
      .delete(task.shimOf)
      .catch((error) => log.warn("clean up after the shim: continuing", { error }));
  }
  if (!(await endInit(task)))
    log.error("container does not end after SIGKILL: it is left behind", { pid: task.init?.pid });
  let exit: TaskExit = { pid: 0, exitStatus: 0, exitedAt: undefined };
  // Execs before init.
  for (const process of host.records.processes(task.key)) {
    const decided = await decide(task, process, host.orphans);
    const { exitStatus, exitedAt, source } = decided;
    const isInit = process.execId === "";
    // An exec that was never started has no exit.
    if (process.pid === 0 && !isInit) continue;
    try {
      task.settle(process.execId, { exitStatus, exitedAt, isUnknown: source === "nobody" });
    } catch (error) {
      log.warn("record an exit: continuing", { error });
    }
    if (isInit) exit = { pid: process.pid, exitStatus, exitedAt };
    const fields = { exec: process.execId || undefined, pid: process.pid, exitStatus, source };
    if (source === "nobody") log.error("nobody can say how the process ended", fields);
    else log.info("process of the dead shim has ended", fields);
  }
  await sayLastWords(task, exit, host);
  return exit;
}

/** What the shim wrote down and could not deliver any more. */
export async function forwardLeftEvents(task: Task, host: TaskHost): Promise<void> {
  for (const { id, envelope } of readLeftEvents(task.bundle.dir)) {
    try {
      await host.events.forward(checkEnvelope(envelope), id);
    } catch (error) {
      host.log.error("forward an event of a dead shim: ignoring it", {
        ...task.key,
        topic: envelope.topic,
        error,
      });
    }
  }
}

/** Answers whether init has ended. */
async function endInit({ init, isInitAlive }: Task): Promise<boolean> {
  if (init === undefined || !isInitAlive) return true;
  init.send(SIGKILL);
  return await hasEnded(init);
}

async function hasEnded(process: PidFd): Promise<boolean> {
  try {
    await process.ended({ signal: AbortSignal.timeout(KILL_BUDGET_MS) });
    return true;
  } catch {
    return false;
  }
}

async function decide(task: Task, process: ProcessRecord, orphans: Orphans): Promise<DecidedExit> {
  const { execId } = process;
  const record = readShimExitRecord(task.bundle.dir, task.key.id, execId);
  const held = execId === "" ? task.init : undefined;
  const kernel = process.exit === undefined ? await askKernel(process, held, orphans) : undefined;
  return decideExit({ process, record, kernel, at: new Date() });
}

/** How a process ended: by its zombie, to us as its parent, or by a pidfd that was open in time. */
async function askKernel(
  { pid, startTime }: ProcessRecord,
  held: PidFd | undefined,
  orphans: Orphans,
): Promise<ChildExit | undefined> {
  if (pid === 0) return undefined;
  const stat = processStat(pid);
  const isStillThere = stat !== undefined && (startTime === 0n || stat.startTime === startTime);
  if (isStillThere && stat.ppid === process.pid) return await orphans.reaped(pid, REAP_BUDGET_MS);
  if (isStillThere && stat.state === "Z") return decodeWaitStatus(pid, stat.exitWord);
  return orphans.take(pid) ?? held?.exit();
}
