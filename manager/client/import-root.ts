// An image of one layer from the archive of a root file system: what `docker export` and `tar -C root -c .` write, plain, gzip
// or zstd. The archive is the layer as it is.
// Always true: the layer has been unpacked before the image gets its name, so that a name is never that of a broken archive; what a
// failed import has stored goes with its lease.
import { randomBytes } from "node:crypto";
import { Code, HawserError } from "../../proto/errors.ts";
import { Descriptor } from "../../proto/gen/descriptor.ts";
import { Image as ImageRecord } from "../../proto/gen/images.ts";
import { decompress } from "../images/compression.ts";
import { Digester } from "../images/digest.ts";
import { childLabels } from "../images/gc-labels.ts";
import { MediaType } from "../images/media-type.ts";
import { descriptorJson } from "../images/oci-document.ts";
import { hostPlatform } from "../images/platform.ts";
import { compressionOf } from "../images/unpack/decompress.ts";
import type { CallOptions } from "./connection.ts";
import { Content } from "./content.ts";
import { Image } from "./image.ts";
import { putDocument } from "./image-document.ts";
import { putImage } from "./image-record.ts";
import { underLease } from "./leases.ts";
import type { Session } from "./session.ts";

/** What is said of the new image. */
export interface ImportRootOptions extends CallOptions {
  /** For its history. */
  readonly message?: string | undefined;
  /** Makes its configuration (the part `config` of an OCI image configuration) what it is to be, in place. */
  readonly configure?: ((config: Record<string, unknown>) => void) | undefined;
}

const SUFFIXES = { none: "", gzip: "+gzip", zstd: "+zstd" } as const;
const MAGIC_BYTES = 4;

/** Makes the image and gives it its name, which may have been another's. Throws InvalidArgument for what is no archive. */
export async function importRoot(
  session: Session,
  archive: AsyncIterable<Uint8Array>,
  name: string,
  { message, configure, signal }: ImportRootOptions,
): Promise<Image> {
  const call = { signal };
  return await underLease(session, call, async (leased) => {
    const content = new Content(leased);
    const ref = `import-root-${randomBytes(8).toString("hex")}`;
    const blob = await content.write(ref, archive, call);
    if (blob.sizeBytes === 0n) throw new HawserError(Code.InvalidArgument, "import archive: it is empty");
    const start = await Array.fromAsync(content.read(blob.digest, { length: MAGIC_BYTES, signal }));
    const mediaType = `${MediaType.ociLayer}${SUFFIXES[compressionOf(Buffer.concat(start))]}`;
    const layer = Descriptor.create({ mediaType, digest: blob.digest, size: blob.sizeBytes });
    const diffId = await uncompressedDigest(content.read(blob.digest, call));
    const { os, architecture, variant } = hostPlatform();
    const created = new Date().toISOString();
    const settings: Record<string, unknown> = {};
    configure?.(settings);
    const document = {
      created,
      os,
      architecture,
      ...(variant && { variant }),
      config: settings,
      rootfs: { type: "layers", diff_ids: [diffId] },
      history: [{ created, created_by: "hawser import", ...(message && { comment: message }) }],
    };
    const config = await putDocument(content, MediaType.ociConfig, document, call);
    const manifest = {
      schemaVersion: 2,
      mediaType: MediaType.ociManifest,
      config: descriptorJson(config),
      layers: [descriptorJson(layer)],
    };
    const labels = childLabels([config, layer]);
    const target = await putDocument(content, MediaType.ociManifest, manifest, { labels, ...call });
    await new Image(leased, ImageRecord.create({ name, target })).unpack(call);
    return await putImage(session, name, target, call);
  });
}

async function uncompressedDigest(layer: AsyncIterable<Uint8Array>): Promise<string> {
  const digester = new Digester();
  for await (const bytes of decompress(layer)) digester.update(bytes);
  return digester.digest();
}
