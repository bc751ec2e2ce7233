// Namespaces: tenants. Every id lives in one, and one exists as soon as something is stored in it.
import { Namespaces as NamespacesService } from "../../proto/gen/namespaces.ts";
import { validateId } from "../../proto/identifiers.ts";
import type { CallOptions } from "./connection.ts";
import type { Session } from "./session.ts";

/** A namespace. */
export interface Namespace {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The namespaces of the daemon.
 *
 * @example
 * for (const { name } of await client.namespaces.list()) console.log(name);
 */
export class Namespaces {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** One namespace. Throws NotFound. */
  async get(name: string, options?: CallOptions): Promise<Namespace> {
    const { namespace } = await this.#service.get({ name }, options);
    return { name: namespace?.name ?? name, labels: namespace?.labels ?? {} };
  }

  /** All namespaces. */
  async list(options?: CallOptions): Promise<Namespace[]> {
    const { namespaces } = await this.#service.list({}, options);
    return namespaces.map(({ name, labels }) => ({ name, labels }));
  }

  /** Makes one. Throws AlreadyExists. */
  async create(
    name: string,
    { labels = {}, ...options }: CallOptions & { readonly labels?: Readonly<Record<string, string>> } = {},
  ): Promise<Namespace> {
    validateId("namespace", name);
    const { namespace } = await this.#service.create({ namespace: { name, labels } }, options);
    return { name, labels: namespace?.labels ?? labels };
  }

  /** Changes labels; one that is empty is removed. */
  async label(
    name: string,
    labels: Readonly<Record<string, string>>,
    options?: CallOptions,
  ): Promise<Namespace> {
    const paths = Object.keys(labels).map((key) => `labels.${key}`);
    const request = { namespace: { name, labels }, updateMask: { paths } };
    const { namespace } = await this.#service.update(request, options);
    return { name, labels: namespace?.labels ?? {} };
  }

  /** Deletes an empty one. Throws FailedPrecondition while something is in it. */
  async delete(name: string, options?: CallOptions): Promise<void> {
    await this.#service.delete({ name }, options);
  }

  get #service() {
    return this.#session.service(NamespacesService);
  }
}
