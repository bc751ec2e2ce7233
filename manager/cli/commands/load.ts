// `hawser load`: images from an archive, as `docker save`, `hawser save` and OCI tools write them.
import type { Client } from "../../client/client.ts";
import type { Image } from "../../client/image.ts";
import { normalizeName } from "../../images/image-name.ts";
import { openArchive } from "../archive-source.ts";
import type { Cli, DefineCommand, Example, Output } from "../cli.ts";
import { shortImageName } from "../container-text.ts";
import { Progress } from "../progress.ts";

export const examples: readonly Example[] = [
  ["load -i busybox.tar", "from a file; plain, gzip or zstd"],
  ["load < busybox.tar.gz", "from standard input"],
  ["load -i layout.tar --name mine:1", "say what it is called, when the archive does not"],
];

interface Flags {
  readonly input: string | undefined;
  readonly quiet: boolean;
  readonly name: string | undefined;
}

export const define: DefineCommand = (command, cli) => {
  command
    .description(
      "Takes the images out of an archive: an OCI layout or what docker save writes, plain, gzip or zstd. An archive that is " +
        "broken gives no name to anything.",
    )
    .option("-i, --input <file>", "the archive; default: standard input")
    .option("--name <image>", "what the image is called, in an archive of one", (value) =>
      normalizeName(value),
    )
    .option("-q, --quiet", "show no progress", false)
    .action(async (flags: Flags) => await load(flags, cli));
};

async function load({ input, quiet, name }: Flags, cli: Cli): Promise<void> {
  const { signal } = cli;
  const { bytes, sizeBytes } = await openArchive(input, "name a file with -i, or lead one in with <", signal);
  const client = await cli.client();
  const images = await importCounted(client, bytes, name, {
    shown: quiet ? undefined : cli.err,
    sizeBytes,
    signal,
  });
  for (const image of images) {
    await cli.out.line(`Loaded image: ${shortImageName(await fullyNamed(client, image, signal))}`);
  }
}

async function importCounted(
  client: Client,
  bytes: AsyncIterable<Buffer>,
  name: string | undefined,
  {
    shown,
    sizeBytes,
    signal,
  }: { shown: Output | undefined; sizeBytes: number | undefined; signal: AbortSignal },
): Promise<Image[]> {
  await using progress = new Progress(shown, "Loading", sizeBytes);
  return await client.images.importArchive(progress.counting(bytes), { name, signal });
}

// What other tools write may have a tag for a name, which nobody could ask for.
async function fullyNamed(client: Client, { name, target }: Image, signal: AbortSignal): Promise<string> {
  const full = normalizeName(name);
  if (full === name) return name;
  await client.images.put(full, target, { signal });
  await client.images.remove(name, { signal });
  return full;
}
