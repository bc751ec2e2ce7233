// What a service on the manager's socket is made of: its definition and one function for each method. Files that export
// one are plain data and know nothing of gRPC; grpc-server.ts puts them on a socket.
// Always true: a handler that throws ends its call with the status of what it threw, and nothing else.
import type { Init, MethodDefinition, ServiceDefinition } from "../../proto/codec.ts";

/** What a handler knows about its call besides the request. */
export interface CallContext {
  /** A valid namespace. Empty only where the service does without one and the caller named none. */
  readonly namespace: string;
  /** Id of the lease that new resources are put under; whoever does so checks that it exists. */
  readonly lease: string | undefined;
  /**
   * Fires when nobody waits for the answer any more: the caller has gone (Canceled), its deadline has passed
   * (DeadlineExceeded), the server stops (Unavailable). Its reason is the HawserError that ends the call.
   */
  readonly signal: AbortSignal;
  /** When the caller gives up; undefined when it named no time. */
  readonly deadline: Date | undefined;
}

/** How one method is implemented. A stream ends well when its iterable does. */
export type ApiHandler<Method> =
  Method extends MethodDefinition<infer Request, infer Response, infer Kind>
    ? {
        unary: (request: Request, context: CallContext) => Promise<Init<Response>> | Init<Response>;
        "server-streaming": (request: Request, context: CallContext) => AsyncIterable<Init<Response>>;
        // No service of ours has one.
        "client-streaming": never;
        bidirectional: (
          requests: AsyncIterable<Request>,
          context: CallContext,
        ) => AsyncIterable<Init<Response>>;
      }[Kind]
    : never;

/** An implementation of a service. Methods left out answer Unimplemented. */
export type ApiHandlers<Service extends ServiceDefinition> = {
  readonly [Name in keyof Service["methods"]]?: ApiHandler<Service["methods"][Name]>;
};

/** What is said of a service besides its methods. */
export interface ApiServiceOptions<Name extends string = string> {
  /** Whether a call without a namespace fails with FailedPrecondition. Default true. */
  readonly isNamespaced?: boolean;
  /**
   * Methods that last as long as their caller likes, such as Wait and Subscribe. A server that stops ends them at once,
   * where all others may finish.
   */
  readonly openEnded?: readonly Name[];
}

/** A service with its handlers, by the name of the method in lower camel case. */
export interface ApiService {
  readonly definition: ServiceDefinition;
  readonly handlers: Readonly<Record<string, unknown>>;
  readonly isNamespaced: boolean;
  readonly openEnded: ReadonlySet<string>;
}

/** Binds handlers to a service; the compiler sees to it that they fit. */
export function apiService<Service extends ServiceDefinition>(
  definition: Service,
  handlers: ApiHandlers<Service>,
  { isNamespaced = true, openEnded = [] }: ApiServiceOptions<keyof Service["methods"] & string> = {},
): ApiService {
  return { definition, handlers, isNamespaced, openEnded: new Set<string>(openEnded) };
}
