// The events that were, in the order in which this manager took them, each at a place of its own. They are in one database
// with what was taken of each shim's queue (taken-names.ts) and what is known of tasks.
// Always true: places (cursors, for those outside) rise and are never used again; what is kept is bounded, and has no holes but
// those that a page tells of. Knows no readers.
import { Code, HawserError } from "../../proto/errors.ts";
import type { Any } from "../../proto/gen/any.ts";
import type { Envelope } from "../../proto/gen/envelope.ts";
import { fromNanoseconds, toNanoseconds } from "../../proto/timestamp.ts";
import type { Database } from "../metadata/database.ts";
import { journalState, lastPlace } from "./journal-run.ts";
import { type CountedEvent, DEFAULT_RETENTION, type Retention, surplusOf } from "./retention.ts";

/** An event with its place in the order. */
export interface JournalEntry {
  readonly seq: bigint;
  readonly envelope: Envelope;
}

/** Events that are missing behind one place and before another. */
export interface JournalGap {
  readonly from: bigint;
  readonly to: bigint;
  /** `pruned`: they were here; `lost`: a crash of the machine may have taken them. */
  readonly reason: "pruned" | "lost";
}

/** What comes behind a place: a gap, or the next entries; neither at the end. */
export interface JournalPage {
  readonly gap?: JournalGap;
  readonly entries: readonly JournalEntry[];
}

/** What an event takes besides its texts and its payload, about. */
const ROW_BYTES = 64;
/** A page is read while nothing else happens, and a reader that is slow holds one. */
const PAGE_EVENTS = 256;
const PAGE_BYTES = 128 * 1024;

interface EventRow {
  readonly seq: bigint;
  readonly time: bigint;
  readonly namespace: string;
  readonly topic: string;
  readonly type_url: string;
  readonly value: Uint8Array;
}

/** The journal of one manager. Borrows the database. */
export class Journal {
  readonly #database: Database;
  readonly #retention: Retention;

  constructor(database: Database, retention: Partial<Retention> = {}) {
    this.#database = database;
    this.#retention = { ...DEFAULT_RETENTION, ...retention };
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
  append({ timestamp, namespace, topic, event }: Envelope): void {
    const { typeUrl = "", value = new Uint8Array(0) } = event ?? {};
    const bytes = ROW_BYTES + namespace.length + topic.length + typeUrl.length + value.length;
    this.#database
      .statement(APPEND)
      .run(toNanoseconds(timestamp) ?? 0n, namespace, topic, typeUrl, value, bytes);
  }

  /** The place of the newest event, or where this run began. */
  place(): bigint {
    return lastPlace(this.#database);
  }

  /** Throws FailedPrecondition for a place that this journal never gave. 0, the beginning, is always one. */
  checkPlace(place: bigint): void {
    const what = `read events behind cursor ${place}`;
    const advice = "begin anew, with a snapshot";
    if (place > this.place()) {
      const flaw = `this journal has come to ${this.place()} only: the cursor is from another one, or mistyped`;
      throw new HawserError(Code.FailedPrecondition, `${what}: ${flaw}; ${advice}`);
    }
    const born = journalState(this.#database)?.born ?? 0n;
    if (place === 0n || place >= born) return;
    const flaw = `this journal began at ${born}: the cursor is from another one`;
    throw new HawserError(Code.FailedPrecondition, `${what}: ${flaw}; ${advice}`);
  }

  /** The place behind which no event of this time or later, in nanoseconds, is left out. */
  placeBefore(time: bigint): bigint {
    const state = journalState(this.#database);
    if (state !== undefined && state.pruned_to > 0n && state.pruned_time >= time) return 0n;
    const first = this.#database
      .statement<{ seq: bigint | null }>("SELECT min(seq) AS seq FROM events WHERE time >= ?", {
        bigints: true,
      })
      .get(time)?.seq;
    return first == null ? this.place() : first - 1n;
  }

  /** What comes behind a place, bounded in number and in bytes: a gap alone, or what follows up to the next one. */
  read(place: bigint): JournalPage {
    const prunedTo = journalState(this.#database)?.pruned_to ?? 0n;
    if (place < prunedTo) {
      return { gap: { from: place, to: prunedTo + 1n, reason: "pruned" }, entries: [] };
    }
    const next = this.#database
      .statement<{ from_seq: bigint; to_seq: bigint }>(
        "SELECT * FROM journal_breaks WHERE to_seq - 1 > ? ORDER BY from_seq LIMIT 1",
        { bigints: true },
      )
      .get(place);
    if (next !== undefined && place >= next.from_seq) {
      return { gap: { from: place, to: next.to_seq, reason: "lost" }, entries: [] };
    }
    const entries = this.#database
      .statement<EventRow>(PAGE, { bigints: true })
      .all(place, next?.from_seq ?? MAX_PLACE, PAGE_BYTES, PAGE_EVENTS)
      .map(entryOf);
    if (entries.length > 0 || next === undefined) return { entries };
    return { gap: { from: next.from_seq, to: next.to_seq, reason: "lost" }, entries };
  }

  /** All that is kept behind a place, oldest first, gaps or not, `limit` at most. */
  since(place: bigint, limit: number): JournalEntry[] {
    return this.#database
      .statement<EventRow>("SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT ?", { bigints: true })
      .all(place, limit)
      .map(entryOf);
  }

  /** Removes at most `limit` of the events that are too many or too old. Answers whether there may be more. */
  prune(limit: number, nowMs = Date.now()): boolean {
    const rows = this.#database
      .statement<CountedEvent & { seq: bigint }>(
        "SELECT seq, time, ordinal, total FROM events ORDER BY seq LIMIT ?",
        { bigints: true },
      )
      .all(limit);
    const newest = this.#database
      .statement<CountedEvent>("SELECT time, ordinal, total FROM events ORDER BY seq DESC LIMIT 1", {
        bigints: true,
      })
      .get();
    if (newest === undefined) return false;
    const surplus = rows.slice(0, surplusOf(rows, newest, this.#retention, nowMs));
    const last = surplus.at(-1);
    if (last === undefined) return false;
    const times = surplus.map((row) => row.time).sort((a, b) => (a < b ? -1 : 1));
    this.#database.transaction(() => {
      this.#database.statement("DELETE FROM events WHERE seq <= ?").run(last.seq);
      this.#database.statement("DELETE FROM journal_breaks WHERE to_seq <= ?").run(last.seq);
      this.#database
        .statement("UPDATE journal SET pruned_to = ?, pruned_time = max(pruned_time, ?)")
        .run(last.seq, times.at(-1) ?? 0n);
    });
    return surplus.length === limit;
  }
}

/** The largest integer of SQLite. */
const MAX_PLACE = 2n ** 63n - 1n;

const APPEND = `
  INSERT INTO events (time, namespace, topic, type_url, value, ordinal, total)
  SELECT ?1, ?2, ?3, ?4, ?5, ifnull(ordinal, 0) + 1, ifnull(total, 0) + ?6
  FROM (SELECT 1) LEFT JOIN (SELECT ordinal, total FROM events ORDER BY seq DESC LIMIT 1)`;

// The first event counts whatever its size.
const PAGE = `
  SELECT * FROM events
  WHERE seq > ?1 AND seq <= ?2
    AND total <= ?3 + (SELECT total FROM events WHERE seq > ?1 ORDER BY seq LIMIT 1)
  ORDER BY seq LIMIT ?4`;

function entryOf({ seq, time, namespace, topic, type_url: typeUrl, value }: EventRow): JournalEntry {
  const event: Any | undefined = typeUrl === "" ? undefined : { typeUrl, value };
  return { seq, envelope: { timestamp: fromNanoseconds(time), namespace, topic, event } };
}
