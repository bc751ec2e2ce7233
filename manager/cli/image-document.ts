// What `hawser image inspect` says of an image: docker's document. Its id is the digest of what the name stands for.
import { Code, HawserError } from "../../proto/errors.ts";
import type { Client } from "../client/client.ts";
import type { Image } from "../client/image.ts";
import { MAX_DOCUMENT_BYTES, parseJson } from "../images/oci-document.ts";
import { shortImageName } from "./container-text.ts";
import { imageNameParts } from "./image-row.ts";

/** Makes the document of an image, for this machine's platform. `names`: all that mean the same. Throws NotFound for missing parts. */
export async function imageDocument(
  client: Client,
  image: Image,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const manifest = await image.manifest({ signal });
  const bytes = await client.content.readAll(manifest.config.digest, MAX_DOCUMENT_BYTES, { signal });
  const config = parseJson(bytes, `configuration "${manifest.config.digest}"`);
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new HawserError(
      Code.InvalidArgument,
      `inspect image "${image.name}": its configuration is no object`,
    );
  }
  const document = config as Record<string, unknown>;
  const rootfs = (document["rootfs"] ?? {}) as Record<string, unknown>;
  return {
    Id: image.target.digest,
    RepoTags: names.filter((name) => imageNameParts(name).tag !== "<none>").map(shortImageName),
    RepoDigests: names
      .map((name) => `${imageNameParts(name).repository}@${image.target.digest}`)
      .filter(isFirst),
    Created: document["created"] ?? "",
    Author: document["author"] ?? "",
    Architecture: document["architecture"] ?? "",
    ...(document["variant"] !== undefined && { Variant: document["variant"] }),
    Os: document["os"] ?? "",
    Size: await image.sizeBytes({ signal }),
    Config: document["config"] ?? {},
    RootFS: { Type: rootfs["type"] ?? "layers", Layers: rootfs["diff_ids"] ?? [] },
    Metadata: { LastTagTime: image.updatedAt },
    Hawser: {
      Names: names,
      Target: image.target,
      ConfigDigest: manifest.config.digest,
      Layers: manifest.layers.map(({ digest, size, mediaType }) => ({ digest, size, mediaType })),
      Labels: image.labels,
      IsUnpacked: await image.isUnpacked({ signal }),
      History: document["history"] ?? [],
    },
  };
}

function isFirst(value: string, at: number, all: readonly string[]): boolean {
  return all.indexOf(value) === at;
}
