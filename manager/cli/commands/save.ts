// `hawser save`: images into an archive that docker load, hawser load and OCI tools read.

import { checkTarget, writeArchive } from "../archive-target.ts";
import type { Cli, DefineCommand, Example } from "../cli.ts";
import { findImage } from "../image-reference.ts";
import { Progress } from "../progress.ts";

export const examples: readonly Example[] = [
  ["save -o busybox.tar busybox", "into a file"],
  ["save busybox shell:1 | gzip > images.tar.gz", "several, compressed on the way"],
];

interface Flags {
  readonly output: string | undefined;
}

export const define: DefineCommand = (command, cli) => {
  command
    .description(
      "Writes images into an archive: an OCI layout with the manifest.json of docker. The same images make the same bytes. A file " +
        "is there whole or not at all.",
    )
    .argument("<image...>", "names, or beginnings of ids")
    .option("-o, --output <file>", "default: standard output")
    .action(async (references: string[], { output }: Flags) => await save(references, output, cli));
};

async function save(references: readonly string[], output: string | undefined, cli: Cli): Promise<void> {
  checkTarget(output, cli.out);
  const client = await cli.client();
  const { signal } = cli;
  const names = new Set<string>();
  for (const reference of references) names.add((await findImage(client, reference, signal)).name);
  await using progress = new Progress(cli.err, "Saving");
  await writeArchive(output, cli.out, progress.counting(client.images.exportArchive([...names], { signal })));
}
