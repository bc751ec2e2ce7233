// The containers of a namespace: made from an image or a directory, found by their ids.
import { packJson } from "../../proto/any.ts";
import { HawserError, isNotFound } from "../../proto/errors.ts";
import type { Any } from "../../proto/gen/any.ts";
import { Containers as ContainersService } from "../../proto/gen/containers.ts";
import { validateId } from "../../proto/identifiers.ts";
import type { CallOptions } from "./connection.ts";
import { Container } from "./container.ts";
import { containerSpec, type SpecOptions } from "./container-spec.ts";
import { namespaceDefaults } from "./defaults.ts";
import type { Image } from "./image.ts";
import { Images } from "./images.ts";
import { underLease } from "./leases.ts";
import type { Session } from "./session.ts";
import { Snapshots } from "./snapshots.ts";

/** What a container is to be. */
export interface ContainerOptions extends SpecOptions, CallOptions {
  readonly id: string;
  /** The image, or its full name. Its layers are unpacked if they are not yet. */
  readonly image?: string | Image | undefined;
  /** Default: what the namespace says, else `io.containerd.hawser.v2`. */
  readonly runtime?: string | undefined;
  readonly runtimeOptions?: Any | undefined;
  /** Default: what the namespace says, else `overlayfs`. */
  readonly snapshotter?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/**
 * The containers of the namespace.
 *
 * @example
 * const container = await client.containers.create({
 *   id: "greeter",
 *   image: "docker.io/library/busybox:latest",
 *   args: ["echo", "hello"],
 * });
 */
export class Containers {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * Makes a container: a record, and a snapshot to write to when there is an image. Nothing runs yet. Throws AlreadyExists when the id
   * is taken, NotFound for an image that is not there, InvalidArgument that says what is wrong; nothing is left then.
   */
  async create(options: ContainerOptions): Promise<Container> {
    const id = validateId("container", options.id);
    try {
      return await underLease(
        this.#session,
        options,
        async (leased) => await this.#create(id, leased, options),
      );
    } catch (caught) {
      throw HawserError.from(caught).wrap(`create container "${id}"`);
    }
  }

  /** One container by its id. Throws NotFound. */
  async get(id: string, options?: CallOptions): Promise<Container> {
    await this.#service.get({ id }, options);
    return new Container(this.#session, id);
  }

  /** All containers that match one of the filters. */
  async list(
    { filters = [] }: { readonly filters?: readonly string[] } = {},
    options?: CallOptions,
  ): Promise<Container[]> {
    const { containers } = await this.#service.list({ filters }, options);
    return containers.map(({ id }) => new Container(this.#session, id));
  }

  async #create(id: string, leased: Session, options: ContainerOptions): Promise<Container> {
    const { signal, timeoutMs, labels = {}, runtimeOptions } = options;
    const call = { signal, timeoutMs };
    const image = await this.#image(options.image, call);
    const defaults = await namespaceDefaults(leased, call);
    const snapshotter = image === undefined ? "" : (options.snapshotter ?? defaults.snapshotter);
    const config = await image?.config(call);
    const spec = containerSpec({ ...options, id, namespace: this.#session.namespace, config });
    const top = await image?.unpack({ snapshotter, ...call });
    if (top !== undefined) await new Snapshots(leased, snapshotter).prepare(id, top, call);
    const container = {
      id,
      labels,
      image: image?.name ?? "",
      runtime: { name: options.runtime ?? defaults.runtime, options: runtimeOptions },
      spec: packJson("Spec", spec),
      snapshotter,
      snapshotKey: top === undefined ? "" : id,
    };
    try {
      await leased.service(ContainersService).create({ container }, call);
    } catch (error) {
      if (top !== undefined) await this.#undo(snapshotter, id);
      throw error;
    }
    return new Container(this.#session, id);
  }

  async #image(image: string | Image | undefined, options: CallOptions): Promise<Image | undefined> {
    return typeof image === "string" ? await new Images(this.#session).get(image, options) : image;
  }

  // On its own clock. What cannot be removed now goes with the lease.
  async #undo(snapshotter: string, key: string): Promise<void> {
    try {
      await new Snapshots(this.#session, snapshotter).remove(key);
    } catch (error) {
      if (!isNotFound(error)) return;
    }
  }

  get #service() {
    return this.#session.service(ContainersService);
  }
}
