// `hawser stats`: what containers use, as a table that is drawn anew every second.
import { setTimeout as pause } from "node:timers/promises";
import type { Cli, DefineCommand, Example, Output } from "../cli.ts";
import { type Field, FORMAT_HELP, type Format, parseFormat, printRows } from "../format.ts";
import { formatMemory, formatSize } from "../size-text.ts";
import { type ContainerStats, StatsSampler } from "../stats/stats-sampler.ts";

export const examples: readonly Example[] = [
  ["stats", "everything that runs, until Ctrl-C"],
  ["stats --no-stream --format '{{.Name}} {{.MemUsage}}'", "once, for a script"],
];

interface Flags {
  readonly stream: boolean;
  readonly trunc: boolean;
  readonly format?: string;
}

/** Between two looks. Milliseconds. */
const PERIOD_MS = 1_000;
const SHORT_ID_LENGTH = 12;
const CURSOR_HOME = "\x1b[H";
const CLEAR_LINE_END = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";
const CLEAR_SCREEN = "\x1b[2J";

/** docker's names. */
function fieldsOf(isWhole: boolean): Field<ContainerStats>[] {
  const idOf = ({ id }: ContainerStats): string => (isWhole ? id : id.slice(0, SHORT_ID_LENGTH));
  return [
    { name: "ID", title: "CONTAINER ID", of: idOf },
    { name: "Container", title: "CONTAINER", of: idOf },
    { name: "Name", title: "NAME", of: ({ name }) => name, isElastic: true },
    { name: "CPUPerc", title: "CPU %", of: ({ cpuPercent }) => percent(cpuPercent) },
    { name: "MemUsage", title: "MEM USAGE / LIMIT", of: memory },
    {
      name: "MemPerc",
      title: "MEM %",
      of: ({ counters: { memoryBytes, memoryLimitBytes } }) => percent(share(memoryBytes, memoryLimitBytes)),
    },
    { name: "NetIO", title: "NET I/O", of: network },
    {
      name: "BlockIO",
      title: "BLOCK I/O",
      of: ({ counters: { readBytes, writtenBytes } }) =>
        `${formatSize(readBytes)} / ${formatSize(writtenBytes)}`,
    },
    { name: "PIDs", title: "PIDS", of: ({ counters: { pids } }) => String(pids) },
  ];
}

const COLUMNS = ["ID", "Name", "CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs"];

export const define: DefineCommand = (command, cli) => {
  command
    .description("Show what containers use, every second: those that are named, or all that run.")
    .argument("[containers...]", "ids or names")
    .option("-a, --all", "accepted for docker's sake: what does not run uses nothing")
    .option("--no-stream", "look twice, a second apart, and end")
    .option("--no-trunc", "whole ids")
    .option("--format <format>", FORMAT_HELP)
    .action(async (references: readonly string[], flags: Flags) => {
      const format = flags.format === undefined ? undefined : parseFormat(flags.format);
      const containers = await Promise.all(references.map((reference) => cli.container(reference)));
      const sampler = new StatsSampler(
        await cli.client(),
        containers.map(({ id }) => id),
      );
      await show(cli, sampler, { format, isWhole: !flags.trunc, isLive: flags.stream });
    });
};

interface ShowOptions {
  readonly format: Format | undefined;
  readonly isWhole: boolean;
  readonly isLive: boolean;
}

async function show(
  cli: Cli,
  sampler: StatsSampler,
  { format, isWhole, isLive }: ShowOptions,
): Promise<void> {
  const { out, signal } = cli;
  const isDrawn = isLive && out.isTerminal && (format === undefined || format.kind !== "json");
  const options = { fields: fieldsOf(isWhole), columns: COLUMNS, format, isWhole };
  try {
    await sampler.sample(signal);
    if (isDrawn) await out.write(CLEAR_SCREEN);
    do {
      await pause(PERIOD_MS, undefined, { signal });
      const rows = await sampler.sample(signal);
      if (isDrawn) await draw(out, (screen) => printRows(screen, rows, options));
      else await printRows(out, rows, options);
    } while (isLive);
  } catch (error) {
    // Ctrl-C is how this is ended.
    if (!isLive || !signal.aborted) throw error;
  }
}

// In one write, over what was there: a screen that is cleared first flickers.
async function draw(out: Output, print: (screen: Output) => Promise<void>): Promise<void> {
  let text = "";
  const write = async (data: string | Uint8Array): Promise<void> => {
    text += data.toString();
  };
  const { isTerminal, columns, hasColour } = out;
  await print({ write, line: (line) => write(`${line}\n`), isTerminal, columns, hasColour });
  await out.write(`${CURSOR_HOME}${text.replaceAll("\n", `${CLEAR_LINE_END}\n`)}${CLEAR_BELOW}`);
}

function memory({ counters: { memoryBytes, memoryLimitBytes } }: ContainerStats): string {
  return `${formatMemory(memoryBytes)} / ${formatMemory(memoryLimitBytes)}`;
}

function network({ network: counted }: ContainerStats): string {
  if (counted === undefined) return "--";
  return `${formatSize(counted.receivedBytes)} / ${formatSize(counted.sentBytes)}`;
}

function share(part: bigint, whole: bigint): number {
  return whole === 0n ? 0 : Number((part * 10_000n) / whole) / 100;
}

function percent(value: number | undefined): string {
  return value === undefined ? "--" : `${value.toFixed(2)}%`;
}
