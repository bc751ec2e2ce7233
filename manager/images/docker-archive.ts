// What `docker save` writes, old and new: `manifest.json` names a configuration and layers for each image, by their paths in the
// archive. Here these become a manifest for each image and an index over all, as a registry would have them.
import type { ArchiveContents, ArchivedBlob } from "./archive-contents.ts";
import { gzip } from "./compression.ts";
import { IMAGE_NAME_ANNOTATION, normalizeName, REF_NAME_ANNOTATION, refNameOf } from "./image-name.ts";
import { MediaType } from "./media-type.ts";
import {
  descriptorJson,
  invalid,
  list,
  MAX_DOCUMENT_BYTES,
  type OciDescriptor,
  object,
  parseConfig,
  parseJson,
  text,
} from "./oci-document.ts";
import { type Compression, compressionOf } from "./unpack/decompress.ts";

/** The digest of a layer without its compression, on the blob with it. */
const UNCOMPRESSED_LABEL = "containerd.io/uncompressed";

const LAYER_TYPES: Readonly<Record<Compression, string>> = {
  none: MediaType.dockerLayer,
  gzip: MediaType.dockerLayerGzip,
  zstd: MediaType.dockerLayerZstd,
};

interface DockerImage {
  readonly config: string;
  readonly repoTags: readonly string[];
  readonly layers: readonly string[];
}

/** Makes the index of an archive with this `manifest.json`. Throws InvalidArgument that names what is missing. */
export async function indexOfDockerArchive(
  contents: ArchiveContents,
  manifest: Buffer,
  compress: boolean,
): Promise<OciDescriptor> {
  const manifests: OciDescriptor[] = [];
  for (const image of parseDockerManifest(manifest)) {
    const descriptor = await addManifest(contents, image, compress);
    if (image.repoTags.length === 0) manifests.push(descriptor);
    for (const tag of image.repoTags) {
      const name = normalizeName(tag);
      const annotations = { [IMAGE_NAME_ANNOTATION]: name, [REF_NAME_ANNOTATION]: refNameOf(name) };
      manifests.push({ ...descriptor, annotations });
    }
  }
  const index = { schemaVersion: 2, mediaType: MediaType.ociIndex, manifests: manifests.map(descriptorJson) };
  return await addDocument(contents, MediaType.ociIndex, index);
}

/** Reads a `manifest.json`. Pure. */
export function parseDockerManifest(bytes: Buffer): readonly DockerImage[] {
  const what = "manifest.json";
  const images = list(parseJson(bytes, what), what, "it");
  return images.map((item, at) => {
    const image = object(item, `${what}: image ${at}`);
    const strings = (field: string) =>
      list(image[field] ?? [], what, field).map((value) => text(value, `${what}: ${field}`));
    return {
      config: text(image["Config"], `${what}: image ${at}: Config`),
      repoTags: strings("RepoTags"),
      layers: strings("Layers"),
    };
  });
}

async function addManifest(
  contents: ArchiveContents,
  image: DockerImage,
  compress: boolean,
): Promise<OciDescriptor> {
  const config = find(contents, image.config, "configuration");
  const layers: OciDescriptor[] = [];
  for (const path of image.layers)
    layers.push(await addLayer(contents, find(contents, path, "layer"), compress));
  const { store, namespace } = contents.target;
  const bytes = await store.readAll(namespace, config.digest, { maxBytes: MAX_DOCUMENT_BYTES });
  const { platform } = parseConfig(bytes, `configuration "${image.config}"`);
  const descriptor = await addDocument(contents, MediaType.dockerManifest, {
    schemaVersion: 2,
    mediaType: MediaType.dockerManifest,
    config: descriptorJson({ mediaType: MediaType.dockerConfig, ...config, annotations: {} }),
    layers: layers.map(descriptorJson),
  });
  return platform.os === "" ? descriptor : { ...descriptor, platform };
}

async function addLayer(
  contents: ArchiveContents,
  layer: ArchivedBlob,
  compress: boolean,
): Promise<OciDescriptor> {
  const { store, namespace } = contents.target;
  await using reader = await store.open(namespace, layer.digest);
  const compression = compressionOf(await reader.read(0, 4));
  if (compression !== "none" || !compress) {
    return { mediaType: LAYER_TYPES[compression], ...layer, annotations: {} };
  }
  const compressed = await contents.add(gzip(reader.stream()), { [UNCOMPRESSED_LABEL]: layer.digest });
  return { mediaType: LAYER_TYPES.gzip, ...compressed, annotations: {} };
}

async function addDocument(
  contents: ArchiveContents,
  mediaType: string,
  json: unknown,
): Promise<OciDescriptor> {
  async function* bytes() {
    yield Buffer.from(JSON.stringify(json));
  }
  return { mediaType, ...(await contents.add(bytes())), annotations: {} };
}

function find(contents: ArchiveContents, path: string, what: string): ArchivedBlob {
  const blob = contents.find(path);
  if (blob === undefined)
    throw invalid(`its manifest.json names the ${what} ${JSON.stringify(path)}, which it does not have`);
  return blob;
}
