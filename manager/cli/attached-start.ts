// Starting a container with this terminal, or these pipes, attached to it from its first byte on; and staying with it until it
// has ended.
import type { Container } from "../client/container.ts";
import { AUTO_REMOVE_LABEL, ON } from "../labels.ts";
import type { Cli } from "./cli.ts";
import { untilRemoved } from "./container-removal.ts";
import { prepareStart } from "./container-start.ts";
import { runSession, type SessionOptions, terminalSize } from "./terminal/session.ts";
import { SessionMessages } from "./terminal/session-messages.ts";

/** How to be with it. */
export interface AttachedStartOptions
  extends Pick<SessionOptions, "hasInput" | "streams" | "detachKeys" | "sigProxy"> {
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
  const { info, pending } = await prepareStart(container, { terminalSize: terminalSize(), signal });
  await using task = pending;
  const messages = new SessionMessages(cli.err);
  // A slow reader of ours holds the process back, as a pipe would; the log has its output, whatever happens.
  const attachOptions = { replay: "none", whenSlow: "hold", onNotice: messages.onNotice } as const;
  await using session = await (task?.task ?? container).attach(attachOptions);
  const status = await runSession(cli, session, {
    ...options,
    messages,
    begin: async () => {
      await task?.start(signal);
      onStarted?.();
    },
  });
  const { exit } = await session.ended;
  if (exit !== undefined && info.labels[AUTO_REMOVE_LABEL] === ON) await awaitRemoval(cli, container.id);
  return status;
}

async function awaitRemoval(cli: Cli, id: string): Promise<void> {
  if (await untilRemoved(await cli.client(), id, cli.signal)) return;
  await cli.err.line(`hawser: container "${id}" has ended and is not removed yet; hawserd goes on with it`);
}
