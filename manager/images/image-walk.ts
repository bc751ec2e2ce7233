// The walk through an image: index → manifests → configuration and layers, each blob once, with the platforms that are wanted.
// Always true: it ends. A digest is visited once, nesting and the number of blobs are bounded, so a hostile index can neither
// go round nor go on for ever.
// Reads documents, never layers; what is done with a blob is its caller's business.
import type { Init } from "../../proto/codec.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import type { Descriptor } from "../../proto/gen/descriptor.ts";
import type { Platform } from "../../proto/gen/platform.ts";
import type { ImageBlobs } from "./image-blobs.ts";
import { isConfigType, isIndexType, isManifestType, isNonDistributable } from "./media-type.ts";
import {
  MAX_DOCUMENT_BYTES,
  type OciDescriptor,
  parseConfig,
  parseIndex,
  parseManifest,
} from "./oci-document.ts";
import { formatPlatform, rankPlatform } from "./platform.ts";

/** A blob of an image. */
export interface ImageNode {
  readonly descriptor: OciDescriptor;
  /** What it refers to and is wanted; empty for configurations and layers. */
  readonly children: readonly OciDescriptor[];
}

/** What is wanted of an image. */
export interface WalkOptions {
  /** Which manifests of an index; all without. */
  readonly platforms?: readonly Init<Platform>[] | undefined;
  /** Whether manifests of other platforms are visited as well, with their configuration and without layers. */
  readonly allMetadata?: boolean | undefined;
  /** The most manifests of each index, the best first; 0 is all. */
  readonly manifestLimit?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An index of an index of an index is more than anybody has; each level may be longer. */
const MAX_DEPTH = 8;
const MAX_NODES = 100_000;

/**
 * Visits `target` and everything below it, parents first. Throws NotFound that names the blob and what refers to it when
 * one is missing; only layers that may not be distributed may miss.
 */
export async function* walkImage(
  store: ImageBlobs,
  namespace: string,
  target: OciDescriptor,
  options: WalkOptions = {},
): AsyncGenerator<ImageNode, void, undefined> {
  const seen = new Set<string>();
  const waiting: { descriptor: OciDescriptor; parent: string; depth: number }[] = [
    { descriptor: target, parent: "the image", depth: 0 },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    options.signal?.throwIfAborted();
    const { descriptor, parent, depth } = next;
    if (seen.has(descriptor.digest)) continue;
    seen.add(descriptor.digest);
    if (depth > MAX_DEPTH) throw refuse(target, `its indexes are nested more than ${MAX_DEPTH} deep`);
    if (seen.size > MAX_NODES) throw refuse(target, `it has more than ${MAX_NODES} blobs`);
    if (!(await store.has(namespace, descriptor.digest))) {
      if (isNonDistributable(descriptor.mediaType)) continue;
      const what = `${descriptor.mediaType || "a blob"} "${descriptor.digest}"`;
      throw new HawserError(Code.NotFound, `walk image "${target.digest}": ${what} of ${parent} is missing`);
    }
    const children = await childrenOf(store, namespace, descriptor, options);
    yield { descriptor, children };
    const below = children.map((child) => ({
      descriptor: child,
      parent: descriptor.digest,
      depth: depth + 1,
    }));
    waiting.push(...below.reverse());
  }
}

/** What a blob refers to, as far as it is wanted. */
export async function childrenOf(
  store: ImageBlobs,
  namespace: string,
  descriptor: OciDescriptor,
  options: WalkOptions = {},
): Promise<readonly OciDescriptor[]> {
  const { mediaType, digest } = descriptor;
  if (isIndexType(mediaType)) {
    const bytes = await store.readAll(namespace, digest, { maxBytes: MAX_DOCUMENT_BYTES });
    return chooseManifests(parseIndex(bytes, `index "${digest}"`).manifests, options);
  }
  if (!isManifestType(mediaType)) return [];
  const bytes = await store.readAll(namespace, digest, { maxBytes: MAX_DOCUMENT_BYTES });
  const { config, layers } = parseManifest(bytes, `manifest "${digest}"`);
  return isWanted(descriptor, options.platforms) ? [config, ...layers] : [config];
}

/** The manifests of an index that are wanted; the best first when platforms are. Pure. */
export function chooseManifests(
  manifests: readonly OciDescriptor[],
  { platforms = [], allMetadata = false, manifestLimit = 0 }: WalkOptions,
): readonly OciDescriptor[] {
  if (platforms.length === 0) return limited(manifests, manifestLimit);
  // Without a platform it may be any.
  const ranked = manifests.map((manifest) => ({
    manifest,
    rank: manifest.platform === undefined ? 0 : rankPlatform(platforms, manifest.platform),
  }));
  const wanted = ranked.filter(({ rank }) => allMetadata || rank !== undefined);
  wanted.sort((a, b) => (a.rank ?? Number.MAX_VALUE) - (b.rank ?? Number.MAX_VALUE));
  return limited(
    wanted.map(({ manifest }) => manifest),
    manifestLimit,
  );
}

/** The manifest of one image with its platform, out of an index or a manifest. Throws NotFound that says what there is. */
export async function findManifest(
  store: ImageBlobs,
  namespace: string,
  target: Descriptor,
  platform: Init<Platform>,
): Promise<OciDescriptor & { readonly platform: Platform }> {
  const offered: string[] = [];
  for await (const { descriptor } of walkImage(store, namespace, target, { platforms: [platform] })) {
    if (!isManifestType(descriptor.mediaType)) continue;
    const has = descriptor.platform ?? (await platformOf(store, namespace, descriptor));
    if (rankPlatform([platform], has) !== undefined) return { ...descriptor, platform: has };
    offered.push(formatPlatform(has));
  }
  const there = offered.length === 0 ? "none that fits" : offered.join(", ");
  const wanted = `no manifest for ${formatPlatform(platform)}`;
  throw new HawserError(
    Code.NotFound,
    `find manifest of image "${target.digest}": ${wanted}; there is ${there}`,
  );
}

/** The platform of a manifest, from its configuration. */
export async function platformOf(
  store: ImageBlobs,
  namespace: string,
  manifest: Descriptor,
): Promise<Platform> {
  const [config] = await childrenOf(store, namespace, manifest);
  if (config === undefined || !isConfigType(config.mediaType)) {
    return { os: "", architecture: "", variant: "", osVersion: "", osFeatures: [] };
  }
  const bytes = await store.readAll(namespace, config.digest, { maxBytes: MAX_DOCUMENT_BYTES });
  return parseConfig(bytes, `configuration "${config.digest}"`).platform;
}

function isWanted({ platform }: OciDescriptor, platforms: readonly Init<Platform>[] = []): boolean {
  return platform === undefined || platforms.length === 0 || rankPlatform(platforms, platform) !== undefined;
}

function limited(manifests: readonly OciDescriptor[], limit: number): readonly OciDescriptor[] {
  return limit > 0 ? manifests.slice(0, limit) : manifests;
}

function refuse(target: Descriptor, reason: string): HawserError {
  return new HawserError(Code.InvalidArgument, `walk image "${target.digest}": ${reason}`);
}
