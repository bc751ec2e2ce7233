// What a handler knows about its call besides the request: who asks, with which metadata, until when, and whether
// anybody still waits. The abort controller is made when a handler asks for the signal: most never do.
import type { Metadata } from "./metadata.ts";

/** The process at the other end of a unix socket, as the kernel recorded it at connect(2) (SO_PEERCRED, unix(7)). */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** One call, as its handler and the server's interceptors see it. */
export class CallContext {
  /** Full name of the service, as the caller spelled it. */
  readonly service: string;
  /** Bare name of the method. */
  readonly method: string;
  readonly metadata: Metadata;
  /** Undefined when the server does not read credentials. */
  readonly peer: PeerCredentials | undefined;
  readonly #remainingMs: (() => number) | undefined;
  #controller: AbortController | undefined;
  #abortedBy: Error | undefined;

  /** @internal Made by the server. */
  constructor(
    service: string,
    method: string,
    metadata: Metadata,
    peer: PeerCredentials | undefined,
    remainingMs: (() => number) | undefined,
  ) {
    this.service = service;
    this.method = method;
    this.metadata = metadata;
    this.peer = peer;
    this.#remainingMs = remainingMs;
  }

  /** Milliseconds until the caller gives up, negative when it has; undefined when it named no deadline. */
  get remainingMs(): number | undefined {
    return this.#remainingMs?.();
  }

  /**
   * Fires when nobody waits for the answer any more: the connection is gone (reason: a ConnectionClosedError), the
   * deadline has passed (DeadlineExceeded), the caller broke the protocol, or the call has been answered.
   */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortedBy !== undefined) this.#controller.abort(this.#abortedBy);
    }
    return this.#controller.signal;
  }

  /** @internal The first reason counts. */
  abort(reason: Error): void {
    if (this.#abortedBy !== undefined) return;
    this.#abortedBy = reason;
    this.#controller?.abort(reason);
  }
}
