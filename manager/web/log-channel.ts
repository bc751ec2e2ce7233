// A log in the page: what a container has printed and prints, from its log, by places. The same window as a terminal's keeps what
// the page does not show on the disk.
import type { WebSocket } from "ws";
import { HawserError } from "../../proto/errors.ts";
import type { Client } from "../client/client.ts";
import { Channel } from "./channel.ts";
import { complain } from "./complain.ts";
import { ShownWindow } from "./shown-window.ts";
import { encodeOutput, type OutputMessage, parsePageMessage } from "./wire.ts";

/** What a page that has shown nothing yet is shown of the past. Lines. */
const TAIL_LINES = 1_000;

/** Which log, from where on. */
export interface LogRequest {
  readonly containerId: string;
  /** Where the page has come; undefined for one that shows nothing yet. */
  readonly offset: bigint | undefined;
}

/** Serves one page's log to its end. Takes the socket. Never rejects. */
export async function serveLog(
  socket: WebSocket,
  client: Client,
  { containerId, offset }: LogRequest,
  signal: AbortSignal,
): Promise<void> {
  const window = new ShownWindow();
  const channel = new Channel(socket, {
    onMessage(text) {
      const message = parsePageMessage(text);
      if (message?.type === "shown") window.show(BigInt(message.offset));
    },
    onInput: async () => undefined,
  });
  const over = AbortSignal.any([signal, channel.closed]);
  const tell = (message: OutputMessage) => channel.tell(message);
  try {
    const container = await client.containers.get(containerId, { signal: over });
    const from = offset === undefined ? { tail: TAIL_LINES } : { fromOffset: offset };
    let isFirst = true;
    for await (const part of container.logs({ follow: true, ...from, signal: over })) {
      const place = part.kind === "gap" ? part.from : part.offset;
      if (isFirst) {
        isFirst = false;
        window.begin(place);
      }
      if (part.kind === "gap") {
        await tell({ type: "gap", from: String(part.from), to: String(part.to) });
        window.begin(part.to);
        continue;
      }
      await channel.send(
        encodeOutput({ offset: place, isError: part.stream === "stderr", bytes: part.bytes }),
      );
      await window.wait(place + BigInt(part.bytes.length), over);
    }
    await tell({ type: "end", text: "nothing can come any more" });
    channel.close();
  } catch (caught) {
    await complain(channel, HawserError.from(caught), signal);
  }
}
