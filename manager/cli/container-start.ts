// Starting a container that hawserd looks after: its task made with the stdio that its record names, so that its log goes on, and
// started. Whoever wants to see it from the first byte attaches in between.
import { parseBrokeredStdio } from "../../proto/brokered-stdio.ts";
import { Code, hasCode, isNotFound } from "../../proto/errors.ts";
import type { Container, ContainerInfo } from "../client/container.ts";
import type { Task } from "../client/task.ts";
import type { TerminalSize } from "../client/terminal-size.ts";
import {
  EXPLICITLY_STOPPED_LABEL,
  ON,
  RESTART_POLICY_LABEL,
  RESTART_STATUS_LABEL,
  STDIN_LABEL,
  STDOUT_LABEL,
} from "../labels.ts";
import { startFailure } from "./start-failure.ts";

/** How to start it. */
export interface StartOptions {
  readonly terminalSize?: TerminalSize | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called between creation and start, with the task; what it throws ends the attempt. */
  readonly onCreated?: ((task: Task) => Promise<void>) | undefined;
}

/** What came of it. */
export interface Started {
  /** False: it ran already, and nothing was done. */
  readonly isNew: boolean;
  /** Its record, as it was before. */
  readonly info: ContainerInfo;
}

/**
 * Starts it, unless it runs already. Throws ExitStatus 126, 127 or 125 when it cannot be started; a task
 * that could not be started is not left.
 */
export async function startContainer(
  container: Container,
  { terminalSize, signal, onCreated }: StartOptions,
): Promise<Started> {
  const info = await container.info({ signal });
  const { args } = info.spec.process;
  try {
    await using task = await taskFor(container, info, terminalSize, signal);
    if (task === undefined) return { isNew: false, info };
    await onCreated?.(task);
    await markRunning(container, info, signal);
    try {
      await task.start({ signal });
    } catch (error) {
      await discard(task);
      throw error;
    }
    return { isNew: true, info };
  } catch (caught) {
    throw startFailure(caught, args[0] ?? "");
  }
}

// Undefined when it runs. What a program left that was killed before the start is taken up, what has ended is cleared away.
async function taskFor(
  container: Container,
  info: ContainerInfo,
  terminalSize: TerminalSize | undefined,
  signal: AbortSignal | undefined,
): Promise<Task | undefined> {
  try {
    return await createTask(container, info, terminalSize, signal);
  } catch (error) {
    if (!hasCode(error, Code.AlreadyExists)) throw error;
  }
  const old = await container.task({ signal });
  const { status } = await old.state({ signal });
  if (status === "created") return old;
  await using _handle = old;
  if (status !== "stopped") return undefined;
  try {
    await old.delete({ signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return await createTask(container, info, terminalSize, signal);
}

async function createTask(
  container: Container,
  { labels }: ContainerInfo,
  terminalSize: TerminalSize | undefined,
  signal: AbortSignal | undefined,
): Promise<Task> {
  const stdout = labels[STDOUT_LABEL];
  const brokered = stdout === undefined ? {} : parseBrokeredStdio(stdout);
  const stdio = { brokered, stdin: labels[STDIN_LABEL] === ON };
  return await container.createTask({ stdio, terminalSize, signal });
}

async function markRunning(
  container: Container,
  { labels }: ContainerInfo,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (labels[RESTART_POLICY_LABEL] === undefined) return;
  await container.label({ [RESTART_STATUS_LABEL]: "running", [EXPLICITLY_STOPPED_LABEL]: "" }, { signal });
}

// On its own clock.
async function discard(task: Task): Promise<void> {
  try {
    await task.delete({ force: true });
  } catch {
    // The error that it could not be started with says more.
  }
}
