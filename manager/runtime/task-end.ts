// The ends of a task: the ordinary one, after Delete; undoing one that was not made to the end; and giving up on a shim
// that hangs while its container is dead. All of them leave nothing, say what has not been said (the exit of each process
// once, execs before init, then the deletion), and free the id last.
// Runs on its own clock: whoever asked may have gone.
import { Code, HawserError, isNotFound, isUnavailable } from "../../proto/errors.ts";
import { fromNanoseconds } from "../../proto/timestamp.ts";
import { isConnectionClosed } from "../../ttrpc/index.ts";
import { CALL_BUDGETS_MS } from "./call-budgets.ts";
import { buryTask, forwardLeftEvents } from "./dead-shim.ts";
import { UNKNOWN_EXIT_STATUS } from "./exit-decision.ts";
import { sayLastWords } from "./last-words.ts";
import type { SupervisedShim } from "./supervised-shim.ts";
import { PROBE_BUDGET_MS } from "./supervised-shim.ts";
import type { Task, TaskExit } from "./task.ts";
import type { TaskHost } from "./task-host.ts";

/** Time for a shim to send its last events and end. Milliseconds. */
const ENDING_BUDGET_MS = 6_000;

/** Deletes a task. Throws FailedPrecondition from the shim while it runs, Unavailable while its shim hangs. */
export async function deleteTask(task: Task, host: TaskHost): Promise<TaskExit> {
  if (task.phase !== "live" || task.shim === undefined) {
    // Being deleted by another: for this caller it does not exist any more.
    await task.ended;
    throw new HawserError(Code.NotFound, `task "${task.key.id}": not found`);
  }
  // A shim that has just died is asked once more, and found dead, before it is said to hang.
  if (!task.shim.isWell && (await task.shim.open(PROBE_BUDGET_MS)) !== "ok")
    return await giveUpOnShim(task, host);
  const exit = await insistOnDeletion(task, task.shim, host);
  if (exit === undefined) return await task.ended;
  await finishTask(task, exit, host, { isClean: true });
  return exit;
}

/** Answers undefined when another ends the task by now: who cleans up after a shim that died over it, or after a lost answer. */
async function insistOnDeletion(
  task: Task,
  shim: SupervisedShim,
  host: TaskHost,
): Promise<TaskExit | undefined> {
  for (let wasCut = false; ; wasCut = true) {
    try {
      const exit = await askToDelete(task, host);
      return task.beginEnding() ? exit : undefined;
    } catch (error) {
      // The answer was lost with the connection.
      if (wasCut && isNotFound(error)) return task.beginEnding() ? lastKnownExit(task, host) : undefined;
      const isLost = isConnectionClosed(error) || (isUnavailable(error) && task.phase !== "live");
      if (!isLost) throw error;
    }
    if (task.phase === "live") await Promise.race([task.ended, shim.connected()]);
    if (task.phase !== "live") return undefined;
  }
}

/** Undoes what was made of a task whose creation failed. */
export async function undoTask(task: Task, host: TaskHost): Promise<void> {
  task.phase = "ending";
  const answer = await endContainer(task);
  if (answer !== undefined) {
    await finishTask(task, lastKnownExit(task, host), host, { isClean: answer === "deleted" });
    return;
  }
  if (!host.isShared(task)) task.shim?.kill();
  await buryTask(task, host);
}

/**
 * Ends a container that nobody wants: its shim has deleted it, or does not know it; undefined when it does not say. One that does not
 * know it may have been in the middle of making it, and the OCI runtime may remember what the shim has never heard of
 * ("manager, during, all done: create").
 */
async function endContainer({ key: { id }, shim }: Task): Promise<"deleted" | "unknown" | undefined> {
  if (!shim?.isWell) return undefined;
  const end = { id, signal: 9, all: true };
  await shim
    .call(`kill task "${id}"`, 10_000, (client, call) => client.kill(end, call))
    .catch(() => undefined);
  const answer = shim.call(`delete task "${id}"`, 15_000, (client, call) => client.delete({ id }, call));
  return await answer.then(
    () => "deleted",
    (error) => (isNotFound(error) ? "unknown" : undefined),
  );
}

/**
 * From the moment at which the shim has forgotten the container, or will never be asked again, to the free id. For who has the
 * end of the task.
 */
export async function finishTask(
  task: Task,
  exit: TaskExit,
  host: TaskHost,
  { isClean }: { isClean: boolean },
): Promise<void> {
  const log = host.log.with({ ...task.key });
  const hasEnded = await endShim(task, host);
  await task.release();
  await forwardLeftEvents(task, host);
  // What `delete` would do, a shim has done that deleted, shut down and ended in order; it costs a process.
  const isTidy = isClean && hasEnded && (await task.bundle.isTidy());
  if (!isTidy) {
    await host.programs
      .delete(task.shimOf)
      .catch((error) => log.warn("clean up after the shim: continuing", { error }));
  }
  await sayLastWords(task, exit, host);
}

async function askToDelete(task: Task, host: TaskHost): Promise<TaskExit> {
  const { id } = task.key;
  const shim = task.shim;
  if (shim === undefined) throw new HawserError(Code.Unavailable, `delete task "${id}": it has no shim`);
  const { pid, exitStatus, exitedAt } = await shim.call(
    `delete task "${id}"`,
    CALL_BUDGETS_MS.delete,
    (client, call) => client.delete({ id }, call),
  );
  const exit = { pid, exitStatus, exitedAt };
  try {
    task.settle("", exit);
  } catch (error) {
    // The container is deleted: what is left to do must be done (last-words.ts tells it again).
    host.log.warn("record an exit: continuing", { ...task.key, error });
  }
  return exit;
}

/** Asks the shim to end, and waits until it has. A shim that others share stays. */
async function endShim(task: Task, host: TaskHost): Promise<boolean> {
  const { shim } = task;
  const { id } = task.key;
  if (shim === undefined) return true;
  if (shim.isWell) {
    await shim
      .call(`shut down the shim of task "${id}"`, CALL_BUDGETS_MS.shutdown, (client, call) =>
        client.shutdown({ id }, call),
      )
      .catch(() => undefined);
  }
  if (host.isShared(task)) {
    // It goes on, and its last word on this task may be on the way.
    await host.records.deletionTold(task.key, ENDING_BUDGET_MS);
    return true;
  }
  if (await shim.hasEnded(ENDING_BUDGET_MS)) return true;
  host.log.warn("shim does not end, killing it", { ...task.key, shimPid: shim.pid });
  shim.kill();
  await shim.hasEnded(ENDING_BUDGET_MS);
  return false;
}

/** A shim that hangs cannot be asked; once its container is dead, it guards nothing but the id. */
async function giveUpOnShim(task: Task, host: TaskHost): Promise<TaskExit> {
  if (task.phase !== "live") return await task.ended;
  const { id } = task.key;
  const { shim } = task;
  const what = `delete task "${id}": its shim does not answer`;
  if (shim === undefined || host.isShared(task)) throw new HawserError(Code.Unavailable, what);
  if (task.isInitAlive) {
    const way =
      "kill the container with SIGKILL, which the manager does without the shim, and delete it again";
    throw new HawserError(Code.Unavailable, `${what}, and it runs: ${way}`);
  }
  host.log.warn("shim hangs and its container is dead, killing the shim", { ...task.key, shimPid: shim.pid });
  shim.kill();
  return await task.ended;
}

function lastKnownExit(task: Task, host: TaskHost): TaskExit {
  const init = host.records.process({ ...task.key, execId: "" });
  const exitedAt = init?.exit === undefined ? undefined : fromNanoseconds(init.exit.exitedAt);
  return { pid: init?.pid ?? 0, exitStatus: init?.exit?.exitStatus ?? UNKNOWN_EXIT_STATUS, exitedAt };
}
