// What the task of each container was asked for last, so that it can be made again: streams, options of the runtime, mounts.
// In runtime.db, as the message of the API; borrows the database.
import type { Any } from "../../proto/gen/any.ts";
import type { Mount } from "../../proto/gen/mount.ts";
import { CreateTaskRequest } from "../../proto/gen/tasks.ts";
import type { Database } from "../metadata/database.ts";
import type { TaskKey } from "./process-key.ts";

/** What is kept of it. */
export interface TaskRequest {
  readonly rootfs: readonly Mount[];
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly terminal: boolean;
  readonly options: Any | undefined;
  /** Name or path of a runtime, in place of the container's; empty: none. */
  readonly runtime: string;
}

/** The requests of one manager. */
export class TaskRequests {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  keep({ namespace, id }: TaskKey, request: TaskRequest): void {
    const { rootfs, stdin, stdout, stderr, terminal, options, runtime: runtimePath } = request;
    const message = { rootfs, stdin, stdout, stderr, terminal, options, runtimePath };
    this.#database
      .statement("INSERT OR REPLACE INTO task_requests VALUES (?, ?, ?)")
      .run(namespace, id, CreateTaskRequest.encode(message));
  }

  get({ namespace, id }: TaskKey): TaskRequest | undefined {
    const row = this.#database
      .statement<{ request: Uint8Array }>(
        "SELECT request FROM task_requests WHERE namespace = ? AND container_id = ?",
      )
      .get(namespace, id);
    if (row === undefined) return undefined;
    const { rootfs, stdin, stdout, stderr, terminal, options, runtimePath } = CreateTaskRequest.decode(
      row.request,
    );
    return { rootfs, stdin, stdout, stderr, terminal, options, runtime: runtimePath };
  }

  drop({ namespace, id }: TaskKey): void {
    this.#database
      .statement("DELETE FROM task_requests WHERE namespace = ? AND container_id = ?")
      .run(namespace, id);
  }
}
