// How events are printed: a line each, with its cursor in front; JSON, an object a line; or a template. What is missing is part of
// the JSON, and said on standard error otherwise.
import type { EventLogGap, FollowedEvent } from "../../client/event-log.ts";
import { visibleText } from "../display-text.ts";
import { type Field, parseFormat, printRows } from "../format.ts";
import type { Output } from "../output.ts";
import { toJson } from "../template/values.ts";
import { type EventRow, rowsOf } from "./event-row.ts";

const GAP_WORDS = {
  pruned: "are not kept any more",
  lagged: "were removed before they were read",
  lost: "may have been lost when the machine went down",
  unknown: "are missing",
} as const;

const FIELDS: readonly Field<EventRow>[] = [
  { name: "Cursor", title: "CURSOR", of: (row) => row.cursor },
  { name: "Time", title: "TIME", of: (row) => row.time?.toISOString() ?? "" },
  { name: "Namespace", title: "NAMESPACE", of: (row) => row.namespace },
  { name: "Topic", title: "TOPIC", of: (row) => row.topic },
  { name: "ID", title: "ID", of: (row) => row.id },
  { name: "Exec", title: "EXEC", of: (row) => row.execId },
  { name: "Facts", title: "FACTS", of: (row) => row.facts },
];

/** Prints what followEvents yields. */
export interface EventPrinter {
  print(event: FollowedEvent): Promise<void>;
}

/** The printer of a format: `text`, `json` or a template. Throws InvalidArgument for a bad template. */
export function eventPrinter(format: string, { out, err }: { out: Output; err: Output }): EventPrinter {
  const complain = async (gap: EventLogGap) => await err.line(`hawser: ${gapText(gap)}`);
  if (format === "json") return { print: async (event) => await printJson(out, event) };
  if (format === "text") {
    return {
      async print(event) {
        if (event.kind === "gap") await complain(event);
        for (const row of rowsOf(event)) await out.line(lineOf(row));
      },
    };
  }
  const template = parseFormat(format);
  return {
    async print(event) {
      if (event.kind === "gap") await complain(event);
      await printRows(out, rowsOf(event), { fields: FIELDS, columns: [], format: template });
    },
  };
}

async function printJson(out: Output, event: FollowedEvent): Promise<void> {
  if (event.kind === "gap") {
    const { kind, cursor, from, to, reason } = event;
    return await out.line(toJson({ kind, cursor, from, to, reason }));
  }
  if (event.kind === "position") {
    const { kind, cursor, isCaughtUp } = event;
    return await out.line(toJson({ kind, cursor, isCaughtUp }));
  }
  for (const row of rowsOf(event)) await out.line(toJson(row));
}

/** What a gap says, for people. */
export function gapText({ from, to, reason }: EventLogGap): string {
  const behind = from === 0n ? "" : `behind cursor ${from} and `;
  return `events: those ${behind}before ${to} ${GAP_WORDS[reason]}`;
}

/** `246857318965249 2026-11-25T14:00:00.123Z /tasks/exit web exec=e1 pid=7 exitStatus=0` */
export function lineOf({ cursor, time, topic, id, execId, facts }: EventRow): string {
  const words = wordsOf("", facts);
  const parts = [cursor, time?.toISOString() ?? "-", topic, id || "-", execId && `exec=${execId}`, ...words];
  return visibleText(parts.filter((part) => part !== "").join(" "));
}

// `runtime.name=io.containerd.hawser.v2`
function wordsOf(prefix: string, facts: object): string[] {
  return Object.entries(facts).flatMap(([name, value]: [string, unknown]) => {
    const isNested =
      typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
    return isNested ? wordsOf(`${prefix}${name}.`, value) : [`${prefix}${name}=${factText(value)}`];
  });
}

function factText(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  const text = typeof value === "string" ? value : toJson(value);
  return typeof value === "string" && /[\s"=]/.test(text) ? JSON.stringify(text) : text;
}
