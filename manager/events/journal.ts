// The events that were, in the order in which this manager took them, and up to where it has each shim's queue. Both are
// in one database, so that an event and the word that it was taken are committed together: after a crash at any moment a
// shim that repeats an event is either told "I have it" or heard for the first time.
// Always true: sequence numbers rise and are never used again; what is kept is bounded in number and in age.
// Decides nothing but repetitions, and knows no subscribers.
import type { Any } from "../../proto/gen/any.ts";
import type { Envelope } from "../../proto/gen/envelope.ts";
import { fromNanoseconds, toNanoseconds } from "../../proto/timestamp.ts";
import type { Database } from "../metadata/database.ts";

/** How much of the past is kept. */
export interface Retention {
  readonly maxEvents: number;
  readonly maxAgeMs: number;
}

/** An event with its place in the order. */
export interface JournalEntry {
  readonly seq: bigint;
  readonly envelope: Envelope;
}

/** The name of an event for ever: the shim's queue and the number in it. */
export interface EventId {
  readonly queue: string;
  readonly sequence: bigint;
}

const DEFAULT_RETENTION: Retention = { maxEvents: 100_000, maxAgeMs: 7 * 24 * 3600 * 1000 };

/** Old events are looked for once in so many new ones: then a thousand go at a time and nobody notices. */
const PRUNE_EVERY = 1000;

interface EventRow {
  readonly seq: bigint;
  readonly time: bigint;
  readonly namespace: string;
  readonly topic: string;
  readonly type_url: string;
  readonly value: Uint8Array;
}

/** Reads the value of `hawser-event-id`: `<queue>/<sequence>`. Undefined for what is none. */
export function parseEventId(text: string | undefined): EventId | undefined {
  const match = /^([0-9A-Za-z-]{1,64})\/(\d{1,18})$/.exec(text ?? "");
  return match === null ? undefined : { queue: match[1] ?? "", sequence: BigInt(match[2] ?? "") };
}

/** The journal of one manager. Call it inside a transaction of its database. */
export class Journal {
  readonly #database: Database;
  readonly #retention: Retention;
  #sincePruned = 0;

  constructor(database: Database, retention: Partial<Retention> = {}) {
    this.#database = database;
    this.#retention = { ...DEFAULT_RETENTION, ...retention };
  }

  /** Whether the event of this name was taken, or one behind it in its queue: shims send in order. */
  hasTaken({ queue, sequence }: EventId): boolean {
    const row = this.#database
      .statement<{ sequence: bigint }>("SELECT sequence FROM cursors WHERE queue = ?", { bigints: true })
      .get(queue);
    return row !== undefined && sequence <= row.sequence;
  }

  /** Whether this very event is there: the same bytes published at the same nanosecond. For shims that give no names. */
  holds(envelope: Envelope): boolean {
    const rows = this.#database
      .statement<EventRow>("SELECT * FROM events WHERE time = ?", { bigints: true })
      .all(toNanoseconds(envelope.timestamp) ?? 0n);
    const value = envelope.event?.value ?? new Uint8Array(0);
    return rows.some(
      (row) =>
        row.namespace === envelope.namespace &&
        row.topic === envelope.topic &&
        Buffer.compare(row.value, value) === 0,
    );
  }

  /** Adds an event behind the others. */
  append({ timestamp, namespace, topic, event }: Envelope): bigint {
    const row = this.#database
      .statement<{ seq: bigint }>(
        "INSERT INTO events (time, namespace, topic, type_url, value) VALUES (?, ?, ?, ?, ?) RETURNING seq",
        { bigints: true },
      )
      .get(
        toNanoseconds(timestamp) ?? 0n,
        namespace,
        topic,
        event?.typeUrl ?? "",
        event?.value ?? new Uint8Array(0),
      );
    const seq = row?.seq ?? 0n;
    if (++this.#sincePruned >= PRUNE_EVERY) this.#prune(seq);
    return seq;
  }

  /** Remembers that the event of this name was taken. */
  advance({ queue, sequence }: EventId): void {
    this.#database
      .statement(
        `INSERT INTO cursors (queue, sequence, seq) VALUES (?, ?, (SELECT ifnull(max(seq), 0) FROM events))
         ON CONFLICT (queue) DO UPDATE SET sequence = excluded.sequence, seq = excluded.seq`,
      )
      .run(queue, sequence);
  }

  /** What came after `seq`, oldest first, `limit` at a time. */
  since(seq: bigint, limit: number): JournalEntry[] {
    return this.#database
      .statement<EventRow>("SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?", { bigints: true })
      .all(seq, limit)
      .map(entryOf);
  }

  // What shims can still repeat is what they sent last: a cursor, or an exit that was told, behind which all the events
  // of the journal have come is one of a queue that has long had its answer.
  #prune(newest: bigint): void {
    this.#sincePruned = 0;
    const { maxEvents, maxAgeMs } = this.#retention;
    const oldest = newest - BigInt(maxEvents);
    const horizon = BigInt(Date.now() - maxAgeMs) * 1_000_000n;
    this.#database.statement("DELETE FROM events WHERE seq <= ? OR time < ?").run(oldest, horizon);
    this.#database.statement("DELETE FROM cursors WHERE seq <= ?").run(oldest);
    this.#database.statement("DELETE FROM exits_told WHERE seq <= ?").run(oldest);
  }
}

function entryOf({ seq, time, namespace, topic, type_url: typeUrl, value }: EventRow): JournalEntry {
  const event: Any | undefined = typeUrl === "" ? undefined : { typeUrl, value };
  return { seq, envelope: { timestamp: fromNanoseconds(time), namespace, topic, event } };
}
