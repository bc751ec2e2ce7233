// Streams of messages that a client opens beside the call that will use them, by names that it makes up. A stream is claimed
// once, by the call that was told its name; until then nothing is read from it, so that an idle one costs one record.
// Always true: what waits to be sent is a few messages, and whoever sends more waits; progress is dropped rather than waited
// for. A stream that nobody claims ends with its call, or after a while.

import { Code, HawserError } from "../../proto/errors.ts";
import type { Any } from "../../proto/gen/any.ts";

/** Streams that are open at a time. */
const MAX_STREAMS = 1024;
/** Longest name. Characters. */
const MAX_ID_LENGTH = 256;
/** How long a stream waits to be claimed: a client opens it and calls at once. */
const CLAIM_BUDGET_MS = 10 * 60 * 1000;
/** Messages that wait to be sent before a sender has to: enough that the transport is never without one. */
const MAX_QUEUED = 4;
/** Messages of progress that wait; the next one is dropped. */
const MAX_OFFERED = 64;

/** What a stream is made of. */
export interface MessageStreamOptions {
  readonly incoming: AsyncIterator<Any>;
  /** Fires when the other side has gone. */
  readonly signal: AbortSignal;
}

/** One stream, both directions. One reader and one sender at a time. */
export class MessageStream {
  readonly #incoming: AsyncIterator<Any>;
  readonly #signal: AbortSignal;
  readonly #queue: Any[] = [];
  /** The sender that waits for the queue to be as short as it says. */
  #waiting: { length: number; resolve: () => void } | undefined;
  #isClosed = false;
  #isIncomingDone = false;
  /** Nothing more is taken to be sent. */
  #isOver = false;
  #wake: (() => void) | undefined;
  #stopReceiving: (() => void) | undefined;

  constructor({ incoming, signal }: MessageStreamOptions) {
    this.#incoming = incoming;
    this.#signal = signal;
  }

  /**
   * The next message from the other side; undefined when it has closed its half, or we have closed ours. Throws when the
   * other side has gone.
   */
  async receive(): Promise<Any | undefined> {
    this.#signal.throwIfAborted();
    if (this.#isClosed || this.#isIncomingDone) return undefined;
    const stopped = new Promise<undefined>((resolve) => {
      this.#stopReceiving = () => resolve(undefined);
    });
    // Both end with this message, so that a long stream does not gather waiters.
    const result = await Promise.race([this.#incoming.next(), stopped]);
    this.#stopReceiving = undefined;
    // Half of what the other side meant to send must not look like all of it.
    this.#signal.throwIfAborted();
    if (result === undefined) return undefined;
    if (result.done !== true) return result.value;
    this.#isIncomingDone = true;
    return undefined;
  }

  /** Sends a message; resolves when few are left to be sent before the next. Throws when the other side has gone. */
  async send(message: Any): Promise<void> {
    this.#throwIfGone();
    this.#queue.push(message);
    this.#wake?.();
    await this.#until(MAX_QUEUED);
  }

  /** Resolves when the transport has taken all that was sent. Throws when the other side has gone. */
  async flush(): Promise<void> {
    await this.#until(0);
  }

  /** Sends a message without waiting; drops it when the other side does not read. */
  offer(message: Any): void {
    if (this.#isClosed || this.#queue.length >= MAX_OFFERED) return;
    this.#queue.push(message);
    this.#wake?.();
  }

  /** Closes our half: what was sent is still delivered, then the call ends. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.();
    this.#stopReceiving?.();
  }

  /** What is to be sent, to the end; for the transport, which asks for the next one when it has taken the last. */
  async *outgoing(): AsyncGenerator<Any, void, undefined> {
    const onAbort = () => this.#wake?.();
    this.#signal.addEventListener("abort", onAbort, { once: true });
    try {
      while (!this.#signal.aborted) {
        const next = this.#queue[0];
        if (next !== undefined) {
          yield next;
          this.#queue.shift();
          this.#release();
        } else if (this.#isClosed) return;
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          this.#wake = undefined;
        }
      }
    } finally {
      this.#signal.removeEventListener("abort", onAbort);
      this.#isOver = true;
      this.close();
      this.#release();
    }
  }

  async #until(length: number): Promise<void> {
    while (this.#queue.length > length) {
      this.#throwIfGone();
      await new Promise<void>((resolve) => {
        this.#waiting = { length, resolve };
      });
    }
  }

  #release(): void {
    const waiting = this.#waiting;
    if (waiting === undefined || (this.#queue.length > waiting.length && !this.#isOver)) return;
    this.#waiting = undefined;
    waiting.resolve();
  }

  #throwIfGone(): void {
    if (this.#signal.aborted) throw HawserError.from(this.#signal.reason);
    if (this.#isOver) throw new HawserError(Code.Canceled, "send message: the stream is closed");
  }
}

/** The streams of all namespaces that are open, by name. */
export class MessageStreams {
  readonly #streams = new Map<string, { stream: MessageStream; isClaimed: boolean; timer: NodeJS.Timeout }>();
  readonly #claimBudgetMs: number;

  constructor({ claimBudgetMs = CLAIM_BUDGET_MS }: { claimBudgetMs?: number } = {}) {
    this.#claimBudgetMs = claimBudgetMs;
  }

  /** Registers a stream; undo with `remove`. Throws AlreadyExists, InvalidArgument and ResourceExhausted. */
  add(namespace: string, id: string, options: MessageStreamOptions): MessageStream {
    if (id === "" || id.length > MAX_ID_LENGTH) {
      throw new HawserError(Code.InvalidArgument, `open stream: an id has 1 to ${MAX_ID_LENGTH} characters`);
    }
    const key = `${namespace}/${id}`;
    if (this.#streams.has(key)) {
      throw new HawserError(Code.AlreadyExists, `open stream "${id}": there is one of this name`);
    }
    if (this.#streams.size >= MAX_STREAMS) {
      throw new HawserError(Code.ResourceExhausted, `open stream "${id}": ${MAX_STREAMS} are open`);
    }
    const stream = new MessageStream(options);
    const timer = setTimeout(() => stream.close(), this.#claimBudgetMs).unref();
    this.#streams.set(key, { stream, isClaimed: false, timer });
    return stream;
  }

  /** Forgets a stream. */
  remove(namespace: string, id: string): void {
    const key = `${namespace}/${id}`;
    clearTimeout(this.#streams.get(key)?.timer);
    this.#streams.delete(key);
  }

  /** The stream of this name, for the only one who will use it. Throws NotFound, and FailedPrecondition when it is used. */
  claim(namespace: string, id: string): MessageStream {
    const entry = this.#streams.get(`${namespace}/${id}`);
    if (entry === undefined) {
      throw new HawserError(
        Code.NotFound,
        `use stream ${JSON.stringify(id.slice(0, MAX_ID_LENGTH))}: there is none`,
      );
    }
    if (entry.isClaimed) throw new HawserError(Code.FailedPrecondition, `use stream "${id}": it is in use`);
    clearTimeout(entry.timer);
    entry.isClaimed = true;
    return entry.stream;
  }
}
