// One call at the server: runs its handler and gives the caller exactly one final frame, whatever happens first: the
// result, an error, the deadline, a breach of the protocol. What comes later is dropped. Being answered and being done
// are two things: a handler may run on after the deadline has answered for it, and counts as running until it settles.
import type { AnyMethod } from "../proto/codec.ts";
import { Code, HawserError } from "../proto/errors.ts";
import type { CallContext } from "./call-context.ts";
import { closeFrame, dataFrame, responseFrame, statusFrame } from "./envelope.ts";
import { Flag } from "./frame.ts";
import { type InboundLimits, InboundQueue } from "./inbound-queue.ts";
import { decodeMessage, MessageReader } from "./message-reader.ts";
import type { Outbox } from "./outbox.ts";
import { errorFromThrown, statusFromError } from "./status.ts";

/** Around every call, outermost first: `next` runs the handler and resolves with its response (a stream: undefined). */
export type ServerInterceptor = (
  context: CallContext,
  request: unknown,
  next: () => Promise<unknown>,
) => Promise<unknown>;

/** A method with what implements it. */
export interface BoundMethod {
  readonly service: string;
  readonly definition: AnyMethod;
  // biome-ignore lint/suspicious/noExplicitAny: the typed shape is checked where handlers are registered.
  readonly handler: (input: any, context: CallContext) => any;
}

/** What a call needs of its connection. */
export interface CallLink {
  readonly outbox: Outbox;
  /** Stops reading the whole connection until the returned function is called. */
  pause(): () => void;
  /** Frames for this stream are not its business any more. */
  answered(streamId: number): void;
  /** The handler has settled. */
  settled(): void;
}

/** What a call is made of. */
export interface ServerCallOptions {
  readonly streamId: number;
  readonly bound: BoundMethod;
  readonly context: CallContext;
  readonly link: CallLink;
  readonly inbound: InboundLimits;
  readonly interceptors: readonly ServerInterceptor[];
}

/** A call that has been accepted. */
export class ServerCall {
  readonly #streamId: number;
  readonly #bound: BoundMethod;
  readonly #context: CallContext;
  readonly #link: CallLink;
  readonly #interceptors: readonly ServerInterceptor[];
  /** Only methods that receive a stream have one. */
  readonly #queue: InboundQueue | undefined;
  #resumeReading: (() => void) | undefined;
  #isAnswered = false;
  #isInputClosed = false;
  /** Called once with the answer; ends the deadline. */
  onAnswered: (() => void) | undefined;

  constructor(options: ServerCallOptions) {
    this.#streamId = options.streamId;
    this.#bound = options.bound;
    this.#context = options.context;
    this.#link = options.link;
    this.#interceptors = options.interceptors;
    const { kind } = options.bound.definition;
    if (kind === "client-streaming" || kind === "bidirectional") {
      this.#queue = new InboundQueue(options.inbound, () => this.#resumeReading?.());
    }
  }

  /** Starts the handler. `payload` is undefined when the Request had no such field. Never throws. */
  run(payload: Uint8Array | undefined, isInputClosed: boolean): void {
    const { definition } = this.#bound;
    const queue = this.#queue;
    let input: unknown;
    if (queue === undefined) {
      try {
        input = decodeMessage(definition.request, payload ?? new Uint8Array(0));
      } catch (error) {
        this.#settle(() => this.fail(error));
        return;
      }
    } else {
      if (payload !== undefined) queue.push(payload);
      if (isInputClosed) {
        this.#isInputClosed = true;
        queue.end();
      }
      // A handler that stops reading keeps its right to answer: the rest is dropped.
      input = new MessageReader(definition.request, queue, () => queue.discard());
    }
    this.#start(input);
  }

  /** A Data frame came for this call. */
  onData(flags: number, body: Uint8Array): void {
    if (this.#queue === undefined || this.#isInputClosed) {
      this.fail(new HawserError(Code.InvalidArgument, "data handling error: ttrpc: stream closed"));
      return;
    }
    if ((flags & Flag.NoData) === 0) {
      const result = this.#queue.push(body);
      if (result === "overflow") {
        this.fail(new HawserError(Code.ResourceExhausted, "data handling error: ttrpc: stream buffer full"));
        return;
      }
      if (result === "taken-now-full") this.#resumeReading ??= this.#pauseReading();
    }
    if ((flags & Flag.RemoteClosed) !== 0) {
      this.#isInputClosed = true;
      this.#queue.end();
    }
  }

  /** Answers with an error, unless the call has been answered. */
  fail(caught: unknown): void {
    const error = errorFromThrown(caught);
    this.#answer(() => statusFrame(this.#streamId, statusFromError(error)), error);
  }

  /** The connection is gone: nobody can be answered. */
  abandon(reason: Error): void {
    this.#answer(() => undefined, reason);
  }

  #start(input: unknown): void {
    const { kind } = this.#bound.definition;
    const isStreaming = kind === "server-streaming" || kind === "bidirectional";
    if (this.#interceptors.length === 0 && !isStreaming) {
      // The common case: no promise is made for a handler that answers at once.
      try {
        const result = this.#bound.handler(input, this.#context);
        if (isThenable(result)) {
          Promise.resolve(result).then(
            (response) => this.#settle(() => this.#reply(response)),
            (error) => this.#settle(() => this.fail(error)),
          );
        } else {
          this.#settle(() => this.#reply(result));
        }
      } catch (error) {
        this.#settle(() => this.fail(error));
      }
      return;
    }
    const handle = isStreaming
      ? () => this.#pump(input)
      : async () => this.#bound.handler(input, this.#context);
    const chain = this.#interceptors.reduceRight<() => Promise<unknown>>(
      (next, interceptor) => async () => interceptor(this.#context, this.#queue ? undefined : input, next),
      handle,
    );
    chain().then(
      (result) => this.#settle(() => (isStreaming ? this.#endStream() : this.#reply(result))),
      (error) => this.#settle(() => this.fail(error)),
    );
  }

  /** Sends what the handler yields, at the pace of the socket. */
  async #pump(input: unknown): Promise<undefined> {
    const { response } = this.#bound.definition;
    const { outbox } = this.#link;
    const messages: AsyncIterable<unknown> = this.#bound.handler(input, this.#context);
    for await (const message of messages) {
      if (this.#isAnswered) break;
      outbox.write(dataFrame(this.#streamId, response, message, outbox.takeSpare()));
      if (outbox.isFull) await this.#room();
    }
    return undefined;
  }

  /** Resolves when there is room, or when nobody waits for more. */
  #room(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        withdraw();
        this.#context.signal.removeEventListener("abort", done);
        resolve();
      };
      const withdraw = this.#link.outbox.whenRoom(done);
      this.#context.signal.addEventListener("abort", done, { once: true });
    });
  }

  #reply(response: unknown): void {
    try {
      const frame = responseFrame(this.#streamId, this.#bound.definition.response, response ?? {});
      this.#answer(() => frame, ANSWERED);
    } catch (error) {
      this.fail(error);
    }
  }

  #endStream(): void {
    this.#answer(() => closeFrame(this.#streamId), ANSWERED);
  }

  #answer(makeFrame: () => Buffer | undefined, reason: Error): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    const frame = makeFrame();
    if (frame !== undefined) this.#link.outbox.write(frame);
    this.onAnswered?.();
    this.#link.answered(this.#streamId);
    this.#queue?.discard(reason);
    this.#resumeReading?.();
    this.#context.abort(reason);
  }

  #settle(answer: () => void): void {
    answer();
    this.#link.settled();
  }

  #pauseReading(): () => void {
    const resume = this.#link.pause();
    return () => {
      this.#resumeReading = undefined;
      resume();
    };
  }
}

/** Promises of other libraries and realms count as well: read as a message, one would be an empty answer. */
function isThenable(result: unknown): result is PromiseLike<unknown> {
  if (result instanceof Promise) return true;
  return (
    typeof result === "object" && result !== null && "then" in result && typeof result.then === "function"
  );
}

/** Why the signal of a call fires that went well. One for all: its stack would say nothing. */
const ANSWERED = new HawserError(Code.Canceled, "the call has been answered");
