// Up to where the manager has each shim's queue: the names of the events that it took. In one database with the journal, so that
// an event and the word that it was taken are committed together: after a crash at any moment a shim that repeats an event is
// either told "I have it" or heard for the first time.
// Always true: bounded; who was heard last is remembered longest, because shims repeat what they sent last.
import type { Database } from "../metadata/database.ts";

/** The name of an event for ever: the shim's queue and the number in it. */
export interface EventId {
  readonly queue: string;
  readonly sequence: bigint;
}

/** Queues, and exits that were told (runtime/exits-told.ts), that are remembered. */
const MAX_NAMES = 100_000;

/** Reads the value of `hawser-event-id`: `<queue>/<sequence>`. Undefined for what is none. */
export function parseEventId(text: string | undefined): EventId | undefined {
  const match = /^([0-9A-Za-z-]{1,64})\/(\d{1,18})$/.exec(text ?? "");
  return match === null ? undefined : { queue: match[1] ?? "", sequence: BigInt(match[2] ?? "") };
}

/** The names of one manager. Borrows the database. */
export class TakenNames {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Whether the event of this name was taken, or one behind it in its queue: shims send in order. */
  has({ queue, sequence }: EventId): boolean {
    const row = this.#database
      .statement<{ sequence: bigint }>("SELECT sequence FROM cursors WHERE queue = ?", { bigints: true })
      .get(queue);
    return row !== undefined && sequence <= row.sequence;
  }

  /** Remembers that the event of this name was taken. */
  add({ queue, sequence }: EventId): void {
    this.#database
      .statement(
        `INSERT INTO cursors (queue, sequence, seq) VALUES (?, ?, (SELECT ifnull(max(seq), 0) FROM events))
         ON CONFLICT (queue) DO UPDATE SET sequence = excluded.sequence, seq = excluded.seq`,
      )
      .run(queue, sequence);
  }

  /** Forgets the oldest of too many. Takes a millisecond to find them: not for every event. */
  forgetOldest(): void {
    for (const table of ["cursors", "exits_told"]) {
      const oldest = `SELECT seq FROM ${table} ORDER BY seq DESC LIMIT 1 OFFSET ${MAX_NAMES}`;
      this.#database.statement(`DELETE FROM ${table} WHERE seq < (${oldest})`).run();
    }
  }
}
