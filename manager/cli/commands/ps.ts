// `hawser ps`: the containers of a namespace, from the manager's own record. A shim that hangs delays nobody.
import { refusal } from "../../oci/refusal.ts";
import type { Cli, DefineCommand, Example } from "../cli.ts";
import { CONTAINER_FILTERS, networkOf, parseContainerFilter } from "../container-filter.ts";
import { type ContainerRow, listContainerRows } from "../container-row.ts";
import {
  boundMounts,
  commandText,
  labelsText,
  shortId,
  shortImageName,
  statusText,
  timeText,
} from "../container-text.ts";
import { collect } from "../filter-words.ts";
import { type Field, FORMAT_HELP, type Format, mentions, parseFormat, printRows } from "../format.ts";
import { formatSize } from "../size-text.ts";
import { type SnapshotSize, snapshotSizesOf } from "../snapshot-size.ts";
import { timeAgo } from "../time-text.ts";

export const examples: readonly Example[] = [
  ["ps", "containers that run"],
  ["ps -a --filter status=exited --filter exited=137", "those that were killed"],
  ["ps -q --filter label=tier=web", "ids alone, for other commands"],
  ["ps --format '{{.Names}}\\t{{.Status}}'", "columns of your own"],
  ["ps -a --format json", "an object a line"],
];

interface Flags {
  readonly all: boolean;
  readonly quiet: boolean;
  readonly last: number | undefined;
  readonly latest: boolean;
  readonly size: boolean;
  readonly trunc: boolean;
  readonly filter: readonly string[];
  readonly format: Format | undefined;
}

export const define: DefineCommand = (command, cli) => {
  command
    .option("-a, --all", "those that do not run, too", false)
    .option("-q, --quiet", "ids alone", false)
    .option("-n, --last <number>", "the newest, whatever they do", parseCount)
    .option("-l, --latest", "the newest, whatever it does", false)
    .option("-s, --size", "how much room they take", false)
    .option("--no-trunc", "cut nothing")
    .option("-f, --filter <key=value>", `those that match: ${CONTAINER_FILTERS.join(", ")}`, collect, [])
    .option("--format <format>", FORMAT_HELP, parseFormat)
    .action(async (flags: Flags) => await listContainers(flags, cli));
};

async function listContainers(flags: Flags, cli: Cli): Promise<void> {
  const { out, signal } = cli;
  const filter = parseContainerFilter(flags.filter);
  const last = flags.last ?? (flags.latest ? 1 : undefined);
  const onlyRunning = !flags.all && last === undefined && !filter.includesEnded;
  const withSpec = !flags.quiet || filter.needsSpec;
  const client = await cli.client();
  const found = filter.apply(await listContainerRows(client, { onlyRunning, withSpec, signal }));
  const rows = last === undefined ? found : found.slice(0, last);
  const isWhole = !flags.trunc;
  if (flags.quiet) {
    const fields: Field<ContainerRow>[] = [
      { name: "ID", title: "", of: ({ id }) => (isWhole ? id : shortId(id)) },
    ];
    return await printRows(out, rows, { fields, columns: [], format: parseFormat("{{.ID}}") });
  }
  const hasSize = flags.size || (flags.format !== undefined && mentions(flags.format, "Size"));
  const sizes = hasSize ? await snapshotSizesOf(client, rows, signal) : undefined;
  const columns = [
    "ID",
    "Image",
    "Command",
    "RunningFor",
    "Status",
    "Names",
    ...(flags.size ? ["Size"] : []),
  ];
  await printRows(out, rows, { fields: fieldsOf(isWhole, sizes), columns, format: flags.format, isWhole });
}

function fieldsOf(
  isWhole: boolean,
  sizes: ReadonlyMap<string, SnapshotSize> | undefined,
): Field<ContainerRow>[] {
  const now = Date.now();
  return [
    { name: "ID", title: "CONTAINER ID", of: ({ id }) => (isWhole ? id : shortId(id)) },
    { name: "Names", title: "NAMES", of: ({ name }) => name, isElastic: true },
    { name: "Image", title: "IMAGE", of: ({ image }) => shortImageName(image), isElastic: true },
    { name: "Command", title: "COMMAND", of: (row) => commandText(row, isWhole), isElastic: true },
    { name: "CreatedAt", title: "CREATED AT", of: ({ createdAt }) => timeText(createdAt) },
    { name: "RunningFor", title: "CREATED", of: ({ createdAt }) => timeAgo(createdAt, now) },
    { name: "Status", title: "STATUS", of: (row) => statusText(row, now) },
    { name: "State", title: "STATE", of: ({ state }) => state },
    { name: "Labels", title: "LABELS", of: ({ labels }) => labelsText(labels), isElastic: true },
    {
      name: "Label",
      title: "LABEL",
      of:
        ({ labels }) =>
        (name: unknown) =>
          labels[String(name)] ?? "",
      isTemplateOnly: true,
    },
    { name: "Mounts", title: "MOUNTS", of: (row) => mountsText(row), isElastic: true },
    { name: "Networks", title: "NETWORKS", of: (row) => (row.spec === undefined ? "" : networkOf(row)) },
    { name: "Runtime", title: "RUNTIME", of: ({ runtime }) => runtime },
    { name: "Pid", title: "PID", of: ({ process }) => process?.pid ?? 0 },
    { name: "Restarts", title: "RESTARTS", of: ({ process }) => process?.restarts ?? 0 },
    { name: "Size", title: "SIZE", of: ({ snapshotKey }) => sizeText(sizes?.get(snapshotKey)) },
  ];
}

function mountsText({ spec }: ContainerRow): string {
  return boundMounts(spec)
    .map(({ source }) => source)
    .join(",");
}

function sizeText(size: SnapshotSize | undefined): string {
  if (size === undefined) return "0B";
  return `${formatSize(size.ownBytes)} (virtual ${formatSize(size.totalBytes)})`;
}

function parseCount(value: string): number {
  if (/^\d{1,6}$/.test(value)) return Number(value);
  throw refusal({ flag: "--last", value }, "no number", "write how many");
}
