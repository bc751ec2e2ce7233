// Starting a container that hawserd looks after: its task made with the stdio that its record names, so that its log goes on, and
// started. Whoever wants to see it from the first byte attaches in between.
import { parseBrokeredStdio } from "../../proto/brokered-stdio.ts";
import { Code, hasCode, isNotFound } from "../../proto/errors.ts";
import type { Container, ContainerInfo } from "../client/container.ts";
import { pause } from "../client/pause.ts";
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

/** How long somebody else may take to make its task. Milliseconds. */
const IN_THE_MAKING_MS = 30_000;
/** Between two looks. */
const PAUSE_MS = 20;

/** How to start it. */
export interface StartOptions {
  readonly terminalSize?: TerminalSize | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A container whose task is made and not started; closing it takes a task back that was not. */
export class PendingStart implements AsyncDisposable {
  /** Its record, as it was before. */
  readonly info: ContainerInfo;
  readonly task: Task;
  readonly #container: Container;
  #hasStarted = false;

  constructor(container: Container, info: ContainerInfo, task: Task) {
    this.#container = container;
    this.info = info;
    this.task = task;
  }

  /** Starts it; fine when somebody else was quicker. Throws as `startContainer` does. */
  async start(signal?: AbortSignal): Promise<void> {
    try {
      await markRunning(this.#container, this.info, signal);
      await this.task.start({ signal });
    } catch (caught) {
      if (!(await runs(this.task))) throw startFailure(caught, programOf(this.info));
    }
    this.#hasStarted = true;
  }

  /** On its own clock. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasStarted) await discard(this.task);
    await this.task[Symbol.asyncDispose]();
  }
}

/** Makes its task; undefined when it runs already. Throws as `startContainer` does. */
export async function prepareStart(
  container: Container,
  { terminalSize, signal }: StartOptions,
): Promise<{ readonly info: ContainerInfo; readonly pending: PendingStart | undefined }> {
  const info = container.made ?? (await container.info({ signal }));
  try {
    const task = await taskFor(container, info, terminalSize, signal);
    return { info, pending: task && new PendingStart(container, info, task) };
  } catch (caught) {
    throw startFailure(caught, programOf(info));
  }
}

/**
 * Starts it, unless it runs already. Throws ExitStatus 126, 127 or 125 when it cannot be started; a task that could not be started is
 * not left.
 */
export async function startContainer(container: Container, options: StartOptions): Promise<void> {
  await using pending = (await prepareStart(container, options)).pending;
  await pending?.start(options.signal);
}

function programOf({ spec }: ContainerInfo): string {
  return spec.process.args[0] ?? "";
}

// Undefined when it runs. One that somebody else is making, or deleting, is waited for: there is a task then, which cannot be had.
async function taskFor(
  container: Container,
  info: ContainerInfo,
  terminalSize: TerminalSize | undefined,
  signal: AbortSignal | undefined,
): Promise<Task | undefined> {
  const deadline = AbortSignal.timeout(IN_THE_MAKING_MS);
  for (;;) {
    try {
      return await createTask(container, info, terminalSize, signal);
    } catch (error) {
      if (!hasCode(error, Code.AlreadyExists)) throw error;
    }
    try {
      const old = await takeUp(container, signal);
      if (old !== "cleared") return old;
    } catch (error) {
      if (!isNotFound(error) || deadline.aborted) throw error;
    }
    await pause(PAUSE_MS, signal ?? deadline);
  }
}

// What a program left that was killed before the start is taken up, what has ended is cleared away. Undefined when it runs.
async function takeUp(
  container: Container,
  signal: AbortSignal | undefined,
): Promise<Task | "cleared" | undefined> {
  const old = await container.task({ signal });
  const { status } = await old.state({ signal });
  if (status === "created") return old;
  await using _handle = old;
  if (status !== "stopped") return undefined;
  await old.delete({ signal });
  return "cleared";
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

// On its own clock: whoever gives up wants to know, too, whether it runs.
async function runs(task: Task): Promise<boolean> {
  try {
    const { status } = await task.state();
    return status === "running" || status === "paused" || status === "pausing";
  } catch {
    return false;
  }
}

// On its own clock. Without force: what runs was started by somebody else, who had taken up the same task.
async function discard(task: Task): Promise<void> {
  try {
    await task.delete();
  } catch {
    // The error that it could not be started with says more.
  }
}
