// `hawser image prune`: removes the images that no container was made from.
import { Code, HawserError } from "../../../proto/errors.ts";
import type { Cli, DefineCommand, Example } from "../cli.ts";
import { confirm } from "../confirm.ts";
import { shortImageName } from "../container-text.ts";
import { collect } from "../filter-words.ts";
import { parseImageFilter } from "../image-filter.ts";
import { pruneImages } from "../prune.ts";
import { formatSize } from "../size-text.ts";

export const examples: readonly Example[] = [
  ["image prune -a", "all that no container was made from"],
  ["image prune -a -f --filter until=240h", "those that came more than ten days ago, without a question"],
];

interface Flags {
  readonly all: boolean;
  readonly force: boolean;
  readonly filter: readonly string[];
}

export const define: DefineCommand = (command, cli) => {
  command
    .description(
      "Removes images that no container was made from. docker removes those without a name when --all is not there; here " +
        "every image has one, and layers that none refers to are collected by themselves. So --all is needed.",
    )
    .option("-a, --all", "images with names, which is all there are", false)
    .option("-f, --force", "ask nothing", false)
    .option("--filter <key=value>", "those that match: label, reference, until", collect, [])
    .action(async (flags: Flags) => await prune(flags, cli));
};

async function prune({ all, force, filter: texts }: Flags, cli: Cli): Promise<void> {
  const filter = parseImageFilter(texts);
  if (!all) {
    const reason = "there are no images without a name; use --all for those that no container was made from";
    throw new HawserError(Code.InvalidArgument, `prune images: ${reason}`);
  }
  const client = await cli.client();
  if (!force) await confirm(cli, "remove all images that no container was made from");
  const { names, reclaimedBytes } = await pruneImages(client, (row) => filter([row]).length > 0, cli.signal);
  if (names.length > 0) await cli.out.write(`Deleted Images:\n${names.map(shortImageName).join("\n")}\n\n`);
  await cli.out.line(`Total reclaimed space: ${formatSize(reclaimedBytes)}`);
}
