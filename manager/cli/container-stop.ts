// Ending a container: its stop signal, some time, SIGKILL. What its policy would start again is marked first as stopped by
// somebody, so that nothing comes between.
import { isFailedPrecondition, isNotFound } from "../../proto/errors.ts";
import type { Container } from "../client/container.ts";
import type { ProcessStatus } from "../client/process.ts";
import type { Signal } from "../client/signal-number.ts";
import type { Task } from "../client/task.ts";
import {
  EXPLICITLY_STOPPED_LABEL,
  ON,
  RESTART_POLICY_LABEL,
  RESTART_STATUS_LABEL,
  STOP_SIGNAL_LABEL,
  STOP_TIMEOUT_LABEL,
} from "../labels.ts";

const DEFAULT_SIGNAL = "SIGTERM";
const DEFAULT_TIMEOUT_SECONDS = 10;

/** How to end it; what is absent is as the container says. */
export interface StopOptions {
  readonly stopSignal?: string | undefined;
  /** -1: as long as it takes. */
  readonly timeoutSeconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How its task is; undefined when it has none. */
export async function taskStatus(
  container: Container,
  signal?: AbortSignal,
): Promise<ProcessStatus | undefined> {
  try {
    await using task = await findTask(container, signal);
    return (await task?.state({ signal }))?.status;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Ends it, and resolves when it has ended. One that does not run is no error. */
export async function stopContainer(
  container: Container,
  { stopSignal, timeoutSeconds, signal }: StopOptions,
): Promise<void> {
  const { labels } = await container.info({ signal });
  await markStopped(container, labels, signal);
  await using task = await findTask(container, signal);
  if (task === undefined) return;
  const seconds = timeoutSeconds ?? numberOf(labels[STOP_TIMEOUT_LABEL]) ?? DEFAULT_TIMEOUT_SECONDS;
  const first = stopSignal ?? (labels[STOP_SIGNAL_LABEL] || DEFAULT_SIGNAL);
  if (!(await sendEnding(task, first as Signal, signal))) return;
  if (await hasEnded(task, seconds < 0 ? undefined : seconds * 1_000, signal)) return;
  if (await sendEnding(task, "SIGKILL", signal)) await hasEnded(task, undefined, signal);
}

/** Says that somebody has stopped it, to whoever would start it again. */
export async function markStopped(
  container: Container,
  labels: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<void> {
  if (labels[RESTART_POLICY_LABEL] === undefined) return;
  await container.label({ [RESTART_STATUS_LABEL]: "stopped", [EXPLICITLY_STOPPED_LABEL]: ON }, { signal });
}

/** Its task; undefined when it has none. */
export async function findTask(container: Container, signal?: AbortSignal): Promise<Task | undefined> {
  try {
    return await container.task({ signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Sends a signal that is to end it; a frozen one gets it when it is thawed. False when there is nothing that could take it. */
export async function sendEnding(task: Task, ending: Signal, signal?: AbortSignal): Promise<boolean> {
  try {
    const { status } = await task.state({ signal });
    await task.kill(ending, { signal });
    if (status === "paused") await task.resume({ signal });
    return true;
  } catch (error) {
    if (isNotFound(error) || isFailedPrecondition(error)) return false;
    throw error;
  }
}

async function hasEnded(
  task: Task,
  timeoutMs: number | undefined,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const deadline = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
  const signals = [signal, deadline].filter((one) => one !== undefined);
  try {
    await task.wait({ signal: AbortSignal.any(signals) });
    return true;
  } catch (error) {
    if (isNotFound(error)) return true;
    if (deadline?.aborted && !signal?.aborted) return false;
    throw error;
  }
}

function numberOf(text: string | undefined): number | undefined {
  const number = Number(text);
  return text === undefined || text === "" || !Number.isSafeInteger(number) ? undefined : number;
}
