// The gRPC server on the manager's socket: services in, connections in, statuses out. It owns the connections that it is
// given and every call on them; the socket file, its mode and who may connect are somebody else's.
// Always true: no handler throws past this file; a method that nobody implements answers Unimplemented and says its name;
// after disposal no handler runs that heeds its signal, and no connection is open.
// Clients may ping as often as they like: nothing here answers them with a GOAWAY.
import { once } from "node:events";
import type { Socket } from "node:net";
import {
  type ConnectionInjector,
  type MethodDefinition as GrpcMethod,
  Server,
  ServerCredentials,
  type sendUnaryData,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { Code, HawserError } from "../../proto/errors.ts";
import type { Log } from "../log.ts";
import type { ApiService } from "./api-service.ts";
import {
  type CallTarget,
  type DuplexCall,
  GrpcCall,
  type UnaryCall,
  type WritableCall,
} from "./grpc-call.ts";
import { allowResets, leaveFarDeadlines } from "./grpc-internals.ts";
import { statusOf } from "./grpc-status.ts";

/** Largest message, either way: what containerd's clients expect. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

// A Wait for each container can stand on one connection, and a client that meets this limit waits for ever.
const MAX_CONCURRENT_STREAMS = 16_384;

/** How long calls may take that are under way when the server stops, and then how long their handlers may take to notice. */
const FINISH_MS = 3_000;
const NOTICE_MS = 500;

/** How deep a chain of causes is followed: causes can be cyclic. */
const MAX_CAUSES = 16;

/** What a server is made of. */
export interface GrpcServerOptions {
  readonly services: readonly ApiService[];
  readonly log: Log;
  /** Default {@link MAX_MESSAGE_BYTES}. */
  readonly maxMessageBytes?: number;
  /** How long calls may take that are under way when the server stops. Default 3 s. */
  readonly finishMs?: number;
}

/** Serves connections until it is disposed. */
export class GrpcServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #injector: ConnectionInjector;
  readonly #log: Log;
  readonly #finishMs: number;
  readonly #sockets = new Set<Socket>();
  /** Calls in flight, each with the promise of its handler. */
  readonly #calls = new Map<GrpcCall, Promise<void>>();
  #stopped: Promise<void> | undefined;

  constructor({
    services,
    log,
    maxMessageBytes = MAX_MESSAGE_BYTES,
    finishMs = FINISH_MS,
  }: GrpcServerOptions) {
    this.#log = log;
    this.#finishMs = finishMs;
    this.#server = new Server({
      "grpc.max_receive_message_length": maxMessageBytes,
      // Checked when the message is encoded: grpc-js forgets the caller of a message that it refuses.
      "grpc.max_send_message_length": -1,
      "grpc.max_concurrent_streams": MAX_CONCURRENT_STREAMS,
      "grpc.enable_channelz": 0,
    });
    for (const service of services) this.#add(service, maxMessageBytes);
    allowResets(this.#server);
    this.#injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
    leaveFarDeadlines(this.#server);
  }

  /** How many calls have not been answered. */
  get callsInFlight(): number {
    return this.#calls.size;
  }

  /** Takes a connected socket and serves it until either side ends it. One that comes too late is closed. */
  accept(socket: Socket): void {
    // Go's client names a stream of its own in its last GOAWAY, which nghttp2 takes for a broken protocol.
    socket.on("error", (error) => this.#log.debug("a connection broke, ignoring", { error }));
    if (this.#stopped !== undefined) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    this.#injector.injectConnection(socket);
  }

  /** Ends open-ended calls at once, lets the others finish within their budget, then closes every connection. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const reason = new HawserError(Code.Unavailable, "hawserd is stopping");
    const closed = [...this.#sockets].map((socket) => once(socket, "close"));
    // Says GOAWAY on every connection, and each closes when its last call has been answered. The callback comes early
    // on Node 24, where a server that closes also closes its sessions.
    this.#server.tryShutdown(() => undefined);
    for (const call of this.#calls.keys()) if (call.target.isOpenEnded) call.abort(reason);
    await within(this.#finishMs, this.#idle());
    for (const call of this.#calls.keys()) call.abort(reason);
    await within(NOTICE_MS, this.#idle());
    // For the last answers to leave. A connection on which nobody ever spoke does not close by itself.
    await within(NOTICE_MS, Promise.allSettled(closed));
    for (const call of this.#calls.keys()) {
      this.#log.warn("a call does not end, continuing without it", { method: call.target.name });
    }
    this.#server.forceShutdown();
    for (const socket of this.#sockets) socket.destroy();
  }

  // A call that was under way to us when we said GOAWAY still comes in.
  async #idle(): Promise<void> {
    while (this.#calls.size > 0) await Promise.allSettled(this.#calls.values());
  }

  #add({ definition, handlers, isNamespaced, openEnded }: ApiService, maxMessageBytes: number): void {
    const methods: Record<string, GrpcMethod<Buffer, Buffer>> = {};
    const implementation: UntypedServiceImplementation = {};
    for (const [key, method] of Object.entries(definition.methods)) {
      const handler = handlers[key];
      const isServed = handler !== undefined;
      const name = `${definition.name}/${method.name}`;
      // What is not served is refused before its request is read, which is the way of streams.
      const isUnary = isServed && method.kind === "unary";
      const isBidirectional = !isServed || method.kind === "bidirectional";
      methods[key] = {
        path: `/${name}`,
        requestStream: isBidirectional,
        responseStream: !isUnary,
        requestSerialize: same,
        requestDeserialize: same,
        responseSerialize: same,
        responseDeserialize: same,
      };
      const isOpenEnded = openEnded.has(key);
      const target: CallTarget = { name, method, isNamespaced, isOpenEnded, maxMessageBytes };
      // The compiler has matched handlers and methods where the service was made: see apiService().
      if (!isServed) implementation[key] = (call: DuplexCall) => refuse(call, name);
      else if (isUnary) {
        implementation[key] = (raw: UnaryCall, respond: sendUnaryData<Buffer>) =>
          this.#run(new GrpcCall(target, raw), (call) => call.answer(raw, handler as never, respond));
      } else {
        implementation[key] = (raw: WritableCall | DuplexCall) =>
          this.#run(new GrpcCall(target, raw), (call) => call.stream(raw, handler as never));
      }
    }
    this.#server.addService(methods, implementation);
  }

  #run(call: GrpcCall, body: (call: GrpcCall) => Promise<HawserError | undefined>): void {
    const done = body(call)
      .then((error) => this.#note(call, error))
      // What grpc-js threw at us while it was given an outcome: the stream is gone, and the client knows.
      .catch((error: unknown) =>
        this.#log.warn("send outcome of a call, ignoring", { method: call.target.name, error }),
      )
      .finally(() => this.#calls.delete(call));
    this.#calls.set(call, done);
  }

  // The client is told what went wrong. A mistake of ours is one about which it can do nothing: what somebody threw without
  // saying what it is. What a shim answers without a code is not one.
  #note(call: GrpcCall, error: HawserError | undefined): void {
    if (error === undefined || (error.code !== Code.Unknown && error.code !== Code.Internal)) return;
    const thrown = firstCause(error);
    if (thrown instanceof HawserError && error.code === Code.Unknown) return;
    this.#log.error("a call failed unexpectedly", {
      method: call.target.name,
      error,
      stack: thrown.stack,
    });
  }
}

/** What an error was first made from. */
function firstCause(error: Error): Error {
  let first = error;
  for (let depth = 0; depth < MAX_CAUSES && first.cause instanceof Error; depth++) first = first.cause;
  return first;
}

function refuse(call: DuplexCall, name: string): void {
  const error = new HawserError(Code.Unimplemented, `${name}: not served by this hawserd`);
  call.emit("error", { ...statusOf(error), name: error.name, message: error.message });
}

function same(bytes: Buffer): Buffer {
  return bytes;
}

async function within(ms: number, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([done, over]);
  clearTimeout(timer);
}
