// `hawser container prune`: removes the containers that do not run.
import type { Cli, DefineCommand, Example } from "../cli.ts";
import { confirm } from "../confirm.ts";
import { collect, hasLabels, parseFilterWords } from "../filter-words.ts";
import { pruneContainers } from "../prune.ts";
import { formatSize } from "../size-text.ts";
import { parseTime } from "../values/time.ts";

export const examples: readonly Example[] = [
  ["container prune", "all that have ended, or were never started"],
  ["container prune -f --filter until=24h", "those that were made more than a day ago, without a question"],
];

interface Flags {
  readonly force: boolean;
  readonly filter: readonly string[];
}

/** Something that may go. */
type Prunable = { readonly labels: Readonly<Record<string, string>>; readonly createdAt: Date | undefined };

export const define: DefineCommand = (command, cli) => {
  command
    .option("-f, --force", "ask nothing", false)
    .option("--filter <key=value>", "those that match: label, until", collect, [])
    .action(async (flags: Flags) => await prune(flags, cli));
};

async function prune({ force, filter }: Flags, cli: Cli): Promise<void> {
  const isMeant = parsePruneFilter(filter);
  const client = await cli.client();
  if (!force) await confirm(cli, "remove all containers that do not run");
  const { names, reclaimedBytes } = await pruneContainers(client, isMeant, cli.signal);
  if (names.length > 0) await cli.out.write(`Deleted Containers:\n${names.join("\n")}\n\n`);
  await cli.out.line(`Total reclaimed space: ${formatSize(reclaimedBytes)}`);
}

/** What `--filter` means for what is to go. */
export function parsePruneFilter(texts: readonly string[]): (row: Prunable) => boolean {
  const words = parseFilterWords(texts, ["label", "until"]);
  const until = (words.get("until") ?? []).map((value) => parseTime("--filter until", value).getTime());
  return ({ labels, createdAt }) =>
    hasLabels(labels, words.get("label") ?? []) &&
    until.every((bound) => (createdAt?.getTime() ?? 0) < bound);
}
