// An event as people and programs see it: its parts under names of their own, with plain values that JSON has. Pure.

import { ProcessState } from "../../../proto/gen/processes.ts";
import { toDate } from "../../../proto/timestamp.ts";
import type { FollowedEvent } from "../../client/event-log.ts";
import { NAME_LABEL } from "../../labels.ts";

/** A line of `hawser events`. */
export interface EventRow {
  readonly kind: "event" | "snapshot";
  readonly cursor: bigint;
  readonly time: Date | undefined;
  readonly namespace: string;
  /** `/tasks/exit`; of a snapshot `snapshot`. */
  readonly topic: string;
  /** What it is about: a container, or the name of an image; empty for others. */
  readonly id: string;
  readonly execId: string;
  /** What else it says; what is empty is left out. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The lines of what followEvents yields; none for places and gaps. */
export function rowsOf(event: FollowedEvent): EventRow[] {
  switch (event.kind) {
    case "event":
      return [rowOf(event.cursor, event.topic, event)];
    case "unknown":
      return [rowOf(event.cursor, event.unknownTopic, { ...event, payload: { ...event.payload } })];
    case "snapshot":
      return event.containers.map((container) => {
        const { namespace, containerId: id, image, labels, createdAt, processes } = container;
        const init = processes.find(({ execId }) => execId === "");
        const facts = plain({
          name: labels[NAME_LABEL],
          state: init === undefined ? "none" : stateWord(init.state),
          pid: init?.pid,
          image,
          execs: processes.filter(({ execId }) => execId !== "").length,
        });
        const { cursor } = event;
        return {
          kind: "snapshot",
          cursor,
          time: toDate(createdAt),
          namespace,
          topic: "snapshot",
          id,
          execId: "",
          facts,
        };
      });
    case "gap":
    case "position":
      return [];
  }
}

/** `running`, `stopped`… */
export function stateWord(state: number): string {
  const name =
    Object.entries(ProcessState).find(([, value]) => value === state)?.[0] ?? "PROCESS_STATE_UNKNOWN";
  return name.replace("PROCESS_STATE_", "").toLowerCase();
}

interface Told {
  readonly namespace: string;
  readonly timestamp: Date | undefined;
  readonly payload: object;
}

function rowOf(cursor: bigint, topic: string, { namespace, timestamp, payload }: Told): EventRow {
  const { containerId, id, execId, name, ...others } = payload as Readonly<Record<string, unknown>>;
  const subject = text(containerId) || text(id) || text(name);
  // An exit is about `id`: an exec, or the container again.
  const exec = text(execId) || (text(containerId) !== "" && id !== containerId ? text(id) : "");
  const facts = plain({ ...others, ...(subject === name ? {} : { name }) });
  return { kind: "event", cursor, time: timestamp, namespace, topic, id: subject, execId: exec, facts };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** What JSON has, without what says nothing. An exit status of 0 says something. */
function plain(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record)
      .map(([name, value]) => [name, plainValue(value)] as const)
      .filter(([name, value]) => name === "exitStatus" || !saysNothing(value)),
  );
}

function plainValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if ("seconds" in value && "nanos" in value) return toDate(value as { seconds: bigint; nanos: number });
  return plain({ ...value });
}

function saysNothing(value: unknown): boolean {
  if (value === undefined || value === "" || value === 0 || value === 0n || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return (
    typeof value === "object" && value !== null && !(value instanceof Date) && Object.keys(value).length === 0
  );
}
