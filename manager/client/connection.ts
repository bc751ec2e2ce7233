// One connection to a daemon: a gRPC channel that connects again by itself, and calls over it in three shapes. Owns the
// channel; knows methods and messages by their definitions alone. Namespace and lease travel as headers.
// Always true: a call ends with a HawserError or well, and one whose signal fires is cancelled on the wire, too.
import {
  Client as Channel,
  type ClientDuplexStream,
  credentials,
  type CallOptions as GrpcOptions,
  Metadata,
} from "@grpc/grpc-js";
import type { Codec, Init, MethodDefinition } from "../../proto/codec.ts";
import { channelTarget } from "./address.ts";
import { callError } from "./call-error.ts";
import { Conversation } from "./conversation.ts";

/** The largest message, either way: what containerd and hawserd allow. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** How long a call may take when nobody says otherwise. */
export const DEFAULT_TIMEOUT_MS = 60_000;

const channelOptions = {
  "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
  "grpc.max_send_message_length": MAX_MESSAGE_BYTES,
  // A daemon that restarts is back within a second or two, and asking a unix socket costs nothing.
  "grpc.initial_reconnect_backoff_ms": 50,
  "grpc.max_reconnect_backoff_ms": 500,
  // Each client has a connection of its own, so that closing one says nothing about another.
  "grpc.use_local_subchannel_pool": 1,
  "grpc.service_config_disable_resolution": 1,
  // A retry by the library would repeat a Create whose answer was lost.
  "grpc.enable_retries": 0,
  "grpc.enable_http_proxy": 0,
};

/** How a call is to be made. */
export interface CallOptions {
  /** Ends the call; its reason becomes the error. */
  readonly signal?: AbortSignal | undefined;
  /** How long it may take; `Infinity` is as long as it lasts. Default: a minute, and no limit for streams. */
  readonly timeoutMs?: number | undefined;
}

/** What the headers of a call say, and how patient it is. */
export interface CallScope {
  readonly namespace?: string | undefined;
  readonly lease?: string | undefined;
  /** Waits for a daemon that is not there, instead of failing with Unavailable. */
  readonly isPatient?: boolean | undefined;
}

/** A connection. Connects with the first call. */
export class Connection implements Disposable {
  readonly address: string;
  readonly #channel: Channel;

  /** Throws InvalidArgument when the address is not that of a unix socket. */
  constructor(address: string) {
    this.address = address;
    // The authority would be the path of the socket, percent-encoded; servers in Go refuse that.
    this.#channel = new Channel(channelTarget(address), credentials.createInsecure(), {
      ...channelOptions,
      "grpc.default_authority": "localhost",
    });
  }

  /** One request, one answer. */
  unary<Request, Response>(
    path: string,
    method: MethodDefinition<Request, Response>,
    request: Init<Request>,
    scope: CallScope,
    { signal, timeoutMs = DEFAULT_TIMEOUT_MS }: CallOptions = {},
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(callError(undefined, signal));
      const cancel = () => call.cancel();
      const call = this.#channel.makeUnaryRequest<Init<Request>, Response>(
        path,
        encoder(method.request),
        method.response.decode,
        request,
        metadataOf(scope),
        grpcOptions(timeoutMs),
        (error, response) => {
          signal?.removeEventListener("abort", cancel);
          if (error) reject(callError(error, signal));
          else resolve(response as Response);
        },
      );
      signal?.addEventListener("abort", cancel, { once: true });
    });
  }

  /** One request, many answers. Nothing is sent before the first is asked for; leaving the loop ends the call. */
  async *serverStream<Request, Response>(
    path: string,
    method: MethodDefinition<Request, Response>,
    request: Init<Request>,
    scope: CallScope,
    { signal, timeoutMs = Number.POSITIVE_INFINITY }: CallOptions = {},
  ): AsyncGenerator<Response, void, undefined> {
    if (signal?.aborted) throw callError(undefined, signal);
    const call = this.#channel.makeServerStreamRequest<Init<Request>, Response>(
      path,
      encoder(method.request),
      method.response.decode,
      request,
      metadataOf(scope),
      grpcOptions(timeoutMs),
    );
    // Cancelling makes the stream fail once more, after everybody has left.
    call.on("error", () => undefined);
    const cancel = () => call.cancel();
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      for await (const response of call) yield response as Response;
    } catch (caught) {
      throw callError(caught, signal);
    } finally {
      signal?.removeEventListener("abort", cancel);
      call.cancel();
    }
  }

  /** Requests and answers, each side at its own pace. */
  conversation<Request, Response>(
    path: string,
    method: MethodDefinition<Request, Response>,
    scope: CallScope,
    { signal, timeoutMs = Number.POSITIVE_INFINITY }: CallOptions = {},
  ): Conversation<Request, Response> {
    if (signal?.aborted) throw callError(undefined, signal);
    const call: ClientDuplexStream<Init<Request>, Response> = this.#channel.makeBidiStreamRequest<
      Init<Request>,
      Response
    >(path, encoder(method.request), method.response.decode, metadataOf(scope), grpcOptions(timeoutMs));
    return new Conversation(call, signal);
  }

  /** Closes the channel. Calls under way go on to their end; none can begin. */
  [Symbol.dispose](): void {
    this.#channel.close();
  }
}

function encoder<T>(codec: Codec<T>): (message: Init<T>) => Buffer {
  return (message) => {
    const bytes = codec.encode(message);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}

function metadataOf({ namespace, lease, isPatient = false }: CallScope): Metadata {
  const metadata = new Metadata({ waitForReady: isPatient });
  if (namespace !== undefined) metadata.set("containerd-namespace", namespace);
  if (lease !== undefined) metadata.set("containerd-lease", lease);
  return metadata;
}

function grpcOptions(timeoutMs: number): GrpcOptions {
  return Number.isFinite(timeoutMs) ? { deadline: Date.now() + timeoutMs } : {};
}
