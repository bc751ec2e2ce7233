// What becomes of containers that a restart policy starts again: how often that was, and what is about to be done. In
// runtime.db; borrows the database.
// Always true: what is about to be done is here before it is done, so that a manager which dies over it goes on.
import type { Database } from "../metadata/database.ts";
import type { TaskKey } from "../runtime/task-records.ts";

/** Of one container. */
export interface RestartRecord {
  /** How often its policy has started it since somebody did. */
  readonly count: number;
  /** The pause before the last of them. Milliseconds. */
  readonly delayMs: number;
  /** When the next one is due, in milliseconds since the epoch; undefined: none is. */
  readonly dueAt: number | undefined;
  /** Its task is being made and started by the manager. */
  readonly isStarting: boolean;
}

/** Of a container that no policy has started yet. */
export const NO_RESTARTS: RestartRecord = { count: 0, delayMs: 0, dueAt: undefined, isStarting: false };

interface Row {
  readonly namespace: string;
  readonly container_id: string;
  readonly count: number;
  readonly delay_ms: number;
  readonly due_at: number | null;
  readonly is_starting: number;
}

/** The records of one manager. */
export class RestartRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get({ namespace, id }: TaskKey): RestartRecord {
    const row = this.#database
      .statement<Row>("SELECT * FROM restarts WHERE namespace = ? AND container_id = ?")
      .get(namespace, id);
    return row === undefined ? NO_RESTARTS : recordOf(row);
  }

  /** Those of a namespace, by container; a container without one has NO_RESTARTS. */
  list(namespace: string): Map<string, RestartRecord> {
    const rows = this.#database.statement<Row>("SELECT * FROM restarts WHERE namespace = ?").all(namespace);
    return new Map(rows.map((row) => [row.container_id, recordOf(row)]));
  }

  set({ namespace, id }: TaskKey, { count, delayMs, dueAt = null, isStarting }: RecordToSet): void {
    this.#database
      .statement("INSERT OR REPLACE INTO restarts VALUES (?, ?, ?, ?, ?, ?)")
      .run(namespace, id, count, delayMs, dueAt, Number(isStarting));
  }

  /** The machine begins anew. */
  dropAll(): void {
    this.#database.statement("DELETE FROM restarts").run();
  }

  /** Somebody has started it himself, or it is deleted. */
  drop({ namespace, id }: TaskKey): void {
    this.#database
      .statement("DELETE FROM restarts WHERE namespace = ? AND container_id = ?")
      .run(namespace, id);
  }
}

type RecordToSet = Omit<RestartRecord, "dueAt"> & { readonly dueAt?: number | null | undefined };

function recordOf({ count, delay_ms: delayMs, due_at: dueAt, is_starting: isStarting }: Row): RestartRecord {
  return { count, delayMs, dueAt: dueAt ?? undefined, isStarting: isStarting !== 0 };
}
