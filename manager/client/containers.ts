// The containers of a namespace: made from an image or a directory, found by their ids.
import { randomBytes } from "node:crypto";
import { HawserError } from "../../proto/errors.ts";
import { Containers as ContainersService } from "../../proto/gen/containers.ts";
import { validateId } from "../../proto/identifiers.ts";
import type { CallOptions } from "./connection.ts";
import { Container } from "./container.ts";
import type { ContainerOptions } from "./container-options.ts";
import { createContainer } from "./create-container.ts";
import type { Session } from "./session.ts";

/** As long as docker's: 64 digits. */
const ID_BYTES = 32;

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
   * Makes a container: a record, a snapshot to write to when there is an image, and on hawserd its own files for /etc. Nothing runs
   * yet. Throws AlreadyExists when the id or the name is taken, NotFound for an image that is not there, InvalidArgument that says
   * what is wrong; nothing is left then. After DeadlineExceeded, Canceled and Unavailable it may be there.
   */
  async create(options: ContainerOptions): Promise<Container> {
    const id = validateId("container", options.id ?? randomBytes(ID_BYTES).toString("hex"));
    try {
      return new Container(this.#session, id, await createContainer(this.#session, id, options));
    } catch (caught) {
      throw createError(HawserError.from(caught), id, options.name);
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

  get #service() {
    return this.#session.service(ContainersService);
  }
}

// hawserd speaks of the id, which may be one that nobody has seen.
function createError(error: HawserError, id: string, name: string | undefined): HawserError {
  const { code, message, details } = error;
  const reason = message.replace(`create container "${id}": `, "");
  return new HawserError(code, `create container "${name ?? id}": ${reason}`, { cause: error, details });
}
