// What becomes of containers by what happens: the state of each, from a snapshot on, as the page shows it. Pure.
// Always true: to hear an event again that the snapshot shows already changes nothing for long: the next one puts it right.

import type { SnapshotContainer } from "../../proto/gen/event-log.ts";
import { toDate } from "../../proto/timestamp.ts";
import { stateWord } from "../cli/events/event-row.ts";
import type { FollowedEvent } from "../client/event-log.ts";
import { NAME_LABEL } from "../labels.ts";
import type { ContainerState, ExecState } from "./wire.ts";

/** What a change is. */
export type StateChange =
  | { readonly kind: "changed"; readonly container: ContainerState }
  /** A container is new, or its record has changed: ask for its name. */
  | { readonly kind: "described"; readonly id: string }
  | { readonly kind: "removed"; readonly id: string };

/** The containers of a page. */
export class ContainerStates {
  readonly #containers = new Map<string, ContainerState>();

  /** Begins anew. */
  reset(containers: readonly SnapshotContainer[]): void {
    this.#containers.clear();
    for (const container of containers) this.#containers.set(container.containerId, stateOf(container));
  }

  /** All, the newest first. */
  list(): ContainerState[] {
    return [...this.#containers.values()].toSorted(
      (a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1),
    );
  }

  /** What the record of a container says; undefined when there is none any more. */
  describe(
    id: string,
    info: {
      readonly labels: Readonly<Record<string, string>>;
      readonly image: string;
      readonly createdAt: Date | undefined;
    },
  ): StateChange | undefined {
    const createdAt = info.createdAt?.getTime() ?? 0;
    return this.#update(id, () => ({ name: info.labels[NAME_LABEL] ?? "", image: info.image, createdAt }));
  }

  /** Takes an event; undefined when nothing changes. */
  take(event: FollowedEvent): StateChange | undefined {
    if (event.kind !== "event") return undefined;
    switch (event.topic) {
      case "/containers/create": {
        const { id, image } = event.payload;
        const createdAt = event.timestamp?.getTime() ?? 0;
        this.#containers.set(id, { id, name: "", image, state: "none", pid: 0, createdAt, execs: [] });
        return { kind: "described", id };
      }
      case "/containers/update":
        return { kind: "described", id: event.payload.id };
      case "/containers/delete":
        return this.#containers.delete(event.payload.id)
          ? { kind: "removed", id: event.payload.id }
          : undefined;
      case "/tasks/create":
        return this.#update(event.payload.containerId, () => ({
          ...{ state: "created", pid: event.payload.pid, exitStatus: undefined, execs: [] },
        }));
      case "/tasks/start":
        return this.#update(event.payload.containerId, () => ({ state: "running", pid: event.payload.pid }));
      case "/tasks/paused":
        return this.#update(event.payload.containerId, () => ({ state: "paused" }));
      case "/tasks/resumed":
        return this.#update(event.payload.containerId, () => ({ state: "running" }));
      case "/tasks/exec-added":
        return this.#exec(event.payload.containerId, { id: event.payload.execId, state: "created" });
      case "/tasks/exec-started":
        return this.#exec(event.payload.containerId, { id: event.payload.execId, state: "running" });
      case "/tasks/exit": {
        const { containerId, id, exitStatus } = event.payload;
        if (id !== containerId) return this.#exec(containerId, { id, state: "stopped" });
        return this.#update(containerId, () => ({ state: "stopped", pid: 0, exitStatus }));
      }
      default:
        return undefined;
    }
  }

  #exec(containerId: string, exec: ExecState): StateChange | undefined {
    return this.#update(containerId, ({ execs }) => ({
      execs: [...execs.filter(({ id }) => id !== exec.id), exec],
    }));
  }

  #update(id: string, change: (before: ContainerState) => Partial<ContainerState>): StateChange | undefined {
    const before = this.#containers.get(id);
    if (before === undefined) return undefined;
    const container = { ...before, ...change(before) };
    this.#containers.set(id, container);
    return { kind: "changed", container };
  }
}

function stateOf({ containerId, image, labels, createdAt, processes }: SnapshotContainer): ContainerState {
  const init = processes.find(({ execId }) => execId === "");
  const end = init?.end;
  return {
    id: containerId,
    name: labels[NAME_LABEL] ?? "",
    image,
    state: init === undefined ? "none" : stateWord(init.state),
    pid: init?.pid ?? 0,
    exitStatus: end === undefined || end.isUnknown ? undefined : end.exitStatus,
    createdAt: toDate(createdAt)?.getTime() ?? 0,
    execs: processes
      .filter(({ execId }) => execId !== "")
      .map(({ execId, state }) => ({ id: execId, state: stateWord(state) })),
  };
}
