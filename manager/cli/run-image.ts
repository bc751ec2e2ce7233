// The image that a container is to be made from. The first image, which needs no network, comes here when it is asked for.
import { isNotFound } from "../../proto/errors.ts";
import type { Client } from "../client/client.ts";
import type { Image } from "../client/image.ts";
import { importFirstImage } from "./first-image.ts";
import { findImage, nameIn } from "./image-reference.ts";
import type { Output } from "./output.ts";

/** Finds it. Throws as `findImage` does. */
export async function findRunImage(
  client: Client,
  reference: string,
  { err, signal }: { readonly err: Output; readonly signal?: AbortSignal },
): Promise<Image> {
  try {
    return await findImage(client, reference, signal);
  } catch (notHere) {
    const name = isNotFound(notHere) ? nameIn(reference) : undefined;
    const first = name === undefined ? undefined : await importFirstImage(client, name, err, signal);
    if (first !== undefined) return first;
    throw notHere;
  }
}
