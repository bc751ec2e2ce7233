// One unary call at the client, from its first byte out to its one end: the answer, the deadline, the caller's signal or
// the loss of the connection, whichever is first. Whatever comes later finds it settled and changes nothing.
import type { AnyMethod, Codec } from "../proto/codec.ts";
import { Code, HawserError } from "../proto/errors.ts";
import { Response as ResponseMessage } from "../proto/gen/ttrpc.ts";
import { Deadline } from "./deadline.ts";
import { decodeMessage } from "./message-reader.ts";
import type { Metadata } from "./metadata.ts";
import { errorFromStatus, isConnectionClosed } from "./status.ts";

/** A unary call on its way out, as interceptors see it. Everything but the method may be replaced. */
export interface OutgoingCall {
  readonly service: string;
  readonly method: AnyMethod;
  request: unknown;
  readonly metadata: Metadata;
  timeoutMs: number | undefined;
  signal: AbortSignal | undefined;
}

/** What waits for frames on one stream id. */
export interface Pending {
  onResponse(body: Uint8Array): void;
  onData(flags: number, body: Uint8Array): void;
  /** The connection is gone, or the answer cannot be used: nothing more is written. */
  onLost(error: Error): void;
  /** A message was over the limit and has been thrown away. `isFinal`: it was the server's last word. */
  onOversized(error: Error, isFinal: boolean): void;
}

/** A call that waits for its one answer. */
export class UnaryCall implements Pending {
  readonly answer: Promise<unknown>;
  /** Called when the call ends before `start` was: takes it out of the line of those that wait for room. */
  whenWithdrawn: (() => void) | undefined;
  readonly #name: string;
  readonly #response: Codec<unknown>;
  readonly #forget: (streamId: number) => void;
  readonly #signal: AbortSignal | undefined;
  readonly #deadline: Deadline | undefined;
  #onAbort: (() => void) | undefined;
  #resolve!: (response: unknown) => void;
  #reject!: (error: Error) => void;
  #streamId = 0;
  #isOver = false;

  constructor(
    name: string,
    response: Codec<unknown>,
    outgoing: OutgoingCall,
    forget: (streamId: number) => void,
  ) {
    const { timeoutMs, signal } = outgoing;
    this.#name = name;
    this.#response = response;
    this.#forget = forget;
    this.#signal = signal;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (timeoutMs !== undefined) {
      this.#deadline = new Deadline(timeoutMs, () => this.fail(expired(name, timeoutMs)));
    }
    if (signal !== undefined) {
      this.#onAbort = () => this.fail(HawserError.from(signal.reason).wrap(`call ${name}`));
      signal.addEventListener("abort", this.#onAbort, { once: true });
    }
  }

  /** Writes the request; `open` gives the stream id, or throws and nothing was sent. */
  start(open: () => number): void {
    this.whenWithdrawn = undefined;
    if (this.#isOver) return;
    try {
      this.#streamId = open();
    } catch (error) {
      // A lost connection keeps its own class: callers ask for it.
      this.fail(isConnectionClosed(error) ? error : HawserError.from(error).wrap(`call ${this.#name}`));
    }
  }

  fail(error: Error): void {
    if (this.#isOver) return;
    this.#end();
    this.#reject(error);
  }

  onResponse(body: Uint8Array): void {
    let response: unknown;
    try {
      const answer = decodeMessage(ResponseMessage, body);
      const error = errorFromStatus(answer.status);
      if (error !== undefined) {
        this.fail(error);
        return;
      }
      response = decodeMessage(this.#response, answer.payload);
    } catch (error) {
      this.fail(HawserError.from(error).wrap(`call ${this.#name}`));
      return;
    }
    this.#end();
    this.#resolve(response);
  }

  onData(): void {
    const message = `call ${this.#name}: the server sent a stream for a unary call`;
    this.fail(new HawserError(Code.Internal, message));
  }

  onLost(error: Error): void {
    this.fail(error);
  }

  onOversized(error: Error): void {
    this.fail(error);
  }

  #end(): void {
    this.#isOver = true;
    this.#deadline?.clear();
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener("abort", this.#onAbort);
    if (this.#streamId !== 0) this.#forget(this.#streamId);
    this.whenWithdrawn?.();
  }
}

/** The error of a caller that has waited long enough. */
export function expired(name: string, timeoutMs: number | undefined): HawserError {
  return new HawserError(Code.DeadlineExceeded, `call ${name}: no answer within ${timeoutMs} ms`);
}
