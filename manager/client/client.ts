// The front door of the library: a connection to hawserd, or to containerd 1.6 and newer, in one namespace. Owns the
// connection; everything it hands out borrows it. Composes the collections and knows nothing of how they work.
import type { ServiceDefinition } from "../../proto/codec.ts";
import { Code, HawserError, isUnavailable } from "../../proto/errors.ts";
import type { Shim } from "../../proto/gen/shims.ts";
import { Version } from "../../proto/gen/version.ts";
import { validateId } from "../../proto/identifiers.ts";
import { chooseAddress, chooseNamespace } from "./address.ts";
import { type CallOptions, Connection } from "./connection.ts";
import type { ServiceClient } from "./service-client.ts";
import { Session } from "./session.ts";
import { listShims, type ShimListOptions } from "./shims.ts";

/** Where to connect to, and what to work with there. */
export interface ClientOptions extends CallOptions {
  /** The daemon's unix socket: a path, or `unix://…`. Default: HAWSER_ADDRESS, else `/run/hawser/hawserd.sock`. */
  readonly address?: string | undefined;
  /** Default: HAWSER_NAMESPACE, else `default`. */
  readonly namespace?: string | undefined;
}

/** What a daemon calls itself. */
export interface DaemonVersion {
  readonly version: string;
  readonly revision: string;
}

/** How long `connect` tries when nobody says otherwise: a daemon on a unix socket answers at once or not at all. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * A client of one daemon.
 *
 * @example
 * await using client = await Client.connect();
 * const { version } = await client.version();
 */
export class Client implements AsyncDisposable {
  readonly #session: Session;
  readonly #ending: AbortController | undefined;

  private constructor(session: Session, ending: AbortController | undefined) {
    this.#session = session;
    this.#ending = ending;
  }

  /**
   * Connects and makes sure that a daemon answers. Throws Unavailable when nobody does, InvalidArgument for an address that is
   * not one of a unix socket and for a namespace that is not an id.
   *
   * @example
   * await using client = await Client.connect({ address: "/run/containerd/containerd.sock", namespace: "build" });
   */
  static async connect(options: string | ClientOptions = {}): Promise<Client> {
    const {
      timeoutMs = CONNECT_TIMEOUT_MS,
      signal,
      ...chosen
    } = typeof options === "string" ? { address: options } : options;
    const namespace = validateId("namespace", chooseNamespace(chosen.namespace));
    const address = chooseAddress(chosen.address);
    const connection = new Connection(address);
    try {
      const ending = new AbortController();
      const client = new Client(new Session(connection, ending.signal, { namespace }), ending);
      await client.version({ signal, timeoutMs });
      return client;
    } catch (caught) {
      connection[Symbol.dispose]();
      throw connectError(address, HawserError.from(caught));
    }
  }

  /** The socket of the daemon. */
  get address(): string {
    return this.#session.connection.address;
  }

  /** The namespace that everything here is in. */
  get namespace(): string {
    return this.#session.namespace;
  }

  /** The same connection in another namespace. What is returned borrows: closing it closes nothing. */
  within(namespace: string): Client {
    return new Client(this.#session.narrow({ namespace: validateId("namespace", namespace) }), undefined);
  }

  /** What the daemon calls itself. */
  async version(options?: CallOptions): Promise<DaemonVersion> {
    return await this.service(Version).version({}, options);
  }

  /**
   * The shims of hawserd, of all namespaces when none is named. Throws Unimplemented when the daemon is another one.
   */
  async shims(options?: ShimListOptions): Promise<Shim[]> {
    return await listShims(this.#session.connection, options);
  }

  /** A service of the daemon as it is, for calls that the client has no word for. */
  service<Service extends ServiceDefinition>(definition: Service): ServiceClient<Service> {
    return this.#session.service(definition);
  }

  /** Closes the connection. Containers go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ending === undefined || this.#ending.signal.aborted) return;
    this.#ending.abort(new HawserError(Code.Canceled, "the client was closed"));
    this.#session.connection[Symbol.dispose]();
  }
}

function connectError(address: string, error: HawserError): HawserError {
  if (!isUnavailable(error)) return error.wrap(`connect to "${address}"`);
  const advice = "is the daemon running? Start hawserd, or name another address with HAWSER_ADDRESS";
  return new HawserError(Code.Unavailable, `connect to "${address}": nobody answers; ${advice}`, {
    cause: error,
  });
}
