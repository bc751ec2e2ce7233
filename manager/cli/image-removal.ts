// Taking names of images away, and what must not be taken: an image that a container was made from is kept, unless somebody
// insists. Containers themselves do not need the name, their snapshots hold what they are made of.
import { Code, HawserError } from "../../proto/errors.ts";
import { Containers } from "../../proto/gen/containers.ts";
import type { Client } from "../client/client.ts";
import type { Image } from "../client/image.ts";
import { NAME_LABEL } from "../labels.ts";
import { shortImageName } from "./container-text.ts";

/** What has gone. */
export interface RemovedImage {
  /** Names that mean nothing any more. */
  readonly untagged: readonly string[];
  /** The digest, when no name means it any more. */
  readonly deleted: string | undefined;
}

/** How to remove. */
export interface ImageRemovalOptions {
  /** Although a container was made from it. */
  readonly force: boolean;
  readonly signal: AbortSignal;
}

/** Takes these names away; all of them mean one digest. Throws FailedPrecondition that names a container. */
export async function removeNames(
  client: Client,
  images: readonly Image[],
  { force, signal }: ImageRemovalOptions,
): Promise<RemovedImage> {
  const names = images.map(({ name }) => name);
  const digest = images[0]?.target.digest ?? "";
  const others = await client.images.list(
    { filters: [`target.digest==${JSON.stringify(digest)}`] },
    { signal },
  );
  const isLast = others.every(({ name }) => names.includes(name));
  if (!force) await checkUnused(client, names, signal);
  for (const [at, name] of names.entries()) {
    // What only the last name kept is collected before it is said to be gone.
    await client.images.remove(name, { sync: isLast && at === names.length - 1, signal });
  }
  return { untagged: names.map(shortImageName), deleted: isLast ? digest : undefined };
}

async function checkUnused(client: Client, names: readonly string[], signal: AbortSignal): Promise<void> {
  const filters = names.map((name) => `image==${JSON.stringify(name)}`);
  for await (const { container } of client.service(Containers).listStream({ filters }, { signal })) {
    if (container === undefined) continue;
    const user = container.labels[NAME_LABEL] ?? container.id;
    const reason = `container "${user}" was made from it; remove that first, or use --force`;
    throw new HawserError(
      Code.FailedPrecondition,
      `remove image "${shortImageName(container.image)}": ${reason}`,
    );
  }
}
