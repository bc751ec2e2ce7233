// Writes a JSON document of an image into the content store: a configuration, a manifest.
import type { Init } from "../../proto/codec.ts";
import { Descriptor } from "../../proto/gen/descriptor.ts";
import { digestOf } from "../images/digest.ts";
import type { CallOptions } from "./connection.ts";
import type { Content } from "./content.ts";

/** Writes it; `labels` say what it refers to. Returns what it is called. */
export async function putDocument(
  content: Content,
  mediaType: string,
  document: Readonly<Record<string, unknown>>,
  { labels = {}, ...call }: CallOptions & { readonly labels?: Readonly<Record<string, string>> } = {},
): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(document));
  const digest = digestOf(bytes);
  await content.write(`document-${digest}`, [bytes], { digest, sizeBytes: bytes.length, labels, ...call });
  const descriptor: Init<Descriptor> = { mediaType, digest, size: BigInt(bytes.length) };
  return Descriptor.create(descriptor);
}
