// A small image made by hand: its blobs by name, so that tests can bend each of them, and archives of it.
import { gzipSync } from "node:zlib";
import type { ArchiveFile } from "../../../../manager/images/tar-writer.ts";
import { writeTar } from "../../../../manager/images/tar-writer.ts";
import { collect, pieces, sha256 } from "./support.ts";

/** Files of an archive, by name. */
export type Files = Record<string, Buffer>;

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const pathOf = (bytes: Buffer): string => `blobs/${sha256(bytes).replace(":", "/")}`;

/** An archive entry. */
export function archiveFile(name: string, bytes: Buffer): ArchiveFile {
  return { name, size: bytes.length, mode: 0o644, content: () => pieces(bytes) };
}

/** A tar of these files, in their order. */
export function tarOf(files: Files): Promise<Buffer> {
  return collect(writeTar(Object.entries(files).map(([name, bytes]) => archiveFile(name, bytes))));
}

/** A descriptor of some bytes, as documents spell it. */
export function describe(mediaType: string, bytes: Buffer, more: object = {}): object {
  return { mediaType, digest: sha256(bytes), size: bytes.length, ...more };
}

/** The parts of an image for one platform; `mark` makes them differ. */
export async function imageParts(mark: string, architecture = "amd64", variant?: string) {
  const layer = await tarOf({ [`file-${mark}`]: Buffer.from(mark) });
  const compressed = gzipSync(layer);
  const config = json({
    os: "linux",
    architecture,
    variant,
    rootfs: { type: "layers", diff_ids: [sha256(layer)] },
    config: { Cmd: ["/bin/sh"] },
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: describe("application/vnd.oci.image.config.v1+json", config),
    layers: [describe("application/vnd.oci.image.layer.v1.tar+gzip", compressed)],
  });
  return { layer, compressed, config, manifest };
}

/** An OCI layout with one image, called `name` in full or by its tag. */
export async function ociFiles(mark: string, annotations: Record<string, string>): Promise<Files> {
  const { compressed, config, manifest } = await imageParts(mark);
  const entry = describe("application/vnd.oci.image.manifest.v1+json", manifest, { annotations });
  return {
    [pathOf(compressed)]: compressed,
    [pathOf(config)]: config,
    [pathOf(manifest)]: manifest,
    "index.json": json({ schemaVersion: 2, manifests: [entry] }),
    "oci-layout": json({ imageLayoutVersion: "1.0.0" }),
  };
}

/** An OCI layout whose one entry is an index of two platforms. */
export async function multiPlatformFiles(): Promise<Files> {
  const parts = [await imageParts("x", "amd64"), await imageParts("y", "arm64", "v8")];
  const platforms = [
    { os: "linux", architecture: "amd64" },
    { os: "linux", architecture: "arm64", variant: "v8" },
  ];
  const manifests = parts.map(({ manifest }, at) =>
    describe("application/vnd.oci.image.manifest.v1+json", manifest, { platform: platforms[at] }),
  );
  const index = json({ schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests });
  const annotations = { "io.containerd.image.name": "example.com/multi:1" };
  const files: Files = {};
  for (const { compressed, config, manifest } of parts) {
    for (const bytes of [compressed, config, manifest]) files[pathOf(bytes)] = bytes;
  }
  return {
    ...files,
    [pathOf(index)]: index,
    "index.json": json({
      schemaVersion: 2,
      manifests: [describe("application/vnd.oci.image.index.v1+json", index, { annotations })],
    }),
    "oci-layout": json({ imageLayoutVersion: "1.0.0" }),
  };
}

/** What `docker save` writes for one image. */
export async function dockerFiles(mark: string, repoTags: string[] | null): Promise<Files> {
  const { layer, config } = await imageParts(mark);
  const id = sha256(config).slice(7);
  return {
    "0123/layer.tar": layer,
    [`${id}.json`]: config,
    "manifest.json": json([{ Config: `${id}.json`, RepoTags: repoTags, Layers: ["0123/layer.tar"] }]),
  };
}

export { json, pathOf };
