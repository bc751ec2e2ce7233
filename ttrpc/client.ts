// The calling side of one connection: any number of calls at once, each with its own deadline and signal, matched to
// answers by stream id. Ids are given out in the moment of writing, because servers refuse one that is out of order.
// A call ends exactly once: by its answer, its deadline, its signal, or the loss of the connection.
import type { Socket } from "node:net";
import type { AnyMethod, ServiceDefinition } from "../proto/codec.ts";
import { Code, HawserError } from "../proto/errors.ts";
import type { Address } from "./address.ts";
import { expired, type OutgoingCall, type Pending, UnaryCall } from "./client-call.ts";
import { compose } from "./client-interceptor.ts";
import type { ClientOptions, ConnectOptions } from "./client-options.ts";
import { connectSocket, socketFromFd } from "./client-socket.ts";
import { StreamCall, type StreamSetting } from "./client-stream-call.ts";
import { Connection, type ConnectionUser } from "./connection.ts";
import { wireNanos } from "./deadline.ts";
import { encodeRoute, requestFrame, tooLarge } from "./envelope.ts";
import { Flag, FrameType, MAX_STREAM_ID, setStreamId } from "./frame.ts";
import { DEFAULT_INBOUND_LIMITS } from "./inbound-queue.ts";
import { Metadata, type MetadataInit } from "./metadata.ts";
import type { CallOptions, ServiceClient, StreamOptions } from "./service.ts";
import { ConnectionClosedError } from "./status.ts";

const DEFAULT_MAX_CALLS = 65_536;

/** A ttrpc client. Owns its connection: close it. */
export class Client implements AsyncDisposable {
  /** Resolves, never rejects, with the reason when the connection is over: closed by either side, or lost. */
  readonly closed: Promise<ConnectionClosedError>;
  readonly #connection: Connection;
  readonly #options: ClientOptions;
  readonly #metadata: Metadata | undefined;
  /** What every stream is given. */
  readonly #setting: StreamSetting;
  readonly #pending = new Map<number, Pending>();
  readonly #invoke: (call: OutgoingCall) => Promise<unknown>;
  readonly #routes = new WeakMap<AnyMethod, { readonly service: string; readonly route: Uint8Array }>();
  #callsWaiting = 0;
  #nextId = 1;
  #isDraining = false;
  #idle: PromiseWithResolvers<void> | undefined;

  /** Takes a connected socket. */
  constructor(socket: Socket, options: ClientOptions = {}) {
    this.#options = options;
    this.#metadata = options.metadata === undefined ? undefined : new Metadata(options.metadata);
    const { promise, resolve } = Promise.withResolvers<ConnectionClosedError>();
    this.closed = promise;
    this.#connection = new Connection(socket, this.#user(resolve));
    this.#setting = {
      link: {
        outbox: this.#connection.outbox,
        pause: () => this.#connection.pause(),
        forget: (streamId) => this.#forget(streamId),
      },
      inbound: { ...DEFAULT_INBOUND_LIMITS, ...options.inbound },
    };
    this.#invoke = compose(options.interceptors ?? [], (call) => this.#unary(call));
  }

  /**
   * Connects to an address (`unix:///run/x.sock`, `/run/x.sock`, `unix://@name`). A connection proves only that
   * somebody listens: a server that refuses us closes it without a word. Throws InvalidArgument for an address that is
   * none, Unavailable with the system's error as cause when nobody listens, Canceled when `signal` fires.
   */
  static async connect(address: string | Address, options: ConnectOptions = {}): Promise<Client> {
    return new Client(await connectSocket(address, options.signal), options);
  }

  /** Takes a connected socket by its descriptor, which the client then owns. */
  static fromFd(fd: number, options: ClientOptions = {}): Client {
    return new Client(socketFromFd(fd), options);
  }

  /** Why the connection is over; undefined while it is not. */
  get closedBy(): ConnectionClosedError | undefined {
    return this.#connection.closed;
  }

  /** Calls that have not ended. */
  get callsInFlight(): number {
    return this.#pending.size + this.#callsWaiting;
  }

  /** An object with one function per method of the service. Cheap; keep it all the same. */
  service<Service extends ServiceDefinition>(service: Service): ServiceClient<Service> {
    const functions: Record<string, unknown> = {};
    for (const [key, method] of Object.entries(service.methods)) {
      functions[key] = this.#bind(service.name, method);
    }
    return functions as ServiceClient<Service>;
  }

  /** Closes the connection now. Calls in flight fail; what became of them at the server is unknown. */
  close(): void {
    this.#connection.close("ttrpc: closed");
  }

  /**
   * Waits for the calls in flight, then closes; new calls fail as if it were closed already. With a signal: closes at
   * the latest when it fires.
   */
  async drain(options: { signal?: AbortSignal } = {}): Promise<void> {
    this.#isDraining = true;
    const { signal } = options;
    const closeNow = (): void => this.close();
    if (signal?.aborted) closeNow();
    signal?.addEventListener("abort", closeNow, { once: true });
    if (this.callsInFlight > 0 && this.closedBy === undefined) {
      this.#idle ??= Promise.withResolvers();
      await this.#idle.promise;
    }
    await this.#connection.end("ttrpc: closed");
    signal?.removeEventListener("abort", closeNow);
  }

  /** Closes now, like `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  #user(resolveClosed: (error: ConnectionClosedError) => void): ConnectionUser {
    return {
      onFrame: (streamId, type, flags, body) => this.#onFrame(streamId, type, flags, body),
      onOversized: (streamId, type, _flags, length) => {
        const pending = this.#pending.get(streamId);
        if (pending === undefined) this.#ignored(`oversized frame for stream ${streamId}`);
        else pending.onOversized(tooLarge(length, "answer"), type === FrameType.Response);
      },
      onClosed: (error) => {
        for (const [streamId, pending] of [...this.#pending]) this.#lose(streamId, pending, error);
        this.#checkIdle();
        resolveClosed(error);
      },
    };
  }

  #onFrame(streamId: number, type: number, flags: number, body: Uint8Array): void {
    const pending = this.#pending.get(streamId);
    if (pending === undefined) this.#ignored(`frame of type ${type} for stream ${streamId}, which is over`);
    else if (type === FrameType.Response) pending.onResponse(body);
    else if (type === FrameType.Data) pending.onData(flags, body);
    else this.#ignored(`frame of unknown type ${type}`);
  }

  #lose(streamId: number, pending: Pending, error: Error): void {
    this.#pending.delete(streamId);
    pending.onLost(error);
  }

  #ignored(notice: string): void {
    this.#options.onIgnored?.(notice);
  }

  #forget(streamId: number): void {
    this.#pending.delete(streamId);
    this.#checkIdle();
  }

  #checkIdle(): void {
    if (this.callsInFlight === 0 || this.closedBy !== undefined) this.#idle?.resolve();
  }

  #bind(service: string, definition: AnyMethod): unknown {
    // A copy per service: v2 and v3 of one service may share a method's definition, and the route differs.
    const method: AnyMethod = { ...definition };
    this.#routes.set(method, { service, route: encodeRoute(service, method.name) });
    switch (method.kind) {
      case "unary":
        return (request: unknown, options?: CallOptions) => this.#call(service, method, request, options);
      case "server-streaming":
        return (request: unknown, options?: StreamOptions) => this.#stream(service, method, options, request);
      default:
        return (options?: StreamOptions) => this.#stream(service, method, options);
    }
  }

  #call(service: string, method: AnyMethod, request: unknown, options: CallOptions = {}): Promise<unknown> {
    return this.#invoke({
      service,
      method,
      request,
      metadata: this.#mergeMetadata(options.metadata),
      timeoutMs: options.timeoutMs ?? this.#options.timeoutMs,
      signal: options.signal,
    });
  }

  #mergeMetadata(own: MetadataInit | undefined): Metadata {
    const merged = new Metadata(this.#metadata);
    if (own !== undefined) for (const [name, value] of new Metadata(own)) merged.append(name, value);
    return merged;
  }

  #routeOf(method: AnyMethod, service: string): Uint8Array {
    return this.#routes.get(method)?.route ?? encodeRoute(service, method.name);
  }

  #unary(outgoing: OutgoingCall): Promise<unknown> {
    const { service, method, timeoutMs, signal } = outgoing;
    const name = `${service}/${method.name}`;
    const refused = this.#refusal(name, timeoutMs, signal);
    if (refused !== undefined) return Promise.reject(refused);
    const call = new UnaryCall(name, method.response, outgoing, (streamId) => this.#forget(streamId));
    try {
      // Encoded now, even if it has to wait: the caller may change its request afterwards.
      const frame = requestFrame(
        {
          flags: 0,
          route: this.#routeOf(method, service),
          timeoutNano: wireNanos(timeoutMs),
          metadata: outgoing.metadata,
        },
        method.request,
        outgoing.request,
      );
      const { outbox } = this.#connection;
      if (outbox.isFull) {
        this.#callsWaiting++;
        const start = (): void => {
          this.#callsWaiting--;
          call.start(() => this.#open(frame, call));
        };
        const withdraw = outbox.whenRoom(start);
        call.whenWithdrawn = () => {
          withdraw();
          this.#callsWaiting--;
          this.#checkIdle();
        };
      } else {
        call.start(() => this.#open(frame, call));
      }
    } catch (error) {
      call.fail(HawserError.from(error).wrap(`call ${name}`));
    }
    return call.answer;
  }

  #stream(service: string, method: AnyMethod, options: StreamOptions = {}, request?: unknown): unknown {
    const name = `${service}/${method.name}`;
    const hasRequest = method.kind === "server-streaming";
    const { signal, timeoutMs } = options;
    const refused = this.#refusal(name, timeoutMs, signal);
    if (refused !== undefined) throw refused;
    const parts = {
      flags: hasRequest ? Flag.RemoteClosed : Flag.RemoteOpen,
      route: this.#routeOf(method, service),
      timeoutNano: wireNanos(timeoutMs),
      metadata: this.#mergeMetadata(options.metadata),
    };
    const frame = hasRequest ? requestFrame(parts, method.request, request) : requestFrame(parts);
    const call = new StreamCall(name, method, options, this.#setting, (pending) =>
      this.#open(frame, pending),
    );
    return call.stream;
  }

  /** Why a call cannot even be tried, if so. */
  #refusal(name: string, timeoutMs: number | undefined, signal: AbortSignal | undefined): Error | undefined {
    if (this.closedBy !== undefined) return this.closedBy;
    if (this.#isDraining) return new ConnectionClosedError();
    if (signal?.aborted) return HawserError.from(signal.reason).wrap(`call ${name}`);
    if (timeoutMs !== undefined && !(timeoutMs > 0)) return expired(name, timeoutMs);
    const limit = this.#options.maxCalls ?? DEFAULT_MAX_CALLS;
    if (this.callsInFlight < limit) return undefined;
    return new HawserError(Code.ResourceExhausted, `call ${name}: ${limit} calls are in flight already`);
  }

  /** Gives out the next id and writes the Request, in one step: servers insist on rising ids. */
  #open(frame: Buffer, pending: Pending): number {
    if (this.closedBy !== undefined) throw this.closedBy;
    const streamId = this.#nextId;
    if (streamId > MAX_STREAM_ID) {
      throw new HawserError(
        Code.ResourceExhausted,
        "every stream id of this connection is used up: open a new one",
      );
    }
    setStreamId(frame, streamId);
    this.#nextId += 2;
    this.#pending.set(streamId, pending);
    this.#connection.write(frame);
    return streamId;
  }
}
