// Moves images between the store and archives: import, export, and a further name for an image. Each import is under a lease
// until it is named, and names come last: one that fails leaves no name, and its content goes with the next collection.
import { randomUUID } from "node:crypto";
import type { Init } from "../../proto/codec.ts";
import { Code, HawserError, hasCode } from "../../proto/errors.ts";
import type { Descriptor } from "../../proto/gen/descriptor.ts";
import { Image } from "../../proto/gen/images.ts";
import type { Platform } from "../../proto/gen/platform.ts";
import type { Progress } from "../../proto/gen/transfer-endpoint.ts";
import type { ImageExportStream, ImageStore as ImageStoreEnd } from "../../proto/gen/transfer-image.ts";
import type { ImageStore } from "../metadata/images.ts";
import type { LeaseStore } from "../metadata/leases.ts";
import { importArchive } from "./archive-import.ts";
import type { ContentStore } from "./content-store.ts";
import { childLabels } from "./gc-labels.ts";
import { exportFiles } from "./image-export.ts";
import { childrenOf, platformOf, walkImage } from "./image-walk.ts";
import { importNames, wholeNames } from "./import-names.ts";
import { isIndexType, isManifestType } from "./media-type.ts";
import type { OciDescriptor } from "./oci-document.ts";
import { hostPlatform, rankPlatform } from "./platform.ts";
import { writeTar } from "./tar-writer.ts";

/** Unpacks the layers of an image; see unpacker.ts. */
export type UnpackImage = (
  namespace: string,
  target: Descriptor,
  options: {
    readonly snapshotter: string;
    readonly platform: Init<Platform>;
    readonly lease: string | undefined;
    readonly signal: AbortSignal;
  },
) => Promise<unknown>;

/** What transfers are made of. */
export interface ImageTransferOptions {
  readonly content: ContentStore;
  readonly images: Pick<ImageStore, "get" | "create" | "update">;
  readonly leases: Pick<LeaseStore, "create" | "delete">;
  readonly unpack: UnpackImage;
}

/** Who transfers, and for whom. */
export interface TransferContext {
  readonly namespace: string;
  readonly lease: string | undefined;
  readonly signal: AbortSignal;
  /** Told how far it is; must not block. */
  readonly onProgress: (progress: Init<Progress>) => void;
}

/** How long a lease of ours lasts when we do not come to end it. */
const LEASE_LIFETIME_MS = 24 * 60 * 60 * 1000;
const EXPIRE_LABEL = "containerd.io/gc.expire";

/** Transfers of images. */
export class ImageTransfer {
  readonly #options: ImageTransferOptions;

  constructor(options: ImageTransferOptions) {
    this.#options = options;
  }

  /** An archive into the image store. Returns the images that it made or changed. */
  async importArchive(
    archive: AsyncIterable<Uint8Array>,
    end: ImageStoreEnd,
    context: TransferContext,
    { compress = false }: { compress?: boolean } = {},
  ): Promise<Image[]> {
    const { content } = this.#options;
    const { namespace, signal, onProgress } = context;
    onProgress({ event: "Importing" });
    using lease = this.#lease(context);
    const target = { store: content, namespace, lease: lease.id, signal };
    const index = await importArchive(target, archive, { compress });
    const entries = await childrenOf(content, namespace, index);
    const walk = { ...walkOf(end), signal };
    const manifests: OciDescriptor[] = [];
    for await (const { descriptor, children } of walkImage(content, namespace, index, walk)) {
      this.#label(namespace, descriptor, children);
      if (isManifestType(descriptor.mediaType)) manifests.push(descriptor);
    }
    await this.#unpack(end, manifests, { ...context, lease: lease.id });
    const names = importNames(end, index, entries);
    if (names.length === 0) throw nameless(entries);
    const images = names.map(({ name, target }) => this.#name(namespace, name, end.labels, target));
    for (const { name, target } of images) onProgress({ event: "saved", name, desc: target });
    onProgress({ event: "Completed import" });
    return images;
  }

  /** Images of the store as an archive. Throws before the first byte when something of them is missing. */
  async exportArchive(
    end: ImageStoreEnd,
    wanted: ImageExportStream,
    { namespace, signal, onProgress }: TransferContext,
  ): Promise<AsyncIterable<Uint8Array>> {
    const images = this.#lookUp(end, namespace);
    onProgress({ event: "Exporting" });
    const files = await exportFiles(this.#options.content, namespace, images, {
      platforms: wanted.platforms,
      allPlatforms: wanted.allPlatforms,
      skipDockerManifest: wanted.skipCompatibilityManifest,
      skipNonDistributable: wanted.skipNonDistributable,
      signal,
    });
    async function* archive() {
      for await (const bytes of writeTar(files)) {
        signal.throwIfAborted();
        yield bytes;
      }
      onProgress({ event: "Completed export" });
    }
    return archive();
  }

  /** Gives an image further names. */
  tag(source: ImageStoreEnd, end: ImageStoreEnd, { namespace }: TransferContext): Image[] {
    const { target } = this.#options.images.get(namespace, source.name);
    if (target === undefined)
      throw new HawserError(Code.NotFound, `tag image "${source.name}": it has no target`);
    const names = wholeNames(end, target);
    if (names.length === 0)
      throw new HawserError(Code.InvalidArgument, `tag image "${source.name}": no name is given`);
    return names.map((name) => this.#name(namespace, name, end.labels, target));
  }

  #lookUp(end: ImageStoreEnd, namespace: string): Image[] {
    const names = end.name === "" ? [] : [end.name];
    for (const { isPrefix, name } of end.extraReferences) {
      if (isPrefix)
        throw new HawserError(Code.Unimplemented, `export images: by the prefix "${name}" is not supported`);
      names.push(name);
    }
    if (names.length === 0) throw new HawserError(Code.InvalidArgument, "export images: no name is given");
    return names.map((name) => this.#options.images.get(namespace, name));
  }

  // Which manifests are unpacked: all that a platform takes, each for the first configuration that wants it.
  async #unpack(
    end: ImageStoreEnd,
    manifests: readonly OciDescriptor[],
    context: TransferContext,
  ): Promise<void> {
    const { content, unpack } = this.#options;
    const { namespace, lease, signal, onProgress } = context;
    for (const { platform = hostPlatform(), snapshotter } of end.unpacks) {
      for (const manifest of manifests) {
        const has = manifest.platform ?? (await platformOf(content, namespace, manifest));
        if (rankPlatform([platform], has) === undefined) continue;
        onProgress({ event: "extracting", name: manifest.digest, desc: manifest });
        await unpack(namespace, manifest, { snapshotter, platform, lease, signal });
        onProgress({ event: "extracted", name: manifest.digest, desc: manifest });
      }
    }
  }

  // A client may put labels of its own there meanwhile: only ours are touched.
  #label(namespace: string, { digest }: OciDescriptor, children: readonly OciDescriptor[]): void {
    const labels = childLabels(children);
    const paths = Object.keys(labels).map((key) => `labels.${key}`);
    if (paths.length > 0) this.#options.content.update(namespace, { digest, labels }, paths);
  }

  #name(namespace: string, name: string, labels: Record<string, string>, target: Descriptor): Image {
    const { images } = this.#options;
    const image = Image.create({ name, labels, target });
    try {
      return images.create(namespace, image);
    } catch (caught) {
      if (!hasCode(caught, Code.AlreadyExists)) throw caught;
      return images.update(namespace, image, []);
    }
  }

  // The caller's lease, or one of ours that ends with the transfer.
  #lease({ namespace, lease }: TransferContext): { readonly id: string } & Disposable {
    if (lease !== undefined) return { id: lease, [Symbol.dispose]: () => undefined };
    const { leases } = this.#options;
    const expires = new Date(Date.now() + LEASE_LIFETIME_MS).toISOString();
    const { id } = leases.create(namespace, `transfer-${randomUUID()}`, { [EXPIRE_LABEL]: expires });
    return {
      id,
      [Symbol.dispose]() {
        try {
          leases.delete(namespace, id);
        } catch {
          // Somebody else has ended it, or it expires.
        }
      },
    };
  }
}

function walkOf({ platforms, allMetadata, manifestLimit }: ImageStoreEnd) {
  return { platforms, allMetadata, manifestLimit };
}

function nameless(entries: readonly OciDescriptor[]): HawserError {
  const has = entries.filter(({ mediaType }) => isIndexType(mediaType) || isManifestType(mediaType)).length;
  const wayOut = "name the import, or give a prefix for the names in the archive";
  return new HawserError(
    Code.InvalidArgument,
    `import archive: it has ${has} images and none gets a name; ${wayOut}`,
  );
}
