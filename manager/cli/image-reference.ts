// Which image somebody means: by its name as people write it, or by the beginning of its digest.
import { Code, HawserError, isNotFound } from "../../proto/errors.ts";
import type { Client } from "../client/client.ts";
import type { Image } from "../client/image.ts";
import { normalizeName } from "../images/image-name.ts";

const DIGEST = /^(?:sha256:)?([0-9a-f]{4,64})$/;

/** The full name that is meant; undefined for what can be the beginning of a digest alone. Throws InvalidArgument for neither. Pure. */
export function nameIn(reference: string): string | undefined {
  const digits = DIGEST.exec(reference)?.[1];
  // 64 digits are refused as a name.
  return digits?.length === 64 || reference.startsWith("sha256:") ? undefined : normalizeName(reference);
}

/** Finds it. Throws NotFound that says how images come here, and InvalidArgument for what is no name. */
export async function findImage(client: Client, reference: string, signal?: AbortSignal): Promise<Image> {
  const name = nameIn(reference);
  if (name !== undefined) {
    try {
      return await client.images.get(name, { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  const digits = DIGEST.exec(reference)?.[1];
  const byDigest = digits === undefined ? undefined : await findByDigest(client, reference, digits, signal);
  if (byDigest !== undefined) return byDigest;
  const advice =
    "bring it with hawser load or hawser import (registries are not served yet); see: hawser images";
  throw new HawserError(Code.NotFound, `image ${JSON.stringify(reference)}: it is not here; ${advice}`);
}

async function findByDigest(
  client: Client,
  reference: string,
  digits: string,
  signal: AbortSignal | undefined,
): Promise<Image | undefined> {
  const images = await client.images.list({ filters: [`target.digest~="^sha256:${digits}"`] }, { signal });
  const digests = new Set(images.map(({ target }) => target.digest));
  if (digests.size <= 1) return images[0];
  const reason = `${digests.size} images begin so; write more of it`;
  throw new HawserError(Code.InvalidArgument, `image ${JSON.stringify(reference)}: ${reason}`);
}
