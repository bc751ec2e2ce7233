// The image that needs no network: where nobody has brought busybox, it is made of this machine's own, and said so.
import type { Client } from "../client/client.ts";
import type { Image } from "../client/image.ts";
import { EMBEDDED_IMAGE, embeddedImageArchive } from "../images/embedded-image.ts";
import type { Output } from "./output.ts";

/**
 * Brings `name`, a full name, here when it is that image; undefined for any other. Throws FailedPrecondition, saying what to install,
 * when the machine has no static busybox.
 */
export async function importFirstImage(
  client: Client,
  name: string,
  err: Output,
  signal?: AbortSignal,
): Promise<Image | undefined> {
  if (name !== EMBEDDED_IMAGE) return undefined;
  await err.line("hawser: busybox is not here yet: made it of this machine's /bin/busybox");
  const [image] = await client.images.importArchive(embeddedImageArchive(), { signal });
  return image;
}
