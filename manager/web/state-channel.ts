// The containers of a page, live, and its list of events: one snapshot, and what happens behind it. A page that comes back is given
// a new snapshot, which is right whatever it has missed, and the events that it has missed, from its last cursor on.
import type { WebSocket } from "ws";
import { HawserError, isFailedPrecondition, isNotFound } from "../../proto/errors.ts";
import { gapText, lineOf } from "../cli/events/event-printer.ts";
import { rowsOf } from "../cli/events/event-row.ts";
import type { Client } from "../client/client.ts";
import type { FollowedEvent } from "../client/event-log.ts";
import { Channel } from "./channel.ts";
import { complain } from "./complain.ts";
import { ContainerStates, type StateChange } from "./container-states.ts";
import type { EventLine, StateMessage } from "./wire.ts";

/** Serves one page's list to its end. `after`: the last event that it has. Takes the socket. Never rejects. */
export async function serveStates(
  socket: WebSocket,
  client: Client,
  after: bigint | undefined,
  signal: AbortSignal,
): Promise<void> {
  const channel = new Channel(socket, { onMessage: () => undefined, onInput: async () => undefined });
  const over = AbortSignal.any([signal, channel.closed]);
  const tell = (message: StateMessage) => channel.tell(message);
  const states = new ContainerStates();
  try {
    for await (const event of client.followEvents({ snapshot: true, signal: over })) {
      if (event.kind === "snapshot") {
        if (after !== undefined) await tellMissed(client, { after, before: event.cursor }, tell, over);
        states.reset(event.containers);
        await tell({ type: "containers", cursor: String(event.cursor), containers: states.list() });
        continue;
      }
      await tellEvent(event, tell);
      const change = states.take(event);
      if (change !== undefined) await tellChange(change, states, client, tell, over);
    }
    channel.close();
  } catch (caught) {
    await complain(channel, HawserError.from(caught), signal);
  }
}

type Tell = (message: StateMessage) => Promise<void>;

async function tellMissed(
  client: Client,
  { after, before }: { after: bigint; before: bigint },
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const event of client.followEvents({ after, follow: false, signal })) {
      if (event.cursor > before) return;
      await tellEvent(event, tell);
    }
  } catch (error) {
    if (!isFailedPrecondition(error)) throw error;
    await tell({ type: "missing", text: `events: ${HawserError.from(error).message}` });
  }
}

async function tellEvent(event: FollowedEvent, tell: Tell): Promise<void> {
  if (event.kind === "gap") return await tell({ type: "missing", text: gapText(event) });
  for (const row of rowsOf(event)) {
    const line: EventLine = {
      cursor: String(row.cursor),
      time: row.time?.toISOString() ?? "",
      topic: row.topic,
      id: row.id,
      text: lineOf(row).split(" ").slice(4).join(" "),
    };
    await tell({ type: "event", event: line });
  }
}

async function tellChange(
  change: StateChange,
  states: ContainerStates,
  client: Client,
  tell: Tell,
  signal: AbortSignal,
): Promise<void> {
  switch (change.kind) {
    case "changed":
      return await tell({ type: "container", container: change.container });
    case "removed":
      return await tell({ type: "removed", id: change.id });
    case "described": {
      const described = await describe(change.id, states, client, signal);
      if (described?.kind === "changed") await tell({ type: "container", container: described.container });
    }
  }
}

async function describe(
  id: string,
  states: ContainerStates,
  client: Client,
  signal: AbortSignal,
): Promise<StateChange | undefined> {
  try {
    const container = await client.containers.get(id, { signal });
    return states.describe(id, await container.info({ signal }));
  } catch (error) {
    // Its end is among the next events.
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
