// Types that connect generated service definitions to code: what a client object of a service looks like, what a server
// has to implement, and the options and context of one call.
import type { Init, MethodDefinition, ServiceDefinition } from "../proto/codec.ts";
import type { CallContext } from "./call-context.ts";
import type { ClientStream } from "./client-stream.ts";
import type { InboundLimits } from "./inbound-queue.ts";
import type { MessageReader } from "./message-reader.ts";
import type { MetadataInit } from "./metadata.ts";

/** What the caller of one call can ask for. */
export interface CallOptions {
  /** Gives up on the call. ttrpc has no word for that: the server learns nothing, the answer is dropped when it comes. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds until the caller gives up with DeadlineExceeded; the server is told, too. Zero or less fails at once.
   * Infinity is no deadline. Default: the client's, and without that none.
   */
  readonly timeoutMs?: number | undefined;
  /** Sent in addition to the client's own metadata. */
  readonly metadata?: MetadataInit | undefined;
}

/** Options of a call that may receive more than one message. */
export interface StreamOptions extends CallOptions {
  /** Bounds of what may be received and not yet read; what is left out is the client's. */
  readonly inbound?: Partial<InboundLimits> | undefined;
}

/** How one method is called. */
export type ClientMethod<Method> =
  Method extends MethodDefinition<infer Request, infer Response, infer Kind>
    ? {
        unary: (request: Init<Request>, options?: CallOptions) => Promise<Response>;
        "server-streaming": (
          request: Init<Request>,
          options?: StreamOptions,
        ) => Omit<ClientStream<Request, Response>, "send" | "end">;
        "client-streaming": (options?: StreamOptions) => ClientStream<Request, Response>;
        bidirectional: (options?: StreamOptions) => ClientStream<Request, Response>;
      }[Kind]
    : never;

/** A client of a whole service: one function per method, named as in the definition. */
export type ServiceClient<Service extends ServiceDefinition> = {
  readonly [Name in keyof Service["methods"]]: ClientMethod<Service["methods"][Name]>;
};

/**
 * How one method is implemented. Whatever is thrown becomes the status of the call: a HawserError keeps its code, an
 * abort is Canceled or DeadlineExceeded, anything else is Unknown. A stream ends well when its iterable does.
 */
export type Handler<Method> =
  Method extends MethodDefinition<infer Request, infer Response, infer Kind>
    ? {
        unary: (request: Request, context: CallContext) => Promise<Init<Response>> | Init<Response>;
        "server-streaming": (request: Request, context: CallContext) => AsyncIterable<Init<Response>>;
        "client-streaming": (
          requests: MessageReader<Request>,
          context: CallContext,
        ) => Promise<Init<Response>> | Init<Response>;
        bidirectional: (
          requests: MessageReader<Request>,
          context: CallContext,
        ) => AsyncIterable<Init<Response>>;
      }[Kind]
    : never;

/** An implementation of a service. Methods left out answer Unimplemented. */
export type ServiceHandlers<Service extends ServiceDefinition> = {
  readonly [Name in keyof Service["methods"]]?: Handler<Service["methods"][Name]>;
};
