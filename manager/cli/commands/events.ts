// `hawser events`: what happens, from any time or cursor on.
import { InvalidArgumentError } from "commander";
import type { FollowEventsOptions } from "../../client/event-log.ts";
import type { Cli, DefineCommand, Example } from "../cli.ts";
import { EVENT_FILTERS, eventFilters } from "../events/event-filter.ts";
import { eventPrinter } from "../events/event-printer.ts";
import { collect } from "../filter-words.ts";
import { parseTime } from "../values/time.ts";

export const examples: readonly Example[] = [
  ["events", "what happens from now on"],
  [
    "events --since 1h --filter event=die --filter event=oom",
    "what has ended in the last hour, and what ends",
  ],
  ["events --from-cursor 246857318965249 --format json", "all behind an event that was seen, for a program"],
  [
    "events --snapshot --filter label=tier=front",
    "all containers as they are now, then what becomes of some",
  ],
];

/** As commander makes them. */
interface Flags {
  readonly since?: Date | bigint;
  readonly until?: Date;
  readonly fromCursor?: bigint;
  readonly filter: readonly string[];
  readonly expression: readonly string[];
  readonly format: string;
  readonly snapshot?: boolean;
  readonly follow: boolean;
  readonly allNamespaces?: boolean;
}

/** A number with so many digits is no time in seconds, and every cursor has them. */
const CURSOR_DIGITS = 12;

export const define: DefineCommand = (command, cli) => {
  command
    .description(
      "Prints what happens, an event a line: its cursor, its time, what it is, what it is about. A cursor is where to go on " +
        "later: each event comes once, in order. What is not kept any more is said.",
    )
    .option("--since <when>", 'from a time ("2026-01-31T12:00:00Z", "10m" ago) or behind a cursor', since)
    .option("--until <time>", "to a time, and end then", (value) => parseTime("--until", value))
    .option("--from-cursor <cursor>", "behind the event with this cursor; 0 is the beginning", cursorOf)
    .option("-f, --filter <key=value>", `only some: ${EVENT_FILTERS.join(", ")}`, collect, [])
    .option("--expression <filter>", `only some, in containerd's language: topic=="/tasks/exit"`, collect, [])
    .option(
      "--format <format>",
      "text, json (an object a line), or a Go template with Cursor, Time, Namespace, Topic, ID, Exec, Facts",
      "text",
    )
    .option("--snapshot", "first all containers as they are now")
    .option("--no-follow", "end with the last event that there is")
    .option("-A, --all-namespaces", "of all namespaces")
    .action(async (flags: Flags) => await printEvents(cli, flags));
};

async function printEvents(cli: Cli, flags: Flags): Promise<void> {
  const filters = eventFilters(flags.filter, flags.expression);
  const printer = eventPrinter(flags.format, cli);
  const options = { ...placeOf(flags), filters, signal: cli.signal };
  const client = await cli.client();
  cli.endWithReader();
  for await (const event of client.followEvents(options)) await printer.print(event);
}

function placeOf(flags: Flags): FollowEventsOptions {
  const { since, until, fromCursor, snapshot, follow, allNamespaces } = flags;
  if (fromCursor !== undefined && since !== undefined) {
    throw new InvalidArgumentError("--since and --from-cursor both say where to begin; leave one out");
  }
  const after = fromCursor ?? (typeof since === "bigint" ? since : undefined);
  return { after, since: since instanceof Date ? since : undefined, until, snapshot, follow, allNamespaces };
}

function since(value: string): Date | bigint {
  return /^\d+$/.test(value) && value.length >= CURSOR_DIGITS ? cursorOf(value) : parseTime("--since", value);
}

function cursorOf(value: string): bigint {
  if (/^\d{1,20}$/.test(value) && BigInt(value) < 2n ** 63n) return BigInt(value);
  throw new InvalidArgumentError(`"${value}" is no cursor; write the number in front of an event, or 0`);
}
