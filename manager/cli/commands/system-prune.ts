// `hawser system prune`: removes the containers that do not run and, with --all, the images that no container was made from.
import type { Cli, DefineCommand, Example } from "../cli.ts";
import { confirm } from "../confirm.ts";
import { shortImageName } from "../container-text.ts";
import { collect } from "../filter-words.ts";
import { pruneContainers, pruneImages } from "../prune.ts";
import { formatSize } from "../size-text.ts";
import { parsePruneFilter } from "./container-prune.ts";

export const examples: readonly Example[] = [
  ["system prune", "containers that do not run"],
  ["system prune -a -f", "and images that are not used then, without a question"],
];

interface Flags {
  readonly all: boolean;
  readonly force: boolean;
  readonly filter: readonly string[];
}

export const define: DefineCommand = (command, cli) => {
  command
    .option("-a, --all", "and images that no container was made from", false)
    .option("-f, --force", "ask nothing", false)
    .option("--filter <key=value>", "those that match: label, until", collect, [])
    .action(async (flags: Flags) => await prune(flags, cli));
};

async function prune({ all, force, filter }: Flags, cli: Cli): Promise<void> {
  const { out, signal } = cli;
  const isMeant = parsePruneFilter(filter);
  const client = await cli.client();
  const images = all ? " and all images that no container was made from" : "";
  if (!force) await confirm(cli, `remove all containers that do not run${images}`);
  const containers = await pruneContainers(client, isMeant, signal);
  if (containers.names.length > 0) await out.write(`Deleted Containers:\n${containers.names.join("\n")}\n\n`);
  let reclaimedBytes = containers.reclaimedBytes;
  if (all) {
    const pruned = await pruneImages(client, isMeant, signal);
    if (pruned.names.length > 0)
      await out.write(`Deleted Images:\n${pruned.names.map(shortImageName).join("\n")}\n\n`);
    reclaimedBytes += pruned.reclaimedBytes;
  }
  await out.line(`Total reclaimed space: ${formatSize(reclaimedBytes)}`);
}
