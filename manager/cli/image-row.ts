// The images of a namespace as `hawser images` and its like want them: a row for each name. An image's id is the digest of what its
// name stands for: its manifest, or its index.
import { isNotFound } from "../../proto/errors.ts";
import type { Client } from "../client/client.ts";
import type { Image } from "../client/image.ts";
import { familiarName } from "../images/image-name.ts";
import { boundedMap } from "./bounded-map.ts";

/** A name of an image. */
export interface ImageRow {
  /** The full name. */
  readonly name: string;
  /** `busybox`, `quay.io/some/thing`. */
  readonly repository: string;
  /** `<none>` for a name with a digest. */
  readonly tag: string;
  /** `sha256:…`. */
  readonly digest: string;
  readonly createdAt: Date | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** What it takes in the store, compressed as it is. Undefined when it was not asked for, and where parts are missing. */
  readonly sizeBytes: bigint | undefined;
  readonly image: Image;
}

/** What to find out. */
export interface ImageRowOptions {
  readonly withSizes?: boolean;
  readonly signal?: AbortSignal;
}

/** Lists them, the newest first. */
export async function listImageRows(
  client: Client,
  { withSizes = false, signal }: ImageRowOptions = {},
): Promise<ImageRow[]> {
  const images = await client.images.list({}, { signal });
  const rows = await boundedMap(images, async (image) => {
    const sizeBytes = withSizes ? await sizeOf(image, signal) : undefined;
    return { ...imageNameParts(image.name), ...rowOf(image), sizeBytes };
  });
  return rows.sort((a, b) => timeOf(b) - timeOf(a) || (a.name < b.name ? -1 : 1));
}

/** Repository and tag of a full name; one that is no name of docker's is a repository as it is. Pure. */
export function imageNameParts(name: string): { readonly repository: string; readonly tag: string } {
  let familiar: string;
  try {
    familiar = familiarName(name);
  } catch {
    return { repository: name, tag: "<none>" };
  }
  const [rest = ""] = familiar.split("@");
  const colon = rest.lastIndexOf(":");
  if (colon <= rest.lastIndexOf("/")) return { repository: rest, tag: "<none>" };
  return { repository: rest.slice(0, colon), tag: rest.slice(colon + 1) };
}

function rowOf(image: Image) {
  const { name, target, createdAt, labels } = image;
  return { name, digest: target.digest, createdAt, labels, image };
}

// An archive of several platforms may have come without this one.
async function sizeOf(image: Image, signal: AbortSignal | undefined): Promise<bigint | undefined> {
  try {
    return await image.sizeBytes({ signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function timeOf({ createdAt }: ImageRow): number {
  return createdAt?.getTime() ?? 0;
}
