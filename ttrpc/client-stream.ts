// The caller's end of a stream: sends, half-closes, receives, gives up. Follows one rule with care: nothing is written
// once the server has ended the stream, because some Go servers crash on Data for a stream that is over.
// Knows its connection only as somewhere to write.
import type { Codec, Init } from "../proto/codec.ts";
import { Code, HawserError } from "../proto/errors.ts";
import type { Status } from "../proto/gen/status.ts";
import { closeFrame, dataFrame } from "./envelope.ts";
import { Flag } from "./frame.ts";
import { type InboundLimits, InboundQueue } from "./inbound-queue.ts";
import { MessageReader } from "./message-reader.ts";
import type { Outbox } from "./outbox.ts";
import { errorFromStatus } from "./status.ts";

/** What a stream needs of its connection. */
export interface StreamLink {
  readonly outbox: Outbox;
  /** Stops reading the whole connection until the returned function is called. */
  pause(): () => void;
  /** The stream is over: nothing that arrives for it matters any more. */
  forget(streamId: number): void;
}

/** What a stream is made of. */
export interface ClientStreamOptions<Request, Response> {
  readonly name: string;
  readonly streamId: number;
  readonly request: Codec<Request>;
  readonly response: Codec<Response>;
  readonly link: StreamLink;
  readonly inbound: InboundLimits;
  /** Whether the client may send: its half is open. */
  readonly isSending: boolean;
}

/** A stream as its caller sees it. Owned by the caller: read it to its end, or `cancel` it. */
export class ClientStream<Request, Response> implements AsyncIterable<Response>, AsyncDisposable {
  readonly #name: string;
  readonly #streamId: number;
  readonly #request: Codec<Request>;
  readonly #link: StreamLink;
  readonly #queue: InboundQueue;
  readonly #reader: MessageReader<Response>;
  readonly #whenOver: () => void;
  #isSending: boolean;
  #error: Error | undefined;
  #isOver = false;
  #resumeReading: (() => void) | undefined;
  /** Who waits for room to send. */
  readonly #senders = new Set<() => void>();

  /** @internal Made by the client. `whenOver` is called once, when the stream has ended for any reason. */
  constructor(options: ClientStreamOptions<Request, Response>, whenOver: () => void) {
    this.#name = options.name;
    this.#streamId = options.streamId;
    this.#request = options.request;
    this.#link = options.link;
    this.#isSending = options.isSending;
    this.#whenOver = whenOver;
    this.#queue = new InboundQueue(options.inbound, () => this.#resumeReading?.());
    this.#reader = new MessageReader(options.response, this.#queue, () => this.cancel());
  }

  /**
   * Sends one message. Resolves when there is room for the next one, so awaiting it is what keeps memory bounded.
   * Rejects with ResourceExhausted for a message over 4 MiB (nothing is sent, the stream goes on), with what ended the
   * stream when it has ended, before or during the wait, and with FailedPrecondition after `end`.
   */
  async send(message: Init<Request>): Promise<void> {
    this.#checkSending();
    const { outbox } = this.#link;
    // Written before the wait: what is sent stays in front of an `end` that does not wait.
    outbox.write(dataFrame(this.#streamId, this.#request, message, outbox.takeSpare()));
    if (!outbox.isFull) return;
    await this.#room();
    if (this.#error !== undefined) throw this.#error;
  }

  /** Half-closes: no more messages will be sent. May be called any number of times; receiving goes on. */
  end(): void {
    if (!this.#isSending) return;
    this.#isSending = false;
    if (!this.#isOver) this.#link.outbox.write(closeFrame(this.#streamId));
  }

  /** The next message; undefined at the end of the stream. Rejects with the status or the loss that ended it. */
  receive(): Promise<Response | undefined> {
    return this.#reader.receive();
  }

  /** Half-closes and takes the one message that ends a client-streaming call. */
  async response(): Promise<Response> {
    this.end();
    const response = await this.receive();
    if (response === undefined) {
      throw new HawserError(Code.Internal, `call ${this.#name}: the stream ended without a response`);
    }
    return response;
  }

  /** Messages that were thrown away unread under the policy `drop-oldest`. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  /**
   * Loses interest: reading rejects with Canceled, whatever still arrives is dropped, and the server sees the client's
   * half close (there is no frame that says "cancel"). Does nothing when the stream is over.
   */
  cancel(reason?: Error): void {
    this.abandon(reason ?? new HawserError(Code.Canceled, `call ${this.#name}: canceled`));
  }

  /** Reads until the end, cancelling when the loop is left early. */
  [Symbol.asyncIterator](): AsyncGenerator<Response, void, undefined> {
    return this.#reader[Symbol.asyncIterator]();
  }

  /** Cancels what has not ended. */
  [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
    return Promise.resolve();
  }

  /** @internal A Data frame came. */
  onData(flags: number, body: Uint8Array): void {
    const isFinal = (flags & Flag.RemoteClosed) !== 0;
    if (isFinal) this.#isSending = false;
    if ((flags & Flag.NoData) === 0) this.#push(body);
    if (isFinal) this.#finish(undefined);
  }

  /** @internal The final Response came. Ends well with a status of OK, after a last message when there is one. */
  onResponse(status: Status | undefined, payload: Uint8Array, isOnlyAnswer: boolean): void {
    this.#isSending = false;
    const error = errorFromStatus(status);
    if (error === undefined && (isOnlyAnswer || payload.length > 0)) this.#push(payload);
    this.#finish(error);
  }

  /** @internal Ends the stream from this side: what is unread is dropped, reading fails, the client's half closes. */
  abandon(error: Error): void {
    if (this.#isOver) return;
    this.end();
    this.#queue.discard(error);
    this.#finish(error);
  }

  /** @internal The connection is gone, or the server's answer cannot be used: nothing is written any more. */
  onLost(error: Error): void {
    this.#finish(error);
  }

  #push(body: Uint8Array): void {
    const result = this.#queue.push(body);
    if (result === "taken") return;
    if (result === "overflow") {
      this.abandon(
        new HawserError(Code.ResourceExhausted, `call ${this.#name}: stream buffer full: read faster`),
      );
      return;
    }
    this.#resumeReading ??= this.#pauseReading();
  }

  #pauseReading(): () => void {
    const resume = this.#link.pause();
    return () => {
      this.#resumeReading = undefined;
      resume();
    };
  }

  /** Resolves when there is room, or when the stream is over. */
  #room(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        withdraw();
        this.#senders.delete(done);
        resolve();
      };
      const withdraw = this.#link.outbox.whenRoom(done);
      this.#senders.add(done);
    });
  }

  #checkSending(): void {
    if (this.#error !== undefined) throw this.#error;
    if (this.#isOver) {
      throw new HawserError(Code.FailedPrecondition, `call ${this.#name}: the server has ended the stream`);
    }
    if (!this.#isSending) {
      throw new HawserError(Code.FailedPrecondition, `call ${this.#name}: send after end`);
    }
  }

  #finish(error: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isSending = false;
    this.#error = error;
    this.#link.forget(this.#streamId);
    this.#queue.end(error);
    this.#resumeReading?.();
    for (const wake of [...this.#senders]) wake();
    this.#whenOver();
  }
}
