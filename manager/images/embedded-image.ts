// The image that every machine has: busybox made from the host's own, as an archive in OCI's layout. With it the first container
// needs no network. The same busybox gives the same bytes, and so the same digests.
import { TAR_END, tarHeader, tarPadding } from "../trees/tar-writer.ts";
import { INDEX_FILE, LAYOUT_FILE } from "./archive-contents.ts";
import { digestOf } from "./digest.ts";
import { type BusyboxEntry, busyboxEntries } from "./embedded-busybox.ts";
import { IMAGE_NAME_ANNOTATION, normalizeName } from "./image-name.ts";
import { MediaType } from "./media-type.ts";
import { hostPlatform } from "./platform.ts";
import { type ArchiveFile, writeTar } from "./tar-writer.ts";

/** Its full name. */
export const EMBEDDED_IMAGE = "docker.io/library/busybox:latest";

/** Whether a reference, in any form, means it. Throws InvalidArgument for what is no reference. */
export function isEmbeddedImage(reference: string): boolean {
  return normalizeName(reference) === EMBEDDED_IMAGE;
}

/**
 * The archive, for whoever imports images: a few megabytes. Throws FailedPrecondition, saying what to install, when the host has no
 * static busybox.
 */
export async function* embeddedImageArchive(): AsyncGenerator<Uint8Array, void, undefined> {
  const { architecture, os } = hostPlatform();
  const layer = layerOf(await busyboxEntries());
  const config = jsonOf({
    created: "1970-01-01T00:00:00Z",
    architecture,
    os,
    config: { Env: ["PATH=/bin:/usr/bin"], Cmd: ["sh"] },
    rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
    history: [{ created: "1970-01-01T00:00:00Z", created_by: "hawser: the host's static busybox" }],
  });
  const manifest = jsonOf({
    schemaVersion: 2,
    mediaType: MediaType.ociManifest,
    config: descriptorOf(MediaType.ociConfig, config),
    layers: [descriptorOf(MediaType.ociLayer, layer)],
  });
  const index = jsonOf({
    schemaVersion: 2,
    mediaType: MediaType.ociIndex,
    manifests: [
      {
        ...descriptorOf(MediaType.ociManifest, manifest),
        annotations: { [IMAGE_NAME_ANNOTATION]: EMBEDDED_IMAGE },
      },
    ],
  });
  yield* writeTar([
    fileOf(LAYOUT_FILE, jsonOf({ imageLayoutVersion: "1.0.0" })),
    fileOf(INDEX_FILE, index),
    ...[manifest, config, layer].map((blob) => fileOf(blobPath(blob), blob)),
  ]);
}

function layerOf(entries: readonly BusyboxEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(tarBlocks), TAR_END]);
}

function tarBlocks(entry: BusyboxEntry): Buffer[] {
  const mtimeNs = 0n;
  switch (entry.kind) {
    case "directory":
      return [tarHeader({ name: `${entry.path}/`, flag: "5", mode: entry.mode, mtimeNs })];
    case "symlink":
      return [tarHeader({ name: entry.path, linkName: entry.target, flag: "2", mode: 0o777, mtimeNs })];
    case "file": {
      const { path: name, mode, content } = entry;
      const size = content.length;
      return [tarHeader({ name, flag: "0", mode, size, mtimeNs }), content, tarPadding(size)];
    }
  }
}

function descriptorOf(mediaType: string, blob: Buffer) {
  return { mediaType, digest: digestOf(blob), size: blob.length };
}

function blobPath(blob: Buffer): string {
  return `blobs/${digestOf(blob).replace(":", "/")}`;
}

function jsonOf(document: object): Buffer {
  return Buffer.from(JSON.stringify(document));
}

function fileOf(name: string, bytes: Buffer): ArchiveFile {
  const content = async function* (): AsyncGenerator<Buffer, void, undefined> {
    yield bytes;
  };
  return { name, size: bytes.length, mode: 0o644, content };
}
