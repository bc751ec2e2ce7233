// Starting a container with this terminal, or these pipes, attached to it from its first byte on; and staying with it until it
// has ended.
import type { AttachSession } from "../client/attach/attach-session.ts";
import type { Container } from "../client/container.ts";
import { AUTO_REMOVE_LABEL, ON } from "../labels.ts";
import type { Cli } from "./cli.ts";
import { untilRemoved } from "./container-removal.ts";
import { startContainer } from "./container-start.ts";
import { runSession, type SessionOptions } from "./terminal/session.ts";

/** How to be with it. */
export interface AttachedStartOptions extends SessionOptions {
  /** Called when it runs: from here on it is not the command's to take back. */
  readonly onStarted?: (() => void) | undefined;
}

/**
 * Starts it, unless it runs already, and attaches. Resolves with its exit status behind all of its output, or with 0 when the
 * user has detached. One that is to remove itself has done so by then.
 */
export async function startAttached(
  cli: Cli,
  container: Container,
  { onStarted, ...options }: AttachedStartOptions,
): Promise<number> {
  const { signal } = cli;
  // Output that nobody reads is held back by a slow reader of ours, as a pipe would; the log has it, whatever happens.
  const attachOptions = { replay: "none", whenSlow: "hold" } as const;
  let session: AttachSession | undefined;
  try {
    const { info } = await startContainer(container, {
      signal,
      terminalSize: terminalSize(),
      onCreated: async (task) => {
        session = await task.attach(attachOptions);
      },
    });
    onStarted?.();
    session ??= await container.attach(attachOptions);
    const status = await runSession(cli, session, options);
    const { exit } = await session.ended;
    if (exit !== undefined && info.labels[AUTO_REMOVE_LABEL] === ON) await awaitRemoval(cli, container.id);
    return status;
  } finally {
    await session?.[Symbol.asyncDispose]();
  }
}

async function awaitRemoval(cli: Cli, id: string): Promise<void> {
  if (await untilRemoved(await cli.client(), id, cli.signal)) return;
  await cli.err.line(`hawser: container "${id}" has ended and is not removed yet; hawserd goes on with it`);
}

/** The size of the terminal that output goes to; undefined when it goes elsewhere. */
export function terminalSize(): { columns: number; rows: number } | undefined {
  const { isTTY, columns, rows } = process.stdout;
  return isTTY && columns > 0 && rows > 0 ? { columns, rows } : undefined;
}
