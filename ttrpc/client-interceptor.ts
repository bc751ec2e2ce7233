// What stands around the unary calls of a client, and how several of them become one function.
import type { OutgoingCall } from "./client-call.ts";

/** Wraps unary calls: looks at them, edits them, retries them by calling `next` again, answers in their place. */
export type ClientInterceptor = (
  call: OutgoingCall,
  next: (call: OutgoingCall) => Promise<unknown>,
) => Promise<unknown>;

/** Builds the chain of interceptors, outermost first, around the call itself. */
export function compose(
  interceptors: readonly ClientInterceptor[],
  last: (call: OutgoingCall) => Promise<unknown>,
): (call: OutgoingCall) => Promise<unknown> {
  return interceptors.reduceRight<(call: OutgoingCall) => Promise<unknown>>(
    (next, interceptor) => async (call) => interceptor(call, next),
    last,
  );
}
