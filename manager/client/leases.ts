// Leases: what is made under one stays until the lease ends or something refers to it. Each expires by itself, so that a program
// that dies in the middle leaves nothing for ever.
import { randomUUID } from "node:crypto";
import { isNotFound } from "../../proto/errors.ts";
import { Leases as LeasesService, type Resource } from "../../proto/gen/leases.ts";
import { toDate } from "../../proto/timestamp.ts";
import type { CallOptions } from "./connection.ts";
import type { Session } from "./session.ts";

/** When a lease ends whose program did not end it. */
const LIFETIME_MS = 24 * 60 * 60 * 1000;
const EXPIRE_LABEL = "containerd.io/gc.expire";

/** How long ending a lease may take; on a clock of its own, since whoever made it may have given up. */
const END_MS = 10_000;

/** What a lease is to be. */
export interface LeaseOptions extends CallOptions {
  /** Default: one that nobody else has. */
  readonly id?: string | undefined;
  /** When it ends by itself. Default: in 24 hours. */
  readonly expiresAt?: Date | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** A lease, as the daemon knows it. */
export interface LeaseInfo {
  readonly id: string;
  readonly createdAt: Date | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/** A lease that ends with the scope that it is used in. */
export class Lease implements AsyncDisposable {
  readonly id: string;
  readonly #session: Session;

  /** For `Leases.create`. */
  constructor(session: Session, id: string) {
    this.#session = session;
    this.id = id;
  }

  /** What belongs to it. */
  async resources(options?: CallOptions): Promise<Resource[]> {
    const { resources } = await this.#session.service(LeasesService).listResources({ id: this.id }, options);
    return resources;
  }

  /** Ends it. `sync` waits until what only it kept is gone. */
  async delete({ sync = false, ...options }: CallOptions & { readonly sync?: boolean } = {}): Promise<void> {
    await this.#session.service(LeasesService).delete({ id: this.id, sync }, options);
  }

  /** Ends it; one that cannot be ended expires. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.delete({ timeoutMs: END_MS });
    } catch {
      // Gone, or the daemon is: it expires.
    }
  }
}

/**
 * The leases of the namespace.
 *
 * @example
 * await using lease = await client.leases.create();
 * const held = client.leasing(lease);
 */
export class Leases {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Makes a lease. Throws AlreadyExists for an id that is taken. */
  async create({ id, expiresAt, labels = {}, ...options }: LeaseOptions = {}): Promise<Lease> {
    const expires = (expiresAt ?? new Date(Date.now() + LIFETIME_MS)).toISOString();
    const request = { id: id ?? `hawser-${randomUUID()}`, labels: { ...labels, [EXPIRE_LABEL]: expires } };
    const { lease } = await this.#service.create(request, options);
    return new Lease(this.#session, lease?.id ?? request.id);
  }

  /** All leases that match one of the filters. */
  async list(
    { filters = [] }: { readonly filters?: readonly string[] } = {},
    options?: CallOptions,
  ): Promise<LeaseInfo[]> {
    const { leases } = await this.#service.list({ filters }, options);
    return leases.map(({ id, createdAt, labels }) => ({ id, createdAt: toDate(createdAt), labels }));
  }

  /** Ends a lease by its id. One that is not there is a success. */
  async delete(id: string, options?: CallOptions): Promise<void> {
    try {
      await new Lease(this.#session, id).delete(options);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  get #service() {
    return this.#session.service(LeasesService);
  }
}

/** Runs `body` under the session's lease, or under one of its own that ends with it. */
export async function underLease<T>(
  session: Session,
  { signal }: CallOptions,
  body: (leased: Session) => Promise<T>,
): Promise<T> {
  if (session.lease !== undefined) return await body(session);
  await using lease = await new Leases(session).create({ signal });
  return await body(session.narrow({ lease: lease.id }));
}

/**
 * A lease for a short while that nobody is to wait for: it is made while other things are looked up, and ended in the background. The
 * session's own, when it has one.
 */
export class PassingLease implements Disposable {
  readonly #session: Session;
  readonly #lease: Promise<Lease> | undefined;

  /** Begins to make it. It ends by itself after `lifetimeMs`, should the program be killed. */
  constructor(session: Session, { signal, lifetimeMs }: CallOptions & { readonly lifetimeMs: number }) {
    this.#session = session;
    if (session.lease !== undefined) return;
    const expiresAt = new Date(Date.now() + lifetimeMs);
    this.#lease = new Leases(session).create({ expiresAt, signal });
    // Whoever needs it hears of it.
    this.#lease.catch(() => undefined);
  }

  /** The session under it. Throws what kept it from being made. */
  async session(): Promise<Session> {
    const lease = await this.#lease;
    return lease === undefined ? this.#session : this.#session.narrow({ lease: lease.id });
  }

  /** Ends it; the client's end waits for that. */
  [Symbol.dispose](): void {
    const ended = this.#lease?.then(
      (lease) => lease[Symbol.asyncDispose](),
      () => undefined,
    );
    if (ended !== undefined) this.#session.state.finish(ended);
  }
}
