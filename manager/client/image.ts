// One image of the daemon's store, as it was when it was asked for: its record, and on demand what its documents say for one
// platform. Content goes by digest, so what is read here never changes under the record.
import type { Init } from "../../proto/codec.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import { Descriptor } from "../../proto/gen/descriptor.ts";
import type { Image as ImageRecord } from "../../proto/gen/images.ts";
import type { Platform } from "../../proto/gen/platform.ts";
import { toDate } from "../../proto/timestamp.ts";
import { chooseManifests } from "../images/image-walk.ts";
import { isIndexType, isManifestType } from "../images/media-type.ts";
import {
  MAX_DOCUMENT_BYTES,
  type OciDescriptor,
  type OciManifest,
  parseConfig,
  parseIndex,
  parseManifest,
} from "../images/oci-document.ts";
import { formatPlatform, hostPlatform } from "../images/platform.ts";
import { type ImageConfig, parseImageConfig } from "../oci/image-config.ts";
import type { CallOptions } from "./connection.ts";
import { Content } from "./content.ts";
import { namespaceDefaults } from "./defaults.ts";
import type { Session } from "./session.ts";
import { Snapshots } from "./snapshots.ts";
import { chainIds, type UnpackOptions, unpack } from "./unpack.ts";

/** For which machine. */
export interface PlatformOptions extends CallOptions {
  /** Default: this one. */
  readonly platform?: Init<Platform> | undefined;
}

/** What an image says about running it, and the layers that it is made of. */
export interface ImageConfiguration extends ImageConfig {
  /** Digests of the uncompressed layers, the lowest first. */
  readonly diffIds: readonly string[];
}

/** An index of indexes is rare, and a third level unheard of. */
const MAX_DEPTH = 4;

/**
 * An image.
 *
 * @example
 * const image = await client.images.get("docker.io/library/busybox:latest");
 * const { cmd } = await image.config();
 */
export class Image {
  readonly name: string;
  readonly target: Descriptor;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: Date | undefined;
  readonly updatedAt: Date | undefined;
  readonly #session: Session;
  readonly #documents = new Map<string, Promise<Buffer>>();

  /** For `Images`. */
  constructor(session: Session, record: ImageRecord) {
    this.#session = session;
    this.name = record.name;
    this.target = record.target ?? Descriptor.create();
    this.labels = record.labels;
    this.createdAt = toDate(record.createdAt);
    this.updatedAt = toDate(record.updatedAt);
  }

  /** Its manifest for a platform. Throws NotFound that says which platforms there are, or which blob is missing. */
  async manifest({ platform = hostPlatform(), ...options }: PlatformOptions = {}): Promise<OciManifest> {
    let at: OciDescriptor = this.target;
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const bytes = await this.#document(at, options);
      if (isManifestType(at.mediaType)) return parseManifest(bytes, `manifest "${at.digest}"`);
      if (!isIndexType(at.mediaType))
        throw this.#error(Code.InvalidArgument, `"${at.mediaType}" is no image`);
      const { manifests } = parseIndex(bytes, `index "${at.digest}"`);
      const [best] = chooseManifests(manifests, { platforms: [platform] });
      if (best === undefined) throw this.#error(Code.NotFound, missing(platform, manifests));
      at = best;
    }
    throw this.#error(Code.InvalidArgument, `its indexes are nested more than ${MAX_DEPTH} deep`);
  }

  /** What it says about the process that is to run. */
  async config(options: PlatformOptions = {}): Promise<ImageConfiguration> {
    const { config } = await this.manifest(options);
    return await this.#configuration(config, options);
  }

  /** The bytes that its layers and documents take in the store, compressed as they are. */
  async sizeBytes(options: PlatformOptions = {}): Promise<bigint> {
    const { config, layers } = await this.manifest(options);
    return layers.reduce((sum, { size }) => sum + size, this.target.size + config.size);
  }

  /** Whether its layers are there as snapshots. */
  async isUnpacked({ snapshotter, ...options }: UnpackOptions & PlatformOptions = {}): Promise<boolean> {
    const top = chainIds((await this.config(options)).diffIds).at(-1);
    if (top === undefined) return true;
    return await (await this.#snapshots(snapshotter, options)).has(top, options);
  }

  /**
   * Makes snapshots of its layers, where they are not there yet. Returns the name of the topmost one, which containers are made
   * on. Throws DataLoss when a layer is not what the configuration says.
   */
  async unpack(options: UnpackOptions & PlatformOptions = {}): Promise<string> {
    const { config, layers } = await this.manifest(options);
    const { diffIds } = await this.#configuration(config, options);
    const { snapshotter } = await this.#snapshots(options.snapshotter, options);
    try {
      return await unpack(this.#session, { config, layers, diffIds }, snapshotter, options);
    } catch (caught) {
      throw HawserError.from(caught).wrap(`unpack image "${this.name}"`);
    }
  }

  async #snapshots(snapshotter: string | undefined, options: CallOptions): Promise<Snapshots> {
    const chosen = snapshotter ?? (await namespaceDefaults(this.#session, options)).snapshotter;
    return new Snapshots(this.#session, chosen);
  }

  async #configuration(descriptor: Descriptor, options: CallOptions): Promise<ImageConfiguration> {
    const bytes = await this.#document(descriptor, options);
    const what = `configuration "${descriptor.digest}"`;
    return { ...parseImageConfig(bytes, what), diffIds: parseConfig(bytes, what).diffIds };
  }

  // Each is read once: what has a digest does not change. There are three, for one platform.
  async #document({ digest }: Descriptor, { signal, timeoutMs }: CallOptions): Promise<Buffer> {
    const known = this.#documents.get(digest);
    if (known !== undefined) return await known;
    const content = new Content(this.#session);
    const document = content.readAll(digest, MAX_DOCUMENT_BYTES, { signal, timeoutMs });
    this.#documents.set(digest, document);
    try {
      return await document;
    } catch (error) {
      this.#documents.delete(digest);
      throw error;
    }
  }

  #error(code: Code, reason: string): HawserError {
    return new HawserError(code, `image "${this.name}": ${reason}`);
  }
}

function missing(platform: Init<Platform>, manifests: readonly OciDescriptor[]): string {
  const there = manifests.flatMap((manifest) =>
    manifest.platform === undefined ? [] : [formatPlatform(manifest.platform)],
  );
  return `nothing in it is for ${formatPlatform(platform)}; there is ${there.join(", ") || "nothing"}`;
}
