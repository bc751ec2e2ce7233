// Where the numbers of a journal begin anew: at each start of a manager they leap ahead of all that were ever given. A power
// cut may undo the last commits of runtime.db (synchronous = NORMAL), and a copy from yesterday may be put in its place; had
// the numbers gone on by one, a place would then stand for another event than the one somebody has seen.
// Always true: places rise from run to run as long as the file or the clock does, and stay below 2^53, so that programs that
// read numbers as doubles read them right, until 2093.
import { readFileSync } from "node:fs";
import type { Database } from "../metadata/database.ts";

/** Places for each millisecond of a run: more than a manager takes events in it. */
const PLACES_PER_MS = 4_096n;

/** More than the events that a power cut can undo: a minute of the most that a manager takes. */
const LEAP = 4_194_304n;

/** 2025-01-01T00:00:00Z. */
const FIRST_MS = 1_735_689_600_000n;

/**
 * The place behind which a run begins: by the clock, which a lost or replaced file does not turn back, and by the last place of
 * the file, which a wrong clock does not.
 */
export function runBase(lastPlace: bigint, nowMs: number): bigint {
  const ms = BigInt(Math.floor(nowMs)) - FIRST_MS;
  const byClock = ms > 0n ? ms * PLACES_PER_MS : 0n;
  const byPlace = lastPlace + LEAP;
  // The clock counts only where it is ahead of what may have been lost.
  return byClock > byPlace ? byClock : byPlace;
}

/** The kernel's name for the time since the machine was started. */
export function readBootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/** What the journal knows of itself. */
export interface JournalState {
  /** The place before its first event. */
  readonly born: bigint;
  /** The place of the last event that was pruned; 0 for none. */
  readonly pruned_to: bigint;
  /** The latest time of a pruned event, in nanoseconds. */
  readonly pruned_time: bigint;
  readonly boot_id: string;
  readonly is_closed: bigint;
}

/** What differs between a run of a manager and one in a test. */
export interface RunOptions {
  readonly now?: () => number;
  readonly bootId?: string;
}

/** The state in the database; undefined before the first run. */
export function journalState(database: Database): JournalState | undefined {
  return database.statement<JournalState>("SELECT * FROM journal", { bigints: true }).get();
}

/** The place of the newest event, or where this run began. */
export function lastPlace(database: Database): bigint {
  const row = database
    .statement<{ seq: bigint }>("SELECT seq FROM sqlite_sequence WHERE name = 'events'", { bigints: true })
    .get();
  return row?.seq ?? 0n;
}

/**
 * Begins a run, before its first event. When the machine went down during the last one, a break says so: the last events of
 * that run may never have been on the disk.
 */
export function beginRun(
  database: Database,
  { now = Date.now, bootId = readBootId() }: RunOptions = {},
): void {
  database.transaction(() => {
    const last = lastPlace(database);
    const base = runBase(last, now());
    const before = journalState(database);
    if (before === undefined) recordBirth(database, last, base);
    else if (before.boot_id !== bootId && before.is_closed === 0n) {
      database.statement("INSERT OR REPLACE INTO journal_breaks VALUES (?, ?)").run(last, base + 1n);
    }
    database.statement("UPDATE journal SET boot_id = ?, is_closed = 0").run(bootId);
    database.statement("DELETE FROM sqlite_sequence WHERE name = 'events'").run();
    database.statement("INSERT INTO sqlite_sequence VALUES ('events', ?)").run(base);
  });
  // Else a power cut could undo this, too, and the run before would seem to have been the last and to have ended well.
  database.flush();
}

/** Ends a run well: nothing of it can be lost any more. */
export function endRun(database: Database): void {
  database.flush();
  database.statement("UPDATE journal SET is_closed = 1").run();
  database.flush();
}

// A file of an older version has events already, and gave nobody a place.
function recordBirth(database: Database, last: bigint, base: bigint): void {
  const first = database
    .statement<{ seq: bigint | null }>("SELECT min(seq) AS seq FROM events", { bigints: true })
    .get()?.seq;
  const isNew = last === 0n;
  const prunedTo = isNew ? 0n : (first ?? last + 1n) - 1n;
  database.statement("INSERT INTO journal VALUES (1, ?, ?, 0, '', 1)").run(isNew ? base : 0n, prunedTo);
}
