// Which exits are in the journal, by the process they are about, so that none is told twice: not by a shim that repeats
// itself under no name (Go's), and not by the manager and a shim that both had something to say. Outlives the task; the
// journal drops what is older than its events.
import type { Database } from "../metadata/database.ts";

/** The list, in runtime.db. Borrows the database. */
export class ExitsTold {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds an exit; answers false when it is there already. */
  add(namespace: string, containerId: string, execId: string, pid: number): boolean {
    const added = this.#database
      .statement(
        `INSERT OR IGNORE INTO exits_told (namespace, container_id, process_id, pid, seq)
         VALUES (?, ?, ?, ?, (SELECT ifnull(max(seq), 0) + 1 FROM events))`,
      )
      .run(namespace, containerId, execId, pid);
    return added > 0;
  }

  has(namespace: string, containerId: string, execId: string, pid: number): boolean {
    const row = this.#database
      .statement(
        "SELECT 1 FROM exits_told WHERE namespace = ? AND container_id = ? AND process_id = ? AND pid = ?",
      )
      .get(namespace, containerId, execId, pid);
    return row !== undefined;
  }

  /** A container, or an exec, of this name begins anew: its process may get the pid of the one before. */
  forget(namespace: string, containerId: string, execId?: string): void {
    this.#database
      .statement(
        "DELETE FROM exits_told WHERE namespace = ?1 AND container_id = ?2 AND (?3 IS NULL OR process_id = ?3)",
      )
      .run(namespace, containerId, execId ?? null);
  }
}
