// One who listens: a bounded queue between the exchange and whoever reads it at their own pace. The exchange never waits:
// a subscriber that lags behind is cut with ResourceExhausted, so that it knows that it has missed something and the
// others feel nothing.
import { Code, HawserError } from "../../proto/errors.ts";
import type { Envelope } from "../../proto/gen/envelope.ts";

/** Events that may wait for one subscriber; at the next one it is cut. */
const MAX_WAITING = 4096;

/** Bytes of events that may wait for one subscriber; at the next one it is cut. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

/** What one subscriber is to get. Iterate it once; leaving the loop ends it. */
export class Subscription implements AsyncIterable<Envelope> {
  readonly #wants: (envelope: Envelope) => boolean;
  readonly #onEnd: () => void;
  #waiting: Envelope[] = [];
  #waitingBytes = 0;
  #failure: HawserError | undefined;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(wants: (envelope: Envelope) => boolean, onEnd: () => void) {
    this.#wants = wants;
    this.#onEnd = onEnd;
  }

  /** Takes an event, if it is wanted. Never waits and never throws. */
  push(envelope: Envelope): void {
    if (this.#isOver || !this.#wants(envelope)) return;
    this.#waitingBytes += envelope.event?.value.length ?? 0;
    if (this.#waiting.length >= MAX_WAITING || this.#waitingBytes > MAX_WAITING_BYTES) {
      const message = `subscribe to events: lagged: ${this.#waiting.length} events were waiting to be read`;
      this.end(new HawserError(Code.ResourceExhausted, message));
      return;
    }
    this.#waiting.push(envelope);
    this.#wake?.();
  }

  /** Ends it: with an error, or well. What waits is read first, unless it is an error. */
  end(failure?: HawserError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failure = failure;
    if (failure !== undefined) this.#waiting = [];
    this.#onEnd();
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Envelope, void, undefined> {
    try {
      for (;;) {
        const batch = this.#waiting;
        this.#waiting = [];
        for (const envelope of batch) {
          yield envelope;
          this.#waitingBytes -= envelope.event?.value.length ?? 0;
          if (this.#failure !== undefined) throw this.#failure;
        }
        if (this.#failure !== undefined) throw this.#failure;
        if (this.#waiting.length > 0) continue;
        if (this.#isOver) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    } finally {
      this.end();
    }
  }
}
