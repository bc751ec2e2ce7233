// Images out of the store: the files of an OCI layout, which become a tar (`writeTar`) or a directory (`writeLayout`). A
// `manifest.json` beside it lets old versions of Docker load the same archive.
// Always true: every blob is compared with its digest on its way out, and the same images give the same bytes.
import type { Init } from "../../proto/codec.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import type { Descriptor } from "../../proto/gen/descriptor.ts";
import type { Image } from "../../proto/gen/images.ts";
import type { Platform } from "../../proto/gen/platform.ts";
import { DOCKER_MANIFEST_FILE, INDEX_FILE, LAYOUT_FILE } from "./archive-contents.ts";
import { Digester, parseDigest } from "./digest.ts";
import type { ImageBlobs } from "./image-blobs.ts";
import { familiarName, IMAGE_NAME_ANNOTATION, REF_NAME_ANNOTATION, refNameOf } from "./image-name.ts";
import { findManifest, walkImage } from "./image-walk.ts";
import { isIndexType, isManifestType, isNonDistributable, MediaType } from "./media-type.ts";
import { descriptorJson, MAX_DOCUMENT_BYTES, parseManifest } from "./oci-document.ts";
import { hostPlatform } from "./platform.ts";
import type { ArchiveFile } from "./tar-writer.ts";

/** What of the images is wanted. */
export interface ExportOptions {
  /** Which manifests of an index; this machine's without. */
  readonly platforms?: readonly Init<Platform>[];
  readonly allPlatforms?: boolean;
  /** Leaves out `manifest.json`. */
  readonly skipDockerManifest?: boolean;
  /** Leaves out layers that may not be distributed. */
  readonly skipNonDistributable?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Where blobs came from, copied from their labels to the index. */
const SOURCE_LABEL = "containerd.io/distribution.source";

/**
 * The files of a layout with these images, sorted by name. Throws NotFound for what is missing, before the first file is
 * read.
 */
export async function exportFiles(
  store: ImageBlobs,
  namespace: string,
  images: readonly Image[],
  options: ExportOptions = {},
): Promise<ArchiveFile[]> {
  const platforms = options.platforms?.length ? options.platforms : [hostPlatform()];
  const blobs = new Map<string, Descriptor>();
  const manifests: Descriptor[] = [];
  const dockerImages = new Map<string, { manifest: Descriptor; names: string[] }>();
  for (const { name, target } of images) {
    if (target === undefined || !(isIndexType(target.mediaType) || isManifestType(target.mediaType))) {
      throw new HawserError(
        Code.InvalidArgument,
        `export image "${name}": it is neither an index nor a manifest`,
      );
    }
    const walk = { signal: options.signal, ...(!options.allPlatforms && { platforms }) };
    let hasManifest = false;
    for await (const { descriptor } of walkImage(store, namespace, target, walk)) {
      if (isManifestType(descriptor.mediaType)) hasManifest = true;
      if (options.skipNonDistributable && isNonDistributable(descriptor.mediaType)) continue;
      blobs.set(descriptor.digest, descriptor);
    }
    // Says which platforms there are.
    if (!hasManifest) await findManifest(store, namespace, target, platforms[0] ?? hostPlatform());
    manifests.push(await named(store, namespace, name, target));
    const manifest = await dockerManifestOf(store, namespace, target, platforms);
    if (manifest === undefined) continue;
    const known = dockerImages.get(manifest.digest) ?? { manifest, names: [] };
    known.names.push(name);
    dockerImages.set(manifest.digest, known);
  }
  const files: ArchiveFile[] = [];
  for (const blob of blobs.values()) files.push(await blobFile(store, namespace, blob));
  files.push(jsonFile(LAYOUT_FILE, { imageLayoutVersion: "1.0.0" }));
  files.push(
    jsonFile(INDEX_FILE, {
      schemaVersion: 2,
      mediaType: MediaType.ociIndex,
      manifests: manifests.map(descriptorJson),
    }),
  );
  if (options.skipDockerManifest !== true && dockerImages.size > 0) {
    files.push(
      jsonFile(DOCKER_MANIFEST_FILE, await dockerManifests(store, namespace, [...dockerImages.values()])),
    );
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function named(
  store: ImageBlobs,
  namespace: string,
  name: string,
  target: Descriptor,
): Promise<Descriptor> {
  const { labels } = await store.info(namespace, target.digest);
  const sources = Object.entries(labels).filter(([key]) => key.startsWith(SOURCE_LABEL));
  const annotations = {
    ...target.annotations,
    ...Object.fromEntries(sources),
    [IMAGE_NAME_ANNOTATION]: name,
    [REF_NAME_ANNOTATION]: refNameOf(name),
  };
  return { ...target, annotations };
}

// Docker's file has one manifest for each name: the one that the first platform takes.
async function dockerManifestOf(
  store: ImageBlobs,
  namespace: string,
  target: Descriptor,
  platforms: readonly Init<Platform>[],
): Promise<Descriptor | undefined> {
  if (isManifestType(target.mediaType)) return target;
  for await (const { descriptor } of walkImage(store, namespace, target, { platforms, allMetadata: false })) {
    if (isManifestType(descriptor.mediaType)) return descriptor;
  }
  return undefined;
}

async function dockerManifests(
  store: ImageBlobs,
  namespace: string,
  images: readonly { manifest: Descriptor; names: readonly string[] }[],
): Promise<unknown> {
  const entries: unknown[] = [];
  for (const { manifest, names } of images) {
    const bytes = await store.readAll(namespace, manifest.digest, { maxBytes: MAX_DOCUMENT_BYTES });
    const { config, layers } = parseManifest(bytes, `manifest "${manifest.digest}"`);
    entries.push({
      Config: pathOf(config.digest),
      RepoTags: names.flatMap(dockerName),
      Layers: layers.map(({ digest }) => pathOf(digest)),
    });
  }
  return entries;
}

// Images may have names that Docker would not take; there they are without one.
function dockerName(name: string): string[] {
  try {
    return [familiarName(name)];
  } catch {
    return [];
  }
}

function pathOf(digest: string): string {
  const { algorithm, hex } = parseDigest(digest);
  return `blobs/${algorithm}/${hex}`;
}

async function blobFile(store: ImageBlobs, namespace: string, { digest }: Descriptor): Promise<ArchiveFile> {
  const { size } = await store.info(namespace, digest);
  async function* content(): AsyncGenerator<Buffer, void, undefined> {
    await using reader = await store.open(namespace, digest);
    const digester = new Digester(parseDigest(digest).algorithm);
    for await (const bytes of reader.stream()) {
      digester.update(bytes);
      yield bytes;
    }
    store.checkDigest(digest, digester.digest());
  }
  return { name: pathOf(digest), size: Number(size), mode: 0o444, content };
}

function jsonFile(name: string, json: unknown): ArchiveFile {
  const bytes = Buffer.from(JSON.stringify(json));
  async function* content() {
    yield bytes;
  }
  return { name, size: bytes.length, mode: 0o644, content };
}
