// Being with a process: its output comes here, input and signals go to it, until it ends or the user detaches.
import type { AttachSession } from "../../client/attach/attach-session.ts";
import type { Cli } from "../cli.ts";
import { ExitStatus } from "../exit-status.ts";

/** How to be with it. */
export interface SessionOptions {
  /** Whether our input goes to it. */
  readonly hasInput: boolean;
  /** Which outputs come here. Default: both. */
  readonly streams?: ReadonlySet<"stdin" | "stdout" | "stderr"> | undefined;
  /** Keys that leave it running, on a terminal. Default: ctrl-p,ctrl-q. */
  readonly detachKeys?: string | undefined;
  /** Whether signals go to it, where there is no terminal that makes them of keys. */
  readonly sigProxy: boolean;
}

/** Resolves behind all output with its exit status, or with 0 when the user has detached. Throws ExitStatus when it was cut. */
export async function runSession(
  cli: Cli,
  session: AttachSession,
  { hasInput, streams }: SessionOptions,
): Promise<number> {
  if (hasInput) void pump(session);
  for await (const item of session) {
    if (item.gap !== undefined || (streams !== undefined && !streams.has(item.stream))) continue;
    await (item.stream === "stderr" ? cli.err : cli.out).write(item.bytes);
  }
  const { exit, cut } = await session.ended;
  if (cut !== undefined) throw new ExitStatus(1, `attach: ${cut.message}`);
  return exit?.exitStatus ?? 0;
}

async function pump(session: AttachSession): Promise<void> {
  try {
    for await (const bytes of process.stdin) await session.write(bytes as Uint8Array);
    await session.endInput();
  } catch {
    // The process has ended.
  }
}
