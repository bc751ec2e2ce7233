// The media types of layers, and what they say about the bytes. Pure.
import { Code, HawserError } from "../../proto/errors.ts";
import type { Compression } from "./unpack/decompress.ts";

/** Media type of an uncompressed layer. */
export const LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar";

const LAYER =
  /^application\/vnd\.(?:oci\.image\.layer(?:\.nondistributable)?\.v1\.tar(?:\+(gzip|zstd))?|docker\.image\.rootfs\.(?:diff|foreign\.diff)\.tar(?:\.(gzip|zstd))?)$/;

/** How a layer of this type is compressed. Throws Unimplemented for what is no layer that we know. */
export function layerCompression(mediaType: string): Compression {
  const match = LAYER.exec(mediaType);
  if (match === null) {
    const reason = "it is not one of a layer as tar, plain or with gzip or zstd";
    throw new HawserError(
      Code.Unimplemented,
      `read media type ${JSON.stringify(mediaType.slice(0, 200))}: ${reason}`,
    );
  }
  return (match[1] ?? match[2] ?? "none") as Compression;
}
