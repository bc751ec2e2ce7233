// The images of the daemon's store: names for content.
import { isNotFound } from "../../proto/errors.ts";
import type { Descriptor } from "../../proto/gen/descriptor.ts";
import { Images as ImagesService } from "../../proto/gen/images.ts";
import { type CommitOptions, commitContainer } from "./commit.ts";
import type { CallOptions } from "./connection.ts";
import type { Container } from "./container.ts";
import { Image } from "./image.ts";
import { type ExportOptions, exportArchive, type ImportOptions, importArchive } from "./image-archive.ts";
import { getImage, type PutOptions, putImage } from "./image-record.ts";
import { type ImportRootOptions, importRoot } from "./import-root.ts";
import type { Session } from "./session.ts";

/** How to remove an image. */
export interface ImageRemoveOptions extends CallOptions {
  /** Wait until what only this name kept is gone. */
  readonly sync?: boolean | undefined;
}

/**
 * The images of the namespace.
 *
 * @example
 * for (const image of await client.images.list()) console.log(image.name, image.target.digest);
 */
export class Images {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** One image by its full name. Throws NotFound. */
  async get(name: string, options?: CallOptions): Promise<Image> {
    return await getImage(this.#session, name, options);
  }

  /** All images that match one of the filters. */
  async list(
    { filters = [] }: { readonly filters?: readonly string[] } = {},
    options?: CallOptions,
  ): Promise<Image[]> {
    const { images } = await this.#service.list({ filters }, options);
    return images.map((image) => new Image(this.#session, image));
  }

  /** Names content that is in the store. A name that exists gets the new target. */
  async put(name: string, target: Descriptor, options: PutOptions = {}): Promise<Image> {
    return await putImage(this.#session, name, target, options);
  }

  /**
   * Takes the images out of an archive: an OCI layout or what `docker save` writes; plain, gzip or zstd. Memory does not grow with
   * it. Throws InvalidArgument that says what is wrong and where; then nothing is named.
   *
   * @example
   * const [image] = await client.images.importArchive(createReadStream("busybox.tar"));
   */
  async importArchive(archive: AsyncIterable<Uint8Array>, options: ImportOptions = {}): Promise<Image[]> {
    return await importArchive(this.#session, archive, options);
  }

  /**
   * The archive of some images, as an OCI layout that `docker load` takes, too. Throws NotFound before the first byte when
   * something is missing.
   *
   * @example
   * await pipeline(client.images.exportArchive(["docker.io/library/busybox:latest"]), createWriteStream("busybox.tar"));
   */
  async *exportArchive(
    names: readonly string[],
    options: ExportOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const call = { signal: options.signal };
    const images = await Promise.all(names.map((name) => this.get(name, call)));
    yield* exportArchive(this.#session, images, options);
  }

  /** Gives an image one more name. */
  async tag(name: string, newName: string, options?: CallOptions): Promise<Image> {
    const { target, labels } = await this.get(name, options);
    return await this.put(newName, target, { ...options, labels });
  }

  /** Takes a name away; content that nothing else names goes later. One that is not there is a success: false. */
  async remove(name: string, { sync = false, ...options }: ImageRemoveOptions = {}): Promise<boolean> {
    try {
      await this.#service.delete({ name, sync }, options);
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  /**
   * Makes an image of what a container has become. Its processes are frozen meanwhile. Throws FailedPrecondition for a container that was
   * not made from an image.
   *
   * @example
   * const image = await client.images.commit(container, "docker.io/library/patched:latest", { message: "patched" });
   */
  async commit(container: Container, name: string, options: CommitOptions = {}): Promise<Image> {
    return await commitContainer(this.#session, container, name, options);
  }

  /**
   * Makes an image of one layer from the archive of a root file system; plain, gzip or zstd. Throws InvalidArgument that says what is
   * wrong and where; then nothing is named.
   *
   * @example
   * const image = await client.images.importRoot(createReadStream("root.tar"), "docker.io/library/mine:latest");
   */
  async importRoot(
    archive: AsyncIterable<Uint8Array>,
    name: string,
    options: ImportRootOptions = {},
  ): Promise<Image> {
    return await importRoot(this.#session, archive, name, options);
  }

  get #service() {
    return this.#session.service(ImagesService);
  }
}
