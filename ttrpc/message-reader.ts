// The reading end of a stream, the same on both sides: takes encoded messages from the inbound queue and decodes them
// when they are asked for, so that a message nobody reads costs nothing and a bad one fails its reader alone.
import type { Codec } from "../proto/codec.ts";
import { Code, HawserError, messageOf } from "../proto/errors.ts";
import type { InboundQueue } from "./inbound-queue.ts";

/** Messages as they arrive. Read it from one place; ends once. */
export class MessageReader<T> implements AsyncIterable<T> {
  readonly #codec: Codec<T>;
  readonly #queue: InboundQueue;
  readonly #onLeave: () => void;

  constructor(codec: Codec<T>, queue: InboundQueue, onLeave: () => void) {
    this.#codec = codec;
    this.#queue = queue;
    this.#onLeave = onLeave;
  }

  /**
   * The next message; undefined when the peer has closed its half. Rejects with what ended the stream otherwise: its
   * status, a lost connection, a deadline, or ResourceExhausted when nobody read for too long.
   */
  async receive(): Promise<T | undefined> {
    const bytes = await this.#queue.next();
    return bytes === undefined ? undefined : decodeMessage(this.#codec, bytes);
  }

  /** Messages that were thrown away unread under the policy `drop-oldest`. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        const message = await this.receive();
        if (message === undefined) return;
        yield message;
      }
    } finally {
      // A loop that is left early has lost interest in the rest.
      if (!this.#queue.hasEnded) this.#onLeave();
    }
  }
}

/** Decodes, or throws Internal with the codec's reason. */
export function decodeMessage<T>(codec: Codec<T>, bytes: Uint8Array): T {
  try {
    return codec.decode(bytes);
  } catch (cause) {
    const reason = messageOf(cause);
    throw new HawserError(Code.Internal, `ttrpc: error unmarshalling payload: ${codec.typeName}: ${reason}`, {
      cause,
    });
  }
}
