// The page of `hawser web`: containers and what they do, live; terminal and log of the one that is chosen; what happens. Composes
// the parts; each of them is in a file of its own.
import type { ContainerState, StateMessage } from "../wire.ts";
import { ContainerList } from "./container-list.ts";
import { byId } from "./dom.ts";
import { EventList } from "./event-list.ts";
import { Link } from "./link.ts";
import { logIn } from "./login.ts";
import { Workplace } from "./workplace.ts";

const status = byId("status", HTMLParagraphElement);

function say(text: string, isLost = false): void {
  status.textContent = text;
  status.classList.toggle("lost", isLost);
}

function begin(): void {
  byId("page", HTMLElement).hidden = false;
  const containers = new Map<string, ContainerState>();
  const events = new EventList();
  const list = new ContainerList((id) => choose(id));
  const workplace = new Workplace(() => list.focus());
  let remembered = Workplace.remembered();

  const sayCount = () => say(`${containers.size} ${containers.size === 1 ? "container" : "containers"}`);

  function choose(id: string): void {
    const container = containers.get(id);
    if (container === undefined) return;
    list.choose(id);
    workplace.open(container);
  }

  function hear(message: StateMessage): void {
    switch (message.type) {
      case "containers":
        containers.clear();
        for (const container of message.containers) containers.set(container.id, container);
        events.begin(message.cursor);
        list.show(containers.values());
        for (const container of containers.values()) workplace.update(container);
        if (remembered !== undefined && containers.has(remembered.id)) {
          const { id, tab } = remembered;
          list.choose(id);
          workplace.open(containers.get(id) as ContainerState, { tab });
        }
        remembered = undefined;
        sayCount();
        break;
      case "container": {
        const { container } = message;
        const isNew = !containers.has(container.id);
        containers.set(container.id, container);
        list.show(isNew ? inOrder(containers.values()) : containers.values());
        workplace.update(container);
        sayCount();
        break;
      }
      case "removed":
        containers.delete(message.id);
        list.show(containers.values());
        workplace.remove(message.id);
        sayCount();
        break;
      case "event":
        events.add(message.event);
        break;
      case "missing":
        events.note(message.text);
    }
  }

  // The newest first, as the list comes.
  function inOrder(all: Iterable<ContainerState>): ContainerState[] {
    const sorted = [...all].toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1));
    containers.clear();
    for (const container of sorted) containers.set(container.id, container);
    return sorted;
  }

  new Link({
    path: () => (events.cursor === undefined ? "/states" : `/states?after=${events.cursor}`),
    onText: (message) => hear(message as StateMessage),
    onLost: () => say("Connection lost, coming back…", true),
  });
}

async function start(): Promise<void> {
  const flaw = await logIn();
  // A HEAD of what is not public tells whether the cookie is good, which a WebSocket that is refused does not.
  const check = flaw === undefined ? await fetch("/session", { method: "HEAD" }) : undefined;
  if (flaw !== undefined) say(flaw, true);
  else if (check?.ok) begin();
  else say("Not let in: open the address that “hawser web” has printed.", true);
}

start().catch((error: unknown) => say(`Nobody answers: ${String(error)}`, true));
