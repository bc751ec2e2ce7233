// Execs that have ended and that nobody deletes, as those that were started detached: their shim keeps something of each. Of a
// managed container the last thousand are kept; those before are deleted here, in the shim and in the record, oldest first.
// Of other containers all are kept until their clients delete them, as containerd has it.
import { isNotFound } from "../../proto/errors.ts";
import type { Log } from "../log.ts";
import type { Database } from "../metadata/database.ts";
import { MAX_EXEC_ENDS } from "../runtime/process-ends.ts";
import type { TaskKey } from "../runtime/process-key.ts";
import type { TaskManager } from "../runtime/task-manager.ts";

/** What is borrowed. */
export interface ExecPrunerOptions {
  /** runtime.db. */
  readonly database: Database;
  readonly tasks: Pick<TaskManager, "deleteProcess">;
  readonly isManaged: (key: TaskKey) => boolean;
  readonly log: Log;
  /** How many are kept. Default: MAX_EXEC_ENDS. */
  readonly max?: number;
}

/** Deletes them. */
export class ExecPruner implements AsyncDisposable {
  readonly #options: ExecPrunerOptions;
  readonly #pruning = new Map<string, Promise<void>>();

  constructor(options: ExecPrunerOptions) {
    this.#options = options;
  }

  /** An exec has ended. Answers at once. */
  noteEnd(key: TaskKey): void {
    const name = `${key.namespace}/${key.id}`;
    if (this.#pruning.has(name) || this.#surplus(key).length === 0 || !this.#options.isManaged(key)) return;
    const pruning = this.#prune(key).finally(() => this.#pruning.delete(name));
    this.#pruning.set(name, pruning);
  }

  /** Waits for what is being deleted. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#pruning.values());
  }

  async #prune(key: TaskKey): Promise<void> {
    const { tasks, log } = this.#options;
    for (let surplus = this.#surplus(key); surplus.length > 0; surplus = this.#surplus(key)) {
      for (const execId of surplus) {
        try {
          await tasks.deleteProcess(key.namespace, key.id, execId);
        } catch (error) {
          // The next end tries again.
          if (!isNotFound(error))
            log.warn("delete an exec that has ended: continuing", { ...key, execId, error });
          return;
        }
      }
    }
  }

  #surplus({ namespace, id }: TaskKey): string[] {
    const { database, max = MAX_EXEC_ENDS } = this.#options;
    return database
      .statement<{ exec_id: string }>(
        `SELECT exec_id FROM processes
         WHERE namespace = ? AND container_id = ? AND exec_id <> '' AND exited_at IS NOT NULL
         ORDER BY exited_at DESC, exec_id LIMIT 100 OFFSET ?`,
      )
      .all(namespace, id, max)
      .map((row) => row.exec_id);
  }
}
