// `hawser rmi`: takes names of images away, and with the last name of an image the image.
import { HawserError, isNotFound } from "../../../proto/errors.ts";
import type { Client } from "../../client/client.ts";
import type { Image } from "../../client/image.ts";
import { type Cli, type DefineCommand, type Example, ExitStatus } from "../cli.ts";
import { findImage } from "../image-reference.ts";
import { removeNames } from "../image-removal.ts";

export const examples: readonly Example[] = [
  ["rmi busybox", "take the name away, and the image if it has no other"],
  ["rmi 3f8a", "by the beginning of its id: all of its names"],
];

interface Flags {
  readonly force: boolean;
}

export const define: DefineCommand = (command, cli) => {
  command
    .argument("<image...>", "names, or beginnings of ids")
    .option("-f, --force", "although containers were made from it; one that is not there is no error", false)
    .option("--no-prune", "for docker's sake: layers without an image are garbage here, and collected")
    .action(async (references: string[], { force }: Flags) => {
      const client = await cli.client();
      let hasFailed = false;
      for (const reference of references) {
        try {
          await remove(reference, force, client, cli);
        } catch (caught) {
          cli.signal.throwIfAborted();
          if (force && isNotFound(caught)) continue;
          hasFailed = true;
          await cli.err.line(`hawser: ${HawserError.from(caught).message}`);
        }
      }
      if (hasFailed) throw new ExitStatus(1);
    });
};

async function remove(
  reference: string,
  force: boolean,
  client: Client,
  { out, signal }: Cli,
): Promise<void> {
  const image = await findImage(client, reference, signal);
  const { untagged, deleted } = await removeNames(client, await namesOf(client, image, reference, signal), {
    force,
    signal,
  });
  for (const name of untagged) await out.line(`Untagged: ${name}`);
  if (deleted !== undefined) await out.line(`Deleted: ${deleted}`);
}

// Whoever writes an id means all that is called by it.
async function namesOf(
  client: Client,
  image: Image,
  reference: string,
  signal: AbortSignal,
): Promise<Image[]> {
  const digits = reference.replace(/^sha256:/, "");
  const isId = image.target.digest.startsWith(`sha256:${digits}`) && !image.name.includes(`/${reference}:`);
  if (!isId) return [image];
  return await client.images.list(
    { filters: [`target.digest==${JSON.stringify(image.target.digest)}`] },
    { signal },
  );
}
