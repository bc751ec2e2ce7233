// The front door of the library: a connection to hawserd, or to containerd 1.6 and newer, in one namespace. Owns the
// state behind it; everything it hands out borrows that. Composes the collections and knows nothing of how they work.
import type { ServiceDefinition } from "../../proto/codec.ts";
import { Code, HawserError, isUnavailable } from "../../proto/errors.ts";
import type { Shim } from "../../proto/gen/shims.ts";
import { Version } from "../../proto/gen/version.ts";
import { validateId } from "../../proto/identifiers.ts";
import { chooseAddress, chooseNamespace } from "./address.ts";
import { ClientState } from "./client-state.ts";
import { type CallOptions, Connection } from "./connection.ts";
import { Containers } from "./containers.ts";
import { Content } from "./content.ts";
import { type DaemonInfo, daemonInfo } from "./daemon.ts";
import { type FollowEventsOptions, type FollowedEvent, followEventLog } from "./event-log.ts";
import { type ClientEvent, type EventOptions, followEvents } from "./events.ts";
import { Images } from "./images.ts";
import { type Lease, Leases } from "./leases.ts";
import { Namespaces } from "./namespaces.ts";
import { type ListedProcess, listProcesses, type ProcessListOptions } from "./processes.ts";
import type { ServiceClient } from "./service-client.ts";
import { Session } from "./session.ts";
import { listShims, type ShimListOptions } from "./shims.ts";
import { DEFAULT_SNAPSHOTTER, Snapshots } from "./snapshots.ts";
import { defaultStdioDir } from "./stdio/stdio-directory.ts";

/** Where to connect to, and what to work with there. */
export interface ClientOptions extends CallOptions {
  /** The daemon's unix socket: a path, or `unix://…`. Default: HAWSER_ADDRESS, else `/run/hawser/hawserd.sock`. */
  readonly address?: string | undefined;
  /** Default: HAWSER_NAMESPACE, else `default`. */
  readonly namespace?: string | undefined;
  /** Where fifos for the streams of processes are made; private. Default: HAWSER_STDIO_DIR, else `/run/hawser/fifo`. */
  readonly stdioDir?: string | undefined;
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
  readonly #owned: ClientState | undefined;
  /** Containers and, through them, tasks and execs. */
  readonly containers: Containers;
  readonly images: Images;
  readonly content: Content;
  readonly leases: Leases;
  readonly namespaces: Namespaces;

  private constructor(session: Session, owned?: ClientState) {
    this.#session = session;
    this.#owned = owned;
    this.containers = new Containers(session);
    this.images = new Images(session);
    this.content = new Content(session);
    this.leases = new Leases(session);
    this.namespaces = new Namespaces(session);
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
    const state = new ClientState(new Connection(address), chosen.stdioDir ?? defaultStdioDir());
    const client = new Client(new Session(state, { namespace }), state);
    try {
      await client.version({ signal, timeoutMs });
      return client;
    } catch (caught) {
      await client[Symbol.asyncDispose]();
      throw connectError(address, HawserError.from(caught));
    }
  }

  /** The socket of the daemon. */
  get address(): string {
    return this.#session.state.connection.address;
  }

  /** The namespace that everything here is in. */
  get namespace(): string {
    return this.#session.namespace;
  }

  /** The same connection in another namespace. What is returned borrows: closing it closes nothing. */
  within(namespace: string): Client {
    return new Client(this.#session.narrow({ namespace: validateId("namespace", namespace) }));
  }

  /** The same client, with everything that it makes held by a lease. */
  leasing(lease: Lease | string): Client {
    return new Client(this.#session.narrow({ lease: typeof lease === "string" ? lease : lease.id }));
  }

  /** The snapshots of one snapshotter. */
  snapshots(snapshotter: string = DEFAULT_SNAPSHOTTER): Snapshots {
    return new Snapshots(this.#session, snapshotter);
  }

  /**
   * Follows the events of the daemon from now on. When the daemon was away, a `gap` says that some may be missing.
   *
   * @example
   * for await (const event of client.events()) {
   *   if (event.topic === "/tasks/exit") console.log(event.payload.containerId, event.payload.exitStatus);
   * }
   */
  events(options: EventOptions = {}): AsyncGenerator<ClientEvent, void, undefined> {
    return followEvents(this.#session, options);
  }

  /**
   * Follows the events of hawserd from a cursor, a time, a snapshot or now on, and goes on behind the last one when hawserd
   * was away: each exactly once, in order, and what is missing is said. Throws Unimplemented when the daemon is another one.
   *
   * @example
   * for await (const event of client.followEvents({ after: lastCursor })) {
   *   if (event.topic === "/tasks/exit") await store(event.payload, event.cursor);
   * }
   */
  followEvents(options: FollowEventsOptions = {}): AsyncGenerator<FollowedEvent, void, undefined> {
    return followEventLog(this.#session, options);
  }

  /** What the daemon calls itself. */
  async version(options?: CallOptions): Promise<DaemonVersion> {
    return await this.service(Version).version({}, options);
  }

  /**
   * Where hawserd is and since when. Throws Unimplemented when the daemon is another one.
   *
   * @example
   * const { rootDir, pid } = await client.daemon();
   */
  async daemon(options?: CallOptions): Promise<DaemonInfo> {
    return await daemonInfo(this.#session.state.connection, options);
  }

  /**
   * The shims of hawserd, of all namespaces when none is named. Throws Unimplemented when the daemon is another one.
   */
  async shims(options?: ShimListOptions): Promise<Shim[]> {
    return await listShims(this.#session.state.connection, options);
  }

  /**
   * The processes of containers in hawserd's own record, those that have ended included: an init process until its container is
   * started again or deleted, an exec until it is deleted. Throws Unimplemented when the daemon is another one.
   *
   * @example
   * for (const { containerId, state, end } of await client.processes()) {
   *   console.log(containerId, state, end?.exitStatus);
   * }
   */
  async processes(options?: ProcessListOptions): Promise<ListedProcess[]> {
    return await listProcesses(this.#session, options);
  }

  /** A service of the daemon as it is, for calls that the client has no word for. */
  service<Service extends ServiceDefinition>(definition: Service): ServiceClient<Service> {
    return this.#session.service(definition);
  }

  /** Closes all streams and the connection. Containers go on; those that wait here are told Canceled. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned?.[Symbol.asyncDispose]();
  }
}

function connectError(address: string, error: HawserError): HawserError {
  if (!isUnavailable(error)) return error.wrap(`connect to "${address}"`);
  const advice = "is the daemon running? Start hawserd, or name another address with HAWSER_ADDRESS";
  return new HawserError(Code.Unavailable, `connect to "${address}": nobody answers; ${advice}`, {
    cause: error,
  });
}
