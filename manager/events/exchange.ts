// Where all events of the manager meet: those of shims and those of its own, each journalled before anybody hears of it.
// Always true: an event is delivered once, in the order of the journal; an answer to a shim means that its event is
// committed. Forwarded events of one turn of the event loop share a transaction.
// Never waits for a subscriber.
import { pack } from "../../proto/any.ts";
import type { Codec, Init } from "../../proto/codec.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import type { Envelope } from "../../proto/gen/envelope.ts";
import { fromNanoseconds } from "../../proto/timestamp.ts";
import { topicOf } from "../../proto/topics.ts";
import type { Database } from "../metadata/database.ts";
import { parseFilters } from "../metadata/filter.ts";
import { fieldsOf } from "./event-fields.ts";
import { Journal } from "./journal.ts";
import { beginRun, endRun, type RunOptions } from "./journal-run.ts";
import type { EventPublisher } from "./publisher.ts";
import type { Retention } from "./retention.ts";
import { Subscription } from "./subscription.ts";
import { type EventId, TakenNames } from "./taken-names.ts";

/** Sees every event before it is journalled, in the transaction of the journal. */
export interface EventWitness {
  /** Answers false for an event that was told before, in whatever words: it is dropped. */
  witness(envelope: Envelope): boolean;
}

interface Forwarded {
  readonly envelope: Envelope;
  readonly id: EventId | undefined;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

/** Events of shims that may wait for their turn; one more is refused, and the shim tries again. */
const MAX_PENDING = 16_384;

/** Names are counted once in so many events. */
const COUNT_NAMES_EVERY = 2_000;

/** The journal is pruned after so many events, that many at a time at least; each step takes a few milliseconds. */
const PRUNE_EVERY = 256;

/** And once in a while, because events age while none come. */
const PRUNE_INTERVAL_MS = 60_000;

/** How a manager's exchange is to be. */
export interface ExchangeOptions extends RunOptions {
  readonly retention?: Partial<Retention>;
}

/** The exchange of one manager. */
export class Exchange implements EventPublisher, Disposable {
  readonly #database: Database;
  readonly #names: TakenNames;
  readonly #readers = new Set<() => void>();
  readonly #pruneTimer: NodeJS.Timeout;
  readonly #subscriptions = new Set<Subscription>();
  readonly #witnesses: EventWitness[] = [];
  #pending: Forwarded[] = [];
  #scheduled: NodeJS.Immediate | undefined;
  #pruning: NodeJS.Immediate | undefined;
  #sincePruned = 0;
  #sinceNamesCounted = 0;
  #lastTime = 0n;
  #isOver = false;
  /** What was said; for reading. */
  readonly journal: Journal;

  private constructor(database: Database, retention: Partial<Retention> | undefined) {
    this.#database = database;
    this.journal = new Journal(database, retention);
    this.#names = new TakenNames(database);
    this.#pruneTimer = setInterval(() => this.#prune(), PRUNE_INTERVAL_MS).unref();
  }

  /** Begins a run of the journal. Borrows the database (runtime.db), which no other exchange has. */
  static open(database: Database, { retention, ...run }: ExchangeOptions = {}): Exchange {
    beginRun(database, run);
    return new Exchange(database, retention);
  }

  /** From here on `witness` sees every event. */
  addWitness(witness: EventWitness): void {
    this.#witnesses.push(witness);
  }

  publish<T>(namespace: string, codec: Codec<T>, event: Init<T>): void {
    this.publishEnvelope({
      timestamp: fromNanoseconds(this.#now()),
      namespace,
      topic: topicOf(codec),
      event: pack<T>(codec, event as NoInfer<Init<T>>),
    });
  }

  /**
   * Publishes an envelope as it is. Joins a transaction of runtime.db that is open, and is delivered when that is
   * committed: whoever records a fact and its event in one transaction has both or neither.
   */
  publishEnvelope(envelope: Envelope): void {
    // What shims have said so far came first.
    this.#flush();
    this.#database.transaction(() => this.#take(envelope, undefined));
  }

  /** Takes an event of a shim; resolves when it is committed. A repetition is answered and dropped. */
  forward(envelope: Envelope, id?: EventId): Promise<void> {
    if (this.#pending.length >= MAX_PENDING) {
      const message = `forward event: ${MAX_PENDING} are waiting already`;
      return Promise.reject(new HawserError(Code.ResourceExhausted, message));
    }
    return new Promise((done, failed) => {
      this.#pending.push({ envelope, id, done, failed });
      this.#scheduled ??= setImmediate(() => this.#flush());
    });
  }

  /**
   * Listens from now on to what passes one of the filters, or to everything when there are none. Throws InvalidArgument
   * for a filter that is none. The iteration ends well when `signal` fires or the exchange is disposed of, and with
   * ResourceExhausted ("lagged") for who reads too slowly.
   */
  subscribe(filters: readonly string[], signal?: AbortSignal): AsyncIterable<Envelope> {
    const matches = parseFilters(filters);
    const onAbort = (): void => subscription.end();
    const subscription = new Subscription(
      filters.length === 0 ? () => true : (envelope) => matches(fieldsOf(envelope)),
      () => {
        this.#subscriptions.delete(subscription);
        signal?.removeEventListener("abort", onAbort);
      },
    );
    this.#subscriptions.add(subscription);
    if (signal?.aborted) subscription.end();
    else signal?.addEventListener("abort", onAbort, { once: true });
    return subscription;
  }

  /**
   * Calls `wake` after every commit with events, until the answer is called. It must not throw, and must not read: what is
   * behind the commit may be in the middle of something.
   */
  onJournalled(wake: () => void): () => void {
    this.#readers.add(wake);
    return () => {
      this.#readers.delete(wake);
    };
  }

  /** How many read along. */
  get readerCount(): number {
    return this.#readers.size;
  }

  /** Takes what was forwarded, ends all subscriptions and the run of the journal. Idempotent. */
  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#pruneTimer);
    clearImmediate(this.#pruning);
    this.#flush();
    for (const subscription of [...this.#subscriptions]) subscription.end();
    try {
      endRun(this.#database);
    } catch {
      // A full disk, say. Then this run counts as one that was cut short, which costs nothing unless the machine was reset.
    }
  }

  #flush(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    const batch = this.#pending;
    if (batch.length === 0) return;
    this.#pending = [];
    try {
      this.#database.transaction(() => {
        for (const { envelope, id } of batch) this.#takeForwarded(envelope, id);
      });
    } catch (error) {
      // A full disk, say: nothing was taken, and every shim keeps its event and tries again.
      for (const { failed } of batch) failed(error);
      return;
    }
    // The transaction may be somebody else's, and fail after this.
    this.#database.afterCommit(
      () => {
        for (const { done } of batch) done();
      },
      (error) => {
        for (const { failed } of batch) failed(error);
      },
    );
  }

  #takeForwarded(envelope: Envelope, id: EventId | undefined): void {
    const isRepeated = id === undefined ? this.journal.holds(envelope) : this.#names.has(id);
    if (isRepeated) return;
    this.#take(envelope, id);
  }

  #take(envelope: Envelope, id: EventId | undefined): void {
    const isNew = this.#witnesses.every((witness) => witness.witness(envelope));
    if (isNew) this.journal.append(envelope);
    if (id !== undefined) this.#names.add(id);
    if (++this.#sinceNamesCounted >= COUNT_NAMES_EVERY) {
      this.#sinceNamesCounted = 0;
      this.#names.forgetOldest();
    }
    if (isNew) this.#database.afterCommit(() => this.#deliver(envelope));
  }

  #deliver(envelope: Envelope): void {
    for (const subscription of [...this.#subscriptions]) subscription.push(envelope);
    for (const wake of this.#readers) wake();
    if (++this.#sincePruned >= PRUNE_EVERY) this.#pruning ??= setImmediate(() => this.#prune());
  }

  // In a turn of its own, so that no call waits for it and no transaction undoes it.
  #prune(): void {
    clearImmediate(this.#pruning);
    this.#pruning = undefined;
    const limit = Math.max(PRUNE_EVERY, this.#sincePruned);
    this.#sincePruned = 0;
    let hasMore = false;
    try {
      hasMore = this.journal.prune(limit);
    } catch {
      // A full disk: nothing is pruned, and the next round tries again.
    }
    if (hasMore) this.#pruning = setImmediate(() => this.#prune());
  }

  // Date knows milliseconds; several events in one of them get different times all the same, in their order.
  #now(): bigint {
    const now = BigInt(Date.now()) * 1_000_000n;
    this.#lastTime = this.#lastTime >= now ? this.#lastTime + 1n : now;
    return this.#lastTime;
  }
}
