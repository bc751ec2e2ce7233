// What can be said once for all calls of a client.
import type { ClientInterceptor } from "./client-interceptor.ts";
import type { InboundLimits } from "./inbound-queue.ts";
import type { MetadataInit } from "./metadata.ts";

/** What holds for all calls of a client unless a call says otherwise, and the bounds of what it holds. */
export interface ClientOptions {
  /** Sent with every call, for example the namespace. */
  readonly metadata?: MetadataInit;
  /** Deadline of unary calls that name none, in milliseconds. Default: none. */
  readonly timeoutMs?: number;
  /** Outermost first. Unary calls only. */
  readonly interceptors?: readonly ClientInterceptor[];
  /** Bounds of every stream's unread messages; default 1024 messages, 16 MiB, `fail`. */
  readonly inbound?: Partial<InboundLimits>;
  /** Calls in flight at most; one more fails at once with ResourceExhausted. Default 65,536. */
  readonly maxCalls?: number;
  /** Told, in a sentence, of frames that had no meaning and were dropped: late answers are normal. */
  readonly onIgnored?: (notice: string) => void;
}

/** The same, and what only connecting needs. */
export interface ConnectOptions extends ClientOptions {
  /** Gives up on connecting. */
  readonly signal?: AbortSignal;
}
