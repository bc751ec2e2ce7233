// The one road of events from this shim to the manager: in order, one in flight, acknowledged, retried in place.
// Always true: an event is not overtaken by a later one and not given up, whatever the manager does: away, restarted,
// hung, refusing. The only way past is InvalidArgument: the manager has read the event and will never take it.
// At least once: when the manager dies (or we do) between taking an event and our hearing of it, it comes again. The
// second one is the same bytes, publication time included, under the same `hawser-event-id` (metadata: the queue's id,
// a slash, the sequence number), and in its old place: a consumer drops what is not greater than what it has.
// Knows no kinds of events beyond those that may be left out at the cap.
import { pack } from "../proto/any.ts";
import type { Codec, Init } from "../proto/codec.ts";
import { HawserError, isInvalidArgument } from "../proto/errors.ts";
import type { QueueEntry } from "../proto/event-record.ts";
import type { Any } from "../proto/gen/any.ts";
import { Envelope } from "../proto/gen/envelope.ts";
import { Events } from "../proto/gen/forward.ts";
import { EVENT_ID_METADATA, NAMESPACE_METADATA } from "../proto/metadata-keys.ts";
import { fromNanoseconds } from "../proto/timestamp.ts";
import { topicOf } from "../proto/topics.ts";
import { Client, type ConnectOptions, isConnectionClosed, MAX_BODY_BYTES } from "../ttrpc/index.ts";
import type { EventQueue } from "./event-queue.ts";
import type { Log } from "./log.ts";

const CALL_TIMEOUT_MS = 5_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/** What stands around an envelope in a call: service, method, metadata. No more than this, by a wide margin. */
const CALL_OVERHEAD_BYTES = 16 << 10;

/**
 * What is left out while the queue is full: what a later event or a question to the shim tells as well. Creates,
 * starts, exits and deletes always go in; the processes that the manager asked for are what bounds them.
 */
const LEFT_OUT_WHEN_FULL: ReadonlySet<string> = new Set([
  "containerd.events.TaskExecAdded",
  "containerd.events.TaskExecStarted",
  "containerd.events.TaskOOM",
  "containerd.events.TaskPaused",
  "containerd.events.TaskResumed",
]);

/** Anything that events can be published to. */
export interface EventSink {
  publish<T>(codec: Codec<T>, message: NoInfer<Init<T>>): void;
}

export interface PublisherOptions {
  /** TTRPC_ADDRESS. Empty: nobody wants events, and `publish` does nothing. */
  readonly address: string;
  /** The namespace of every event. */
  readonly namespace: string;
  /** Taken: closed with the publisher. What an earlier shim left in it is sent first. */
  readonly queue: EventQueue;
  readonly log: Log;
  /** How a connection is made; for tests. Default: a ttrpc client. */
  readonly connect?: (address: string, options: ConnectOptions) => Promise<Client>;
  /** For one call, connecting not included. Default 5 s. */
  readonly callTimeoutMs?: number;
  /** Between attempts; doubles up to `longestPauseMs`. Default 50 ms and 2 s. */
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
}

/** Publishes events. `publish` returns at once; whoever needs to know that they are out awaits `flush`. */
export class Publisher implements EventSink, AsyncDisposable {
  readonly #options: PublisherOptions;
  readonly #queue: EventQueue;
  readonly #log: Log;
  readonly #over = new AbortController();
  readonly #flushers = new Set<() => void>();
  #isRunning = false;
  #running: Promise<void> = Promise.resolve();
  #client: Client | undefined;
  /** Whether the connection has carried an event: only then its loss is a reason to try again without a pause. */
  #isProven = false;
  #failures = 0;
  #leftOut = 0;
  #lastTime = 0n;
  #endPause: (() => void) | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#queue = options.queue;
    this.#log = options.log;
  }

  /** Events that wait for the manager's word. */
  get waiting(): number {
    return this.#options.address === "" ? 0 : this.#queue.length;
  }

  /** Whether so much waits that the shim should take on no new work (an exec, a container). */
  get isFull(): boolean {
    return this.#queue.isFull;
  }

  /** Sends what an earlier shim left in the queue. `publish` does the same with its first event. */
  start(): void {
    if (this.#isRunning || this.#options.address === "" || this.#over.signal.aborted) return;
    this.#isRunning = true;
    this.#running = this.#run().catch((error: unknown) => {
      this.#log.error("forward events, stopping until the next one", { error });
    });
  }

  /**
   * Puts an event, with the time of this moment, behind those that wait. When this returns it is in the queue's file
   * and outlives this process. Never throws; an event that no ttrpc message can hold is logged and lost.
   */
  publish<T>(codec: Codec<T>, message: NoInfer<Init<T>>): void {
    if (this.#options.address === "") return;
    const topic = topicOf(codec);
    if (this.#queue.isFull && LEFT_OUT_WHEN_FULL.has(codec.typeName)) {
      if (this.#leftOut++ === 0) {
        this.#log.error("event queue is full, leaving out events", { topic, waiting: this.#queue.length });
      }
      return;
    }
    if (!this.#queue.isFull) this.#announceLeftOut();
    try {
      const payload = this.#envelope(topic, pack(codec, message));
      if (payload.length > MAX_BODY_BYTES - CALL_OVERHEAD_BYTES) {
        this.#log.error("event does not fit into a message, ignoring it", { topic, bytes: payload.length });
        return;
      }
      this.#queue.append(payload);
    } catch (error) {
      this.#log.error("publish event, ignoring it", { topic, error });
      return;
    }
    this.start();
  }

  /** Tries at once instead of at the end of the pause: for whoever has just heard from the manager. */
  retryNow(): void {
    this.#endPause?.();
  }

  /**
   * Resolves when the manager has every event published so far and since. Rejects with Canceled or DeadlineExceeded
   * when `signal` fires, and with Canceled when the publisher is disposed of; the events stay in the queue.
   */
  async flush(options: { signal?: AbortSignal } = {}): Promise<void> {
    this.start();
    const { signal } = options;
    const over = this.#over.signal;
    while (this.waiting > 0) {
      const ended = signal?.aborted ? signal : over.aborted ? over : undefined;
      if (ended !== undefined) {
        throw HawserError.from(ended.reason).wrap(`flush events: ${this.waiting} waiting`);
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#flushers.add(resolve);
      signal?.addEventListener("abort", () => resolve(), { once: true });
      await promise;
      this.#flushers.delete(resolve);
    }
  }

  /** Stops sending and closes the queue; what waits stays in its file. Does not wait for the manager. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    this.#wakeFlushers();
    await this.#running;
    this.#disconnect();
    this.#announceLeftOut();
    this.#queue[Symbol.dispose]();
  }

  async #run(): Promise<void> {
    try {
      for (let entry = this.#queue.peek(); entry; entry = this.#queue.peek()) {
        const failure = await this.#attempt(entry);
        if (this.#over.signal.aborted) return;
        if (failure === undefined) this.#acknowledge(entry);
        else await this.#recover(failure);
      }
    } finally {
      // In the same turn as the last look at the queue: an event published later starts anew.
      this.#isRunning = false;
      this.#wakeFlushers();
    }
  }

  /** Undefined when the manager has it, or will never take it. */
  async #attempt(entry: QueueEntry): Promise<unknown> {
    let envelope: Envelope;
    try {
      envelope = Envelope.decode(entry.payload);
    } catch (error) {
      this.#log.error("event in the queue cannot be read, skipping it", { sequence: entry.sequence, error });
      return undefined;
    }
    const client = await this.#connect();
    if (!(client instanceof Client)) return client.failure;
    try {
      await client.service(Events).forward(
        { envelope },
        {
          timeoutMs: this.#options.callTimeoutMs ?? CALL_TIMEOUT_MS,
          signal: this.#over.signal,
          metadata: { [EVENT_ID_METADATA]: `${this.#queue.id}/${entry.sequence}` },
        },
      );
    } catch (error) {
      if (!isInvalidArgument(error)) return error ?? new Error("forward event");
      const { topic } = envelope;
      this.#log.error("manager refuses an event, skipping it", { topic, sequence: entry.sequence, error });
    }
    this.#isProven = true;
    return undefined;
  }

  // What fails here is never about the event: a wrong address is InvalidArgument, too.
  async #connect(): Promise<Client | { readonly failure: unknown }> {
    if (this.#client?.closedBy !== undefined) this.#disconnect();
    if (this.#client !== undefined) return this.#client;
    try {
      const connect = this.#options.connect ?? Client.connect;
      const timeout = AbortSignal.timeout(this.#options.callTimeoutMs ?? CALL_TIMEOUT_MS);
      this.#client = await connect(this.#options.address, {
        metadata: { [NAMESPACE_METADATA]: this.#options.namespace },
        signal: AbortSignal.any([this.#over.signal, timeout]),
      });
      return this.#client;
    } catch (failure) {
      return { failure };
    }
  }

  #disconnect(): void {
    this.#client?.close();
    this.#client = undefined;
    this.#isProven = false;
  }

  #acknowledge(entry: QueueEntry): void {
    this.#queue.acknowledge(entry.sequence);
    if (this.#failures === 0) return;
    this.#log.info("manager takes events again", { attempts: this.#failures, waiting: this.#queue.length });
    this.#failures = 0;
  }

  async #recover(failure: unknown): Promise<void> {
    // A restarted manager closes connections; that alone is no reason to wait.
    const isWorthAnImmediateTry = this.#isProven && this.#failures === 0 && isConnectionClosed(failure);
    this.#disconnect();
    if (isWorthAnImmediateTry) return;
    if (this.#failures++ === 0) {
      this.#log.warn("forward event, trying again until it works", {
        waiting: this.#queue.length,
        error: failure,
      });
    }
    await this.#pause();
  }

  #pause(): Promise<void> {
    const first = this.#options.firstPauseMs ?? FIRST_PAUSE_MS;
    const longest = this.#options.longestPauseMs ?? LONGEST_PAUSE_MS;
    // The exponent is bounded because failures are not.
    const pauseMs = Math.min(first * 2 ** Math.min(this.#failures - 1, 30), longest);
    const { signal } = this.#over;
    if (signal.aborted) return Promise.resolve();
    return new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        this.#endPause = undefined;
        resolve();
      };
      const timer = setTimeout(end, pauseMs);
      signal.addEventListener("abort", end, { once: true });
      this.#endPause = end;
    });
  }

  #envelope(topic: string, event: Any): Uint8Array {
    // Date knows milliseconds; several events in one of them get different times all the same, in their order.
    const now = BigInt(Date.now()) * 1_000_000n;
    const isSameMillisecond = this.#lastTime >= now && this.#lastTime < now + 999_999n;
    this.#lastTime = isSameMillisecond ? this.#lastTime + 1n : now;
    const { namespace } = this.#options;
    return Envelope.encode({ timestamp: fromNanoseconds(this.#lastTime), namespace, topic, event });
  }

  #announceLeftOut(): void {
    if (this.#leftOut === 0) return;
    this.#log.error("events were left out", { count: this.#leftOut });
    this.#leftOut = 0;
  }

  #wakeFlushers(): void {
    for (const wake of this.#flushers) wake();
  }
}
