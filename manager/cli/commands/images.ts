// `hawser images`: the images of a namespace, a row for each name.
import type { Cli, DefineCommand, Example } from "../cli.ts";
import { shortDigest, timeText } from "../container-text.ts";
import { collect } from "../filter-words.ts";
import { type Field, FORMAT_HELP, type Format, mentions, parseFormat, printRows } from "../format.ts";
import { IMAGE_FILTERS, parseImageFilter } from "../image-filter.ts";
import { type ImageRow, listImageRows } from "../image-row.ts";
import { formatSize } from "../size-text.ts";
import { timeAgo } from "../time-text.ts";

export const examples: readonly Example[] = [
  ["images", "all of them"],
  ["images 'busy*'", "those whose names match"],
  ["images --format '{{.Repository}}:{{.Tag}} {{.Size}}'", "columns of your own"],
];

interface Flags {
  readonly quiet: boolean;
  readonly digests: boolean;
  readonly trunc: boolean;
  readonly filter: readonly string[];
  readonly format: Format | undefined;
}

export const define: DefineCommand = (command, cli) => {
  command
    .description(
      "Lists the images of the namespace. CREATED is when a name came to mean what it means, SIZE what the image takes in the " +
        "store, compressed as it is.",
    )
    .argument("[pattern]", "only names that match, with or without their tag: busybox, 'busy*'")
    .option("-a, --all", "for docker's sake: all are shown anyway", false)
    .option("-q, --quiet", "ids alone", false)
    .option("--digests", "whole digests, too", false)
    .option("--no-trunc", "cut nothing")
    .option("-f, --filter <key=value>", `those that match: ${IMAGE_FILTERS.join(", ")}`, collect, [])
    .option("--format <format>", FORMAT_HELP, parseFormat)
    .action(async (pattern: string | undefined, flags: Flags) => await listImages(pattern, flags, cli));
};

async function listImages(pattern: string | undefined, flags: Flags, cli: Cli): Promise<void> {
  const { quiet, format, digests } = flags;
  const filter = parseImageFilter(flags.filter, pattern);
  const isWhole = !flags.trunc;
  const withSizes = !quiet && (format === undefined || !("text" in format) || mentions(format, "Size"));
  const rows = filter(await listImageRows(await cli.client(), { withSizes, signal: cli.signal }));
  const fields = fieldsOf(isWhole);
  if (quiet) {
    // Several names may mean one image.
    const ids = [...new Map(rows.map((row) => [row.digest, row])).values()];
    return await printRows(cli.out, ids, { fields, columns: [], format: parseFormat("{{.ID}}") });
  }
  const columns = ["Repository", "Tag", ...(digests ? ["Digest"] : []), "ID", "CreatedSince", "Size"];
  await printRows(cli.out, rows, { fields, columns, format, isWhole });
}

function fieldsOf(isWhole: boolean): Field<ImageRow>[] {
  const now = Date.now();
  return [
    { name: "Repository", title: "REPOSITORY", of: ({ repository }) => repository, isElastic: true },
    { name: "Tag", title: "TAG", of: ({ tag }) => tag, isElastic: true },
    { name: "Digest", title: "DIGEST", of: ({ digest }) => digest },
    { name: "ID", title: "IMAGE ID", of: ({ digest }) => (isWhole ? digest : shortDigest(digest)) },
    { name: "Name", title: "NAME", of: ({ name }) => name, isElastic: true },
    { name: "CreatedSince", title: "CREATED", of: ({ createdAt }) => timeAgo(createdAt, now) },
    { name: "CreatedAt", title: "CREATED AT", of: ({ createdAt }) => timeText(createdAt) },
    {
      name: "Size",
      title: "SIZE",
      of: ({ sizeBytes }) => (sizeBytes === undefined ? "N/A" : formatSize(sizeBytes)),
    },
  ];
}
