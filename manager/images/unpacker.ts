// From an image in the content store to snapshots: for each layer, lowest first, prepare → apply → compare the diff id with the
// configuration's → commit under the chain id. Names and labels are containerd's, since clients look for them. A chain that
// is there already is not made again, and two that make the same one at once are both right.
// On failure the snapshot being filled is removed; layers that were committed stay, for the next try or the collector.
import { randomBytes } from "node:crypto";
import type { Init } from "../../proto/codec.ts";
import { Code, HawserError, hasCode } from "../../proto/errors.ts";
import type { Descriptor } from "../../proto/gen/descriptor.ts";
import type { Platform } from "../../proto/gen/platform.ts";
import { Scope } from "../../sys/scope.ts";
import type { Log } from "../log.ts";
import type { Snapshotter, Snapshotters } from "../snapshots/snapshotter.ts";
import type { Applier } from "./applier.ts";
import type { ContentStore } from "./content-store.ts";
import { UNCOMPRESSED_LABEL } from "./differ.ts";
import { digestOf } from "./digest.ts";
import { childrenOf, findManifest } from "./image-walk.ts";
import { isLayerType } from "./media-type.ts";
import { MAX_DOCUMENT_BYTES, type OciDescriptor, parseConfig } from "./oci-document.ts";
import { hostPlatform } from "./platform.ts";

/** What an unpacker works with. Everything is borrowed. */
export interface UnpackerOptions {
  readonly content: ContentStore;
  readonly applier: Applier;
  readonly snapshotters: Snapshotters;
  readonly log: Log;
}

/** How far unpacking has come. */
export interface UnpackProgress {
  readonly layer: OciDescriptor;
  /** From 0 to `count` - 1. */
  readonly index: number;
  readonly count: number;
  readonly state: "extracting" | "complete" | "exists";
}

/** What is said of one image. */
export interface UnpackOptions {
  /** Name of the snapshotter; the default one unless told. */
  readonly snapshotter?: string | undefined;
  /** Which image of an index; this machine's unless told. */
  readonly platform?: Init<Platform> | undefined;
  /** Id of the lease that keeps what is made until something refers to it. */
  readonly lease?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: UnpackProgress) => void) | undefined;
}

/** Label of a configuration: the snapshot that its image was unpacked to. */
const SNAPSHOT_LABEL = "containerd.io/gc.ref.snapshot.";

/** The chain id of each layer: what lies below it counts. */
export function chainIds(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : digestOf(Buffer.from(`${below} ${diffId}`)));
  }
  return chain;
}

/** Unpacks images. */
export class Unpacker {
  readonly #options: UnpackerOptions;

  constructor(options: UnpackerOptions) {
    this.#options = options;
  }

  /**
   * Unpacks an image and returns its chain id, the name of its uppermost snapshot ("" for an image without layers). Throws
   * NotFound for a missing blob or platform, InvalidArgument for a layer that is hostile, DataLoss for one that is damaged or not
   * what the configuration says, ResourceExhausted for a full disk, and the reason of `signal`.
   */
  async unpackImage(namespace: string, target: Descriptor, options: UnpackOptions = {}): Promise<string> {
    const { content, snapshotters } = this.#options;
    const { platform = hostPlatform() } = options;
    const snapshotter = options.snapshotter ? snapshotters.get(options.snapshotter) : snapshotters.default;
    const manifest = await findManifest(content, namespace, target, platform);
    const [config, ...others] = await childrenOf(content, namespace, manifest);
    if (config === undefined) throw refuse(target, "it has no configuration");
    const bytes = await content.readAll(namespace, config.digest, { maxBytes: MAX_DOCUMENT_BYTES });
    const { diffIds } = parseConfig(bytes, `configuration "${config.digest}"`);
    const layers = others.filter(({ mediaType }) => isLayerType(mediaType));
    if (layers.length !== diffIds.length) {
      throw refuse(target, `it has ${layers.length} layers and its configuration ${diffIds.length} diff ids`);
    }
    const chain = chainIds(diffIds);
    for (const [index, layer] of layers.entries()) {
      const [diffId = "", chainId = "", parent = ""] = [diffIds[index], chain[index], chain[index - 1]];
      const progress = { layer, index, count: layers.length };
      options.signal?.throwIfAborted();
      const isThere = exists(snapshotter, namespace, chainId);
      options.onProgress?.({ ...progress, state: isThere ? "exists" : "extracting" });
      if (isThere) continue;
      await this.#unpackLayer(namespace, snapshotter, layer, { diffId, chainId, parent }, options);
      options.onProgress?.({ ...progress, state: "complete" });
    }
    const top = chain.at(-1) ?? "";
    if (top !== "") this.#label(namespace, config.digest, SNAPSHOT_LABEL + snapshotter.name, top);
    return top;
  }

  async #unpackLayer(
    namespace: string,
    snapshotter: Snapshotter,
    layer: OciDescriptor,
    { diffId, chainId, parent }: { diffId: string; chainId: string; parent: string },
    { lease, signal }: UnpackOptions,
  ): Promise<void> {
    const { applier, log } = this.#options;
    await using scope = new Scope((what, error) => log.warn(`${what}: ignoring`, { error }));
    const key = `extract-${process.hrtime.bigint()}-${randomBytes(3).toString("base64url")} ${chainId}`;
    const labels = { "containerd.io/snapshot.ref": chainId };
    const mounts = await snapshotter.prepare(namespace, key, parent, { labels, lease, signal });
    scope.defer(`remove snapshot "${key}"`, () => snapshotter.remove(namespace, key));
    const applied = await applier.apply(namespace, layer, mounts, { signal });
    if (applied.digest !== diffId) {
      await applier.blame(namespace, layer.digest, { signal });
      const reason = `it unpacks to ${applied.digest}, its configuration says ${diffId}`;
      const wayOut = "its blob is whole, so the image was made wrongly";
      throw new HawserError(Code.DataLoss, `unpack layer "${layer.digest}": ${reason}; ${wayOut}`);
    }
    try {
      await snapshotter.commit(namespace, chainId, key, { labels, lease, signal });
      scope.keep();
    } catch (caught) {
      // Another one was faster with the same chain, and has what we have. Ours is removed.
      if (!hasCode(caught, Code.AlreadyExists)) throw caught;
    }
    this.#label(namespace, layer.digest, UNCOMPRESSED_LABEL, diffId);
  }

  #label(namespace: string, digest: string, key: string, value: string): void {
    this.#options.content.update(namespace, { digest, labels: { [key]: value } }, [`labels.${key}`]);
  }
}

function exists(snapshotter: Snapshotter, namespace: string, name: string): boolean {
  try {
    snapshotter.stat(namespace, name);
    return true;
  } catch (error) {
    if (hasCode(error, Code.NotFound)) return false;
    throw error;
  }
}

function refuse(target: Descriptor, reason: string): HawserError {
  return new HawserError(Code.InvalidArgument, `unpack image "${target.digest}": ${reason}`);
}
