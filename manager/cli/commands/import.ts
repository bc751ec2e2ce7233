// `hawser import`: an image of one layer from the archive of a root file system.
import { normalizeName } from "../../images/image-name.ts";
import { openArchive } from "../archive-source.ts";
import type { Cli, DefineCommand, Example } from "../cli.ts";
import { collect } from "../filter-words.ts";
import { Progress } from "../progress.ts";
import { parseImageChange } from "../values/image-change.ts";

export const examples: readonly Example[] = [
  ["import root.tar mine:1", "an image of what tar -C root -cf root.tar . wrote"],
  [`import -c 'CMD ["sh"]' - mine:1 < root.tar.gz`, "from standard input, and what it runs"],
];

interface Flags {
  readonly change: readonly string[];
  readonly message: string | undefined;
}

export const define: DefineCommand = (command, cli) => {
  command
    .description(
      "Makes an image of one layer from the archive of a root file system, and prints its digest. An archive of images is what " +
        "hawser load takes.",
    )
    .argument("<file>", '"-" is standard input; plain, gzip or zstd')
    .argument("<image>", "what to call it")
    .option("-c, --change <instruction>", "what a Dockerfile would say, as for commit", collect, [])
    .option("-m, --message <text>", "for its history")
    .action(async (file: string, image: string, flags: Flags) => await importRoot(file, image, flags, cli));
};

async function importRoot(file: string, image: string, { change, message }: Flags, cli: Cli): Promise<void> {
  const name = normalizeName(image);
  const changes = change.map(parseImageChange);
  const { bytes, sizeBytes } = await openArchive(file, "lead an archive in with <", cli.signal);
  const client = await cli.client();
  const made = await (async () => {
    await using progress = new Progress(cli.err, "Importing", sizeBytes);
    return await client.images.importRoot(progress.counting(bytes), name, {
      message,
      configure: (config) => {
        for (const one of changes) one(config);
      },
      signal: cli.signal,
    });
  })();
  await cli.out.line(made.target.digest);
}
