// The images of the daemon's store: names for content.
import { Code, HawserError, hasCode, isNotFound } from "../../proto/errors.ts";
import type { Descriptor } from "../../proto/gen/descriptor.ts";
import { Images as ImagesService } from "../../proto/gen/images.ts";
import type { CallOptions } from "./connection.ts";
import { Image } from "./image.ts";
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
    const { image } = await this.#service.get({ name }, options);
    if (image === undefined) throw new HawserError(Code.DataLoss, `get image "${name}": the answer is empty`);
    return new Image(this.#session, image);
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
  async put(
    name: string,
    target: Descriptor,
    { labels = {}, ...options }: CallOptions & { readonly labels?: Readonly<Record<string, string>> } = {},
  ): Promise<Image> {
    const request = { image: { name, target, labels } };
    try {
      await this.#service.create(request, options);
    } catch (error) {
      if (!hasCode(error, Code.AlreadyExists)) throw error;
      await this.#service.update({ ...request, updateMask: { paths: ["target", "labels"] } }, options);
    }
    return await this.get(name, options);
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

  get #service() {
    return this.#session.service(ImagesService);
  }
}
