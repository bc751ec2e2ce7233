// One streaming call at the client: opens its stream, feeds it the frames that come for its id, and ends it by deadline
// and signal. What the caller holds is the stream; this is what the connection holds.
import type { AnyMethod } from "../proto/codec.ts";
import { Code, HawserError } from "../proto/errors.ts";
import { Response as ResponseMessage } from "../proto/gen/ttrpc.ts";
import { expired, type Pending } from "./client-call.ts";
import { ClientStream, type StreamLink } from "./client-stream.ts";
import { Deadline } from "./deadline.ts";
import type { InboundLimits } from "./inbound-queue.ts";
import { decodeMessage } from "./message-reader.ts";
import type { StreamOptions } from "./service.ts";

/** What the client lends to a stream. */
export interface StreamSetting {
  readonly link: StreamLink;
  readonly inbound: InboundLimits;
}

/** A streaming call that waits for frames. */
export class StreamCall implements Pending {
  readonly #name: string;
  /** One answer is all that the server may send. */
  readonly #isOnlyAnswer: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #stream: ClientStream<unknown, unknown>;
  readonly #deadline: Deadline | undefined;

  /** Opens the stream: `open` writes the Request and gives the id. Throws what `open` throws; nothing is held then. */
  constructor(
    name: string,
    method: AnyMethod,
    options: StreamOptions,
    { link, inbound }: StreamSetting,
    open: (pending: Pending) => number,
  ) {
    const { signal, timeoutMs } = options;
    this.#name = name;
    this.#isOnlyAnswer = method.kind === "client-streaming";
    this.#signal = signal;
    this.#stream = new ClientStream(
      {
        name,
        streamId: open(this),
        request: method.request,
        response: method.response,
        link,
        inbound: { ...inbound, ...options.inbound },
        isSending: method.kind !== "server-streaming",
      },
      () => this.#whenOver(),
    );
    if (timeoutMs !== undefined) {
      this.#deadline = new Deadline(timeoutMs, () => this.#stream.abandon(expired(name, timeoutMs)));
    }
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** The caller's end. */
  get stream(): ClientStream<unknown, unknown> {
    return this.#stream;
  }

  onResponse(body: Uint8Array): void {
    try {
      const answer = decodeMessage(ResponseMessage, body);
      this.#stream.onResponse(answer.status, answer.payload, this.#isOnlyAnswer);
    } catch (error) {
      this.#stream.onLost(HawserError.from(error).wrap(`call ${this.#name}`));
    }
  }

  onData(flags: number, body: Uint8Array): void {
    if (!this.#isOnlyAnswer) {
      this.#stream.onData(flags, body);
      return;
    }
    const message = `call ${this.#name}: the server sent a stream for one answer`;
    this.#stream.onLost(new HawserError(Code.Internal, message));
  }

  onLost(error: Error): void {
    this.#stream.onLost(error);
  }

  onOversized(error: Error, isFinal: boolean): void {
    if (isFinal) this.#stream.onLost(error);
    else this.#stream.abandon(error);
  }

  readonly #onAbort = (): void => {
    this.#stream.abandon(HawserError.from(this.#signal?.reason).wrap(`call ${this.#name}`));
  };

  #whenOver(): void {
    this.#deadline?.clear();
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }
}
