// A terminal in the page: a session with a process, and the channel to the page. The page says up to where it has shown what came,
// and the session is read no further than a window beyond that: what a page does not show stays in the shim's log.
// Owns the session. A page that goes away leaves the process as it was, and comes back to its place.

import type { WebSocket } from "ws";
import { HawserError } from "../../proto/errors.ts";
import type { SessionEnd } from "../client/attach/attach-end.ts";
import type { AttachNotice, Replay } from "../client/attach/attach-options.ts";
import type { AttachSession } from "../client/attach/attach-session.ts";
import type { Client } from "../client/client.ts";
import { Channel } from "./channel.ts";
import { complain } from "./complain.ts";
import { ShownWindow } from "./shown-window.ts";
import { encodeOutput, type OutputMessage, parsePageMessage } from "./wire.ts";

/** What a page that has shown nothing yet is shown of the past. Bytes. */
const REPLAY_BYTES = 256 * 1024;

/** Which process, from where on. */
export interface TerminalRequest {
  readonly containerId: string;
  readonly execId: string;
  /** Where the page has come; undefined for one that shows nothing yet. */
  readonly offset: bigint | undefined;
  readonly isReadOnly: boolean;
}

/** Serves one page's terminal to its end. Takes the socket. Never rejects. */
export async function serveTerminal(
  socket: WebSocket,
  client: Client,
  request: TerminalRequest,
  signal: AbortSignal,
): Promise<void> {
  const window = new ShownWindow();
  let session: AttachSession | undefined;
  const channel = new Channel(socket, {
    onMessage(text) {
      const message = parsePageMessage(text);
      if (message?.type === "shown") window.show(BigInt(message.offset));
      if (message?.type === "resize") session?.resize(message);
    },
    async onInput(bytes) {
      await session?.write(bytes);
    },
  });
  const over = AbortSignal.any([signal, channel.closed]);
  const tell = (message: OutputMessage) => channel.tell(message);
  try {
    session = await openSession(client, request, (notice) => {
      void tell({ type: "notice", text: noticeText(notice) }).catch(() => undefined);
    });
    detachWith(session, over);
    const { isTerminal, hasStdin: hasInput, offset } = session;
    await tell({ type: "opened", offset: String(offset), isTerminal, hasInput });
    window.begin(offset);
    for await (const item of session) {
      if (item.gap !== undefined) {
        await tell({ type: "gap", from: String(item.gap.from), to: String(item.gap.to) });
        window.begin(item.gap.to);
        continue;
      }
      const { offset: place, stream, bytes } = item;
      await channel.send(encodeOutput({ offset: place, isError: stream === "stderr", bytes }));
      await window.wait(place + BigInt(bytes.length), over);
    }
    const end = await session.ended;
    if (over.aborted) return signal.aborted ? channel.drop() : channel.close();
    await tell({ type: "end", text: endText(end) });
    channel.close();
  } catch (caught) {
    await complain(channel, HawserError.from(caught), signal);
  } finally {
    await session?.detach().catch(() => undefined);
    await session?.[Symbol.asyncDispose]();
  }
}

// Ends the iteration, too.
function detachWith(session: AttachSession, over: AbortSignal): void {
  const detach = () => void session.detach().catch(() => undefined);
  if (over.aborted) detach();
  else over.addEventListener("abort", detach, { once: true });
}

async function openSession(
  client: Client,
  { containerId, execId, offset, isReadOnly }: TerminalRequest,
  onNotice: (notice: AttachNotice) => void,
): Promise<AttachSession> {
  const container = await client.containers.get(containerId);
  const replay: Replay = offset === undefined ? { lastBytes: REPLAY_BYTES } : { fromOffset: offset };
  // No signal: that would end the session as the death of a client does, and policies for that would apply.
  return await container.attach({
    execId,
    replay,
    isReadOnly,
    whenSlow: "skip",
    clientName: "hawser web",
    onNotice,
  });
}

function noticeText(notice: AttachNotice): string {
  switch (notice.kind) {
    case "lost":
      return "connection lost, coming back";
    case "resumed":
      return "back again";
    case "inputUnknown":
      return `nobody knows whether the last ${notice.bytes} bytes of input have arrived`;
  }
}

function endText(end: SessionEnd): string {
  if (end.cut !== undefined) return `the session was cut: ${end.cut.message}`;
  if (end.detached !== undefined) return "detached";
  const { exitStatus, isUnknown, oom, timedOut, output } = end.exit;
  const status = isUnknown ? "ended, and nobody knows how" : `ended with status ${exitStatus}`;
  const why = oom ? ", out of memory" : timedOut ? ", its time was up" : "";
  return `the process has ${status}${why}${output === "complete" || output === "held" ? "" : "; some of its output may be missing"}`;
}
