// From a session to standard output and standard error, at the pace of whoever reads there. A terminal is written to without
// blocking, over a description of our own: a terminal that stands still must not keep us from hearing the keyboard, and the flag
// for that would be everybody's who has it open.
import { constants } from "node:fs";
import { OwnedFd } from "../../../sys/fd.ts";
import { FdWriter } from "../../../sys/fd-io.ts";
import type { AttachSession } from "../../client/attach/attach-session.ts";
import type { Cli } from "../cli.ts";
import type { ScreenModes } from "./screen-modes.ts";
import type { SessionMessages } from "./session-messages.ts";

type Stream = "stdout" | "stderr";

/** Where output goes. */
export interface SessionOutputOptions {
  /** Streams that are wanted. */
  readonly streams: ReadonlySet<string>;
  readonly messages: SessionMessages;
  /** Follows what a terminal is sent. */
  readonly modes: ScreenModes;
}

/** Writes everything that comes, to the end of the session. Throws when nobody reads any more, and what the session throws. */
export async function passOutput(
  { out, err }: Cli,
  session: AttachSession,
  { streams, messages, modes }: SessionOutputOptions,
): Promise<void> {
  using terminal = session.isTerminal && out.isTerminal ? openTerminal() : undefined;
  const write = async (stream: Stream, bytes: Uint8Array) => {
    if (!streams.has(stream)) return;
    if (session.isTerminal && out.isTerminal) modes.push(bytes);
    if (stream === "stdout" && terminal !== undefined) await terminal.write(bytes);
    else await (stream === "stdout" ? out : err).write(bytes);
  };
  for await (const item of session) {
    if (item.gap !== undefined) messages.gap(item);
    else await write(item.stream, item.bytes);
  }
}

// Opening the terminal again gives flags of our own. Undefined where that is not to be had: then it is written to as it is.
function openTerminal(): FdWriter | undefined {
  const { O_WRONLY, O_NOCTTY, O_NONBLOCK } = constants;
  try {
    return new FdWriter(OwnedFd.open("/proc/self/fd/1", O_WRONLY | O_NOCTTY | O_NONBLOCK));
  } catch {
    return undefined;
  }
}
