// The serving side: services, listening sockets, and the connections accepted on them. Owns what it listens on and what
// it has accepted. Two ways to end: `shutdown` lets running calls finish, `close` does not; both are final.
import { chmodSync } from "node:fs";
import { createServer, type Server as NetServer, type Socket } from "node:net";
import type { ServiceDefinition } from "../proto/codec.ts";
import { Code, HawserError } from "../proto/errors.ts";
import { type Address, parseAddress, socketPath } from "./address.ts";
import type { PeerCredentials } from "./call-context.ts";
import { DEFAULT_INBOUND_LIMITS, type InboundLimits } from "./inbound-queue.ts";
import { ScratchSocket } from "./scratch-socket.ts";
import type { BoundMethod, ServerInterceptor } from "./server-call.ts";
import { ServerConnection } from "./server-connection.ts";
import type { ServiceHandlers } from "./service.ts";
import { quoted } from "./status.ts";

/** How peers are told apart. Without it the socket's file mode is all that keeps others out. */
export interface PeerCheck {
  /** Reads SO_PEERCRED of a connected socket's descriptor, which is borrowed. */
  readonly read: (fd: number) => PeerCredentials;
  /** Who may come in. Default: the same effective uid and gid as this process, as containerd has it. */
  readonly allow?: (peer: PeerCredentials) => boolean;
}

/** Who may connect, what stands around every call, and the bounds of what strangers can make the server hold. */
export interface ServerOptions {
  /** Refused peers see their connection closed without a byte. */
  readonly peers?: PeerCheck;
  /** Around every call, outermost first. */
  readonly interceptors?: readonly ServerInterceptor[];
  /** Bounds of every inbound stream's unread messages; default 1024 messages, 16 MiB, `fail`. */
  readonly inbound?: Partial<InboundLimits>;
  /** Handlers running at a time per connection; one more is answered ResourceExhausted. Default 16,384. */
  readonly maxCalls?: number;
  /** Connections at a time; more are closed at once. Default 4,096. */
  readonly maxConnections?: number;
}

/** How a socket is made; of no meaning for an inherited one. */
export interface ListenOptions {
  /** Mode of a socket in the file system; default 0600. */
  readonly mode?: number;
}

/** Where to listen: an address, or a listening socket that was inherited (its path is not removed at the end). */
export type ListenTarget = string | Address | { readonly fd: number };

const DEFAULT_MAX_CALLS = 16_384;
const DEFAULT_MAX_CONNECTIONS = 4_096;

/** A ttrpc server. */
export class Server implements AsyncDisposable {
  readonly #options: ServerOptions;
  readonly #services = new Map<string, Map<string, BoundMethod>>();
  readonly #listeners = new Set<NetServer>();
  readonly #connections = new Set<ServerConnection>();
  #isClosed = false;

  constructor(options: ServerOptions = {}) {
    this.#options = options;
  }

  /** Connections that are open. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Handlers that have not settled, on all connections. */
  get callsRunning(): number {
    let running = 0;
    for (const connection of this.#connections) running += connection.callsRunning;
    return running;
  }

  /**
   * Serves a service. `handlers` may be an instance of a class; methods it does not have answer Unimplemented. Throws
   * AlreadyExists when a service of this name is served.
   */
  register<Service extends ServiceDefinition>(service: Service, handlers: ServiceHandlers<Service>): this {
    if (this.#services.has(service.name)) {
      throw new HawserError(Code.AlreadyExists, `register service "${service.name}": it is served already`);
    }
    const methods = new Map<string, BoundMethod>();
    for (const [key, definition] of Object.entries(service.methods)) {
      const handler: unknown = Reflect.get(handlers, key);
      if (typeof handler !== "function") continue;
      methods.set(definition.name, {
        service: service.name,
        definition,
        handler: (input, context) => handler.call(handlers, input, context),
      });
    }
    this.#services.set(service.name, methods);
    return this;
  }

  /**
   * Accepts connections at an address; resolves when the socket is bound. Nobody but the owner can connect before it has
   * its mode. For the moment of binding the umask of the process is 077, so not in a worker thread. Throws
   * the system's error (EADDRINUSE when the path exists, whether or not anybody listens), InvalidArgument for an
   * address that is none, FailedPrecondition after `shutdown` or `close`. Sockets in the file system are removed at
   * the end.
   */
  async listen(target: ListenTarget, options: ListenOptions = {}): Promise<void> {
    const listener = createServer({ pauseOnConnect: this.#options.peers !== undefined });
    listener.maxConnections = this.#options.maxConnections ?? DEFAULT_MAX_CONNECTIONS;
    listener.on("connection", (socket) => this.#accept(socket, ScratchSocket.adopt));
    this.#checkOpen();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // From here on `close` finds it, even if that is called before the socket is bound.
    this.#listeners.add(listener);
    listener.once("error", reject).once("close", resolve);
    // Later errors are accept(2) failing for a while (EMFILE); Node goes on accepting afterwards.
    listener.on("error", () => undefined);
    try {
      if (typeof target === "object" && "fd" in target) {
        listener.listen({ fd: target.fd }, resolve);
      } else {
        bindPrivately(listener, typeof target === "string" ? parseAddress(target) : target, options, resolve);
      }
      await promise;
    } catch (error) {
      this.#listeners.delete(listener);
      throw error;
    }
    this.#checkOpen();
  }

  /**
   * Serves the connections of a listener that is listening already, which the server then owns. What it accepted before
   * is not seen: call this in the same turn of the event loop. Throws FailedPrecondition after `shutdown` or `close`.
   */
  serve(listener: NetServer): void {
    this.#checkOpen();
    listener.maxConnections = this.#options.maxConnections ?? DEFAULT_MAX_CONNECTIONS;
    listener.on("connection", (socket) => this.#accept(socket, ScratchSocket.adopt));
    listener.on("error", () => undefined);
    this.#listeners.add(listener);
  }

  /** Serves a connected socket, which the server then owns. */
  accept(socket: Socket): void {
    this.#accept(socket, (accepted) => accepted);
  }

  #accept(accepted: Socket, adopt: (accepted: Socket) => Socket): void {
    const peer = this.#admit(accepted);
    if (this.#isClosed || peer === "refused") {
      accepted.destroy();
      return;
    }
    const socket = adopt(accepted);
    this.#connections.add(
      new ServerConnection(socket, peer, {
        lookup: (service, method) => this.#lookup(service, method),
        interceptors: this.#options.interceptors ?? [],
        inbound: { ...DEFAULT_INBOUND_LIMITS, ...this.#options.inbound },
        maxCalls: this.#options.maxCalls ?? DEFAULT_MAX_CALLS,
        onClosed: (connection) => this.#connections.delete(connection),
      }),
    );
    socket.resume();
  }

  /**
   * Stops accepting, refuses new calls with Unavailable, and resolves when every running handler has settled, its
   * answer has been sent, and its connection closed. `signal` bounds the wait: when it fires, the rest is closed as by `close`.
   * Do not await it inside a handler: it would wait for itself.
   */
  async shutdown(options: { signal?: AbortSignal } = {}): Promise<void> {
    this.#isClosed = true;
    const { signal } = options;
    const closeNow = (): void => {
      for (const connection of this.#connections) connection.close();
    };
    if (signal?.aborted) closeNow();
    signal?.addEventListener("abort", closeNow, { once: true });
    const listeners = this.#stopListening();
    await Promise.all([...this.#connections].map((connection) => connection.drain()));
    signal?.removeEventListener("abort", closeNow);
    await listeners;
  }

  /** Stops at once: connections are closed, handlers see their signal fire. Resolves when sockets are released. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const connection of this.#connections) connection.close();
    await this.#stopListening();
  }

  /** Stops at once, like `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new HawserError(Code.FailedPrecondition, "ttrpc: server closed");
  }

  async #stopListening(): Promise<void> {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    await Promise.all(
      listeners.map((listener) => new Promise<void>((resolve) => listener.close(() => resolve()))),
    );
  }

  #admit(socket: Socket): PeerCredentials | "refused" | undefined {
    const { peers } = this.#options;
    if (peers === undefined) return undefined;
    try {
      const peer = peers.read(descriptorOf(socket));
      return (peers.allow ?? isSameUser)(peer) ? peer : "refused";
    } catch {
      // The peer may be gone already; and who cannot be identified is not let in.
      return "refused";
    }
  }

  #lookup(service: string, method: string): BoundMethod {
    const methods = this.#services.get(service);
    if (methods === undefined) throw new HawserError(Code.Unimplemented, `service ${quoted(service)}`);
    const bound = methods.get(method);
    if (bound === undefined) throw new HawserError(Code.Unimplemented, `method ${quoted(method)}`);
    return bound;
  }
}

function isSameUser(peer: PeerCredentials): boolean {
  return peer.uid === process.geteuid?.() && peer.gid === process.getegid?.();
}

/** The descriptor under a socket; Node has no public way to it. */
function descriptorOf(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, "_handle");
  const fd: unknown = typeof handle === "object" && handle !== null ? Reflect.get(handle, "fd") : undefined;
  if (typeof fd !== "number" || fd < 0) throw new Error("the socket has no descriptor");
  return fd;
}

/**
 * Binds, which `listen` does before it returns. The umask is that of all threads: until the mode is set it keeps out
 * everybody but the owner, and takes nothing from the owner, whose directories must stay usable.
 */
function bindPrivately(
  listener: NetServer,
  address: Address,
  options: ListenOptions,
  onListening: () => void,
): void {
  const umask = process.umask(0o077);
  try {
    listener.listen({ path: socketPath(address) }, onListening);
  } finally {
    process.umask(umask);
  }
  // Not listening: the path is somebody else's, and the error comes in the next turn.
  if (address.kind === "path" && listener.listening) chmodSync(address.name, options.mode ?? 0o600);
}
