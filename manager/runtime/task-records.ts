// What the manager itself knows of tasks and their processes, in runtime.db: from the intent to create a task to the moment at
// which nothing is left of it. Borrows the database.
// Always true: an exit is recorded once, the first word counts; that it was told outlives the task.
// Longer than 300 lines because it is all that is read from and written to two tables, a few lines each.
import { Status } from "../../proto/gen/process.ts";
import type { Timestamp } from "../../proto/gen/timestamp.ts";
import { toNanoseconds } from "../../proto/timestamp.ts";
import type { Database } from "../metadata/database.ts";
import { ExitsTold } from "./exits-told.ts";
import { writeArgs } from "./process-args.ts";
import { ProcessEnds } from "./process-ends.ts";
import type { ProcessKey, TaskKey } from "./process-key.ts";
import { type TaskRequest, TaskRequests } from "./task-requests.ts";

export type { ProcessKey, TaskKey } from "./process-key.ts";

import {
  type ProcessRecord,
  type ProcessRow,
  processOf,
  type TaskRecord,
  type TaskRow,
  taskOf,
} from "./task-rows.ts";

/** What is known of a process when it is created. */
export interface NewProcess
  extends Pick<ProcessRecord, "pid" | "startTime" | "stdin" | "stdout" | "stderr" | "terminal"> {
  /** Words of its program, where they are known. */
  readonly args?: readonly string[];
}

/** A process, whose it is, and where its bundle is. */
export interface KeyedProcess extends ProcessRecord, ProcessKey {
  readonly bundleDir: string;
}

/** How a process ended, for the record. */
export interface RecordedExit {
  readonly exitStatus: number;
  readonly exitedAt: Timestamp | undefined;
  /** Nobody can say how it ended: the status is no statement. */
  readonly isUnknown?: boolean;
}

/** Stands for the deletion of a task where exits have their process; no exec is called so. */
const DELETION = "/delete";

/** The records of one manager. Borrows the database. */
export class TaskRecords {
  /** How processes have ended whose tasks are gone. */
  readonly ends: ProcessEnds;
  /** What tasks were asked for. */
  readonly requests: TaskRequests;
  readonly #exitListeners: ((key: ProcessKey) => void)[] = [];
  readonly #database: Database;
  readonly #told: ExitsTold;
  readonly #awaitingDeletion = new Map<string, () => void>();

  constructor(database: Database) {
    this.#database = database;
    this.#told = new ExitsTold(database);
    this.ends = new ProcessEnds(database);
    this.requests = new TaskRequests(database);
  }

  /** From here on `listener` is told of processes that have ended, after the commit. It must not throw. */
  onExit(listener: (key: ProcessKey) => void): void {
    this.#exitListeners.push(listener);
  }

  /** Runs `body` in one transaction with what it publishes. */
  transaction(body: () => void): void {
    this.#database.transaction(body);
  }

  /** The intent to create a task: from here on a crash finds it. */
  begin(record: Omit<TaskRecord, "phase" | "isDeleteTold">): void {
    const { namespace, id, bundleDir, runtime, binary, address, version, shimPid, shimStartTime } = record;
    this.#database.transaction(() => {
      this.#told.forget(namespace, id);
      this.#database
        .statement("INSERT INTO tasks VALUES (?, ?, 'creating', ?, ?, ?, ?, ?, ?, ?, 0)")
        .run(namespace, id, bundleDir, runtime, binary, address, version, shimPid, shimStartTime);
    });
  }

  /** Who its shim is. */
  shimStarted(
    { namespace, id }: TaskKey,
    shim: Pick<TaskRecord, "address" | "version" | "shimPid" | "shimStartTime">,
  ): void {
    this.#database
      .statement(
        "UPDATE tasks SET address = ?, version = ?, shim_pid = ?, shim_start_time = ? WHERE namespace = ? AND id = ?",
      )
      .run(shim.address, shim.version, shim.shimPid, shim.shimStartTime, namespace, id);
  }

  /** The task is created: whoever asked is about to hear of it. */
  created(key: TaskKey, init: NewProcess, request?: TaskRequest): void {
    this.#database.transaction(() => {
      this.#database
        .statement("UPDATE tasks SET phase = 'live' WHERE namespace = ? AND id = ?")
        .run(key.namespace, key.id);
      this.addProcess({ ...key, execId: "" }, init);
      if (request !== undefined) this.requests.keep(key, request);
    });
  }

  /** Forgets a task and its processes. That their exits were told is remembered. */
  remove({ namespace, id }: TaskKey): void {
    this.#database.statement("DELETE FROM tasks WHERE namespace = ? AND id = ?").run(namespace, id);
  }

  /** Waits until the deletion of a task is told, at most `budgetMs`. */
  async deletionTold(key: TaskKey, budgetMs: number): Promise<void> {
    if (this.get(key)?.isDeleteTold !== false) return;
    const name = `${key.namespace}/${key.id}`;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, budgetMs);
    this.#awaitingDeletion.set(name, resolve);
    await promise;
    this.#awaitingDeletion.delete(name);
    clearTimeout(timer);
  }

  get({ namespace, id }: TaskKey): TaskRecord | undefined {
    const row = this.#database
      .statement<TaskRow>("SELECT * FROM tasks WHERE namespace = ? AND id = ?", { bigints: true })
      .get(namespace, id);
    return row && taskOf(row);
  }

  /** All tasks of all namespaces. */
  all(): TaskRecord[] {
    return this.#database.statement<TaskRow>("SELECT * FROM tasks", { bigints: true }).all().map(taskOf);
  }

  /** A process appears. An event that was faster has its say kept. */
  addProcess({ namespace, id, execId }: ProcessKey, process: NewProcess): void {
    const { pid, startTime, stdin, stdout, stderr, terminal, args = [] } = process;
    this.#database.transaction(() => {
      // What is left of an exec that had this id before.
      if (execId !== "" && this.process({ namespace, id, execId })?.exit !== undefined) {
        this.removeProcess({ namespace, id, execId });
      }
      if (execId !== "") {
        this.#told.forget(namespace, id, execId);
        this.ends.drop({ namespace, id, execId });
      }
      this.#database
        .statement(
          `INSERT INTO processes (namespace, container_id, exec_id, pid, start_time, status, stdin, stdout, stderr, terminal,
             is_exit_told, created_at, args)
           VALUES (?, ?, ?, ?, ?, ${Status.CREATED}, ?, ?, ?, ?, 0, ?, ?)
           ON CONFLICT DO UPDATE SET pid = max(pid, excluded.pid), start_time = max(start_time, excluded.start_time),
             stdin = excluded.stdin, stdout = excluded.stdout, stderr = excluded.stderr, terminal = excluded.terminal,
             args = ifnull(excluded.args, args)`,
        )
        .run(
          ...[namespace, id, execId, pid, startTime, stdin, stdout, stderr],
          ...[Number(terminal), now(), writeArgs(args)],
        );
    });
    // A process that dies at once may be told of before its pid is known here.
    if (pid !== 0 && this.#told.has(namespace, id, execId, pid)) this.markExitTold({ namespace, id, execId });
  }

  /**
   * A process runs, by the answer to Start. What was recorded under another pid is of an exec that had this id before:
   * its events may come late.
   */
  started({ namespace, id, execId }: ProcessKey, pid: number, startTime: bigint): void {
    this.#database
      .statement(
        `UPDATE processes SET pid = ?1, start_time = ?2,
           status = iif(pid = ?1 AND exited_at IS NOT NULL, status, ${Status.RUNNING}),
           started_at = iif(pid = ?1, ifnull(started_at, ?6), ?6),
           exit_status = iif(pid = ?1, exit_status, NULL),
           exited_at = iif(pid = ?1, exited_at, NULL),
           is_exit_told = iif(pid = ?1, is_exit_told, 0)
         WHERE namespace = ?3 AND container_id = ?4 AND exec_id = ?5`,
      )
      .run(pid, startTime, namespace, id, execId, now());
    if (this.#told.has(namespace, id, execId, pid)) this.markExitTold({ namespace, id, execId });
  }

  /** What a shim says of a process, unless it has ended. */
  setStatus({ namespace, id, execId }: ProcessKey, status: Status): void {
    this.#database
      .statement(
        `UPDATE processes SET status = ?
         WHERE namespace = ? AND container_id = ? AND exec_id = ? AND status <> ${Status.STOPPED}`,
      )
      .run(status, namespace, id, execId);
  }

  /** A process has ended. The first word counts. */
  exited({ namespace, id, execId }: ProcessKey, exit: RecordedExit): void {
    const { exitStatus, exitedAt, isUnknown = false } = exit;
    const at = toNanoseconds(exitedAt) ?? now();
    const changes = this.#database
      .statement(
        `UPDATE processes SET status = ${Status.STOPPED}, exit_status = ?, exited_at = ?, is_unknown = ?
         WHERE namespace = ? AND container_id = ? AND exec_id = ? AND exited_at IS NULL`,
      )
      .run(exitStatus, at, Number(isUnknown), namespace, id, execId);
    if (changes === 0) return;
    this.#database.afterCommit(() => {
      for (const listener of this.#exitListeners) listener({ namespace, id, execId });
    });
  }

  removeProcess({ namespace, id, execId }: ProcessKey): void {
    this.#database
      .statement("DELETE FROM processes WHERE namespace = ? AND container_id = ? AND exec_id = ?")
      .run(namespace, id, execId);
  }

  process({ namespace, id, execId }: ProcessKey): ProcessRecord | undefined {
    const row = this.#database
      .statement<ProcessRow>(
        "SELECT * FROM processes WHERE namespace = ? AND container_id = ? AND exec_id = ?",
        { bigints: true },
      )
      .get(namespace, id, execId);
    return row && processOf(row);
  }

  /** All processes of a task, init last: the exits of execs come before its own. */
  processes({ namespace, id }: TaskKey): ProcessRecord[] {
    return this.#database
      .statement<ProcessRow>(
        "SELECT * FROM processes WHERE namespace = ? AND container_id = ? ORDER BY exec_id DESC",
        { bigints: true },
      )
      .all(namespace, id)
      .map(processOf);
  }

  /** The end of a process whose task is gone, as a process that has ended. */
  findEnd(
    key: ProcessKey,
  ): Pick<ProcessRecord, "stdin" | "stdout" | "stderr" | "terminal" | "exit"> | undefined {
    const end = this.ends.find(key);
    return end && { ...end, exit: end };
  }

  /** The processes of a namespace's tasks, or of one task; init processes alone, unless execs are asked for. */
  list(namespace: string, { id = "", withExecs = false } = {}): KeyedProcess[] {
    const rows = this.#database
      .statement<ProcessRow & { readonly container_id: string; readonly bundle_dir: string }>(
        `SELECT processes.*, bundle_dir FROM processes
         JOIN tasks ON tasks.namespace = processes.namespace AND tasks.id = container_id AND phase = 'live'
         WHERE processes.namespace = ?1 AND (?2 = '' OR container_id = ?2) AND (?3 OR exec_id = '')`,
        { bigints: true },
      )
      .all(namespace, id, Number(withExecs));
    return rows.map((row) => {
      const { container_id, bundle_dir: bundleDir } = row;
      return { ...processOf(row), namespace, id: container_id, bundleDir };
    });
  }

  /** Whether the exit of a process was told before; from here on it was. */
  tellExit({ namespace, id, execId }: ProcessKey, pid: number): boolean {
    return !this.#told.add(namespace, id, execId, pid);
  }

  /** Whether the deletion of a task was told before; from here on it was. */
  tellDeletion({ namespace, id }: TaskKey, pid: number): boolean {
    if (!this.#told.add(namespace, id, DELETION, pid)) return true;
    this.#database
      .statement("UPDATE tasks SET is_delete_told = 1 WHERE namespace = ? AND id = ?")
      .run(namespace, id);
    this.#database.afterCommit(() => this.#awaitingDeletion.get(`${namespace}/${id}`)?.());
    return false;
  }

  /** The process has a pid and runs, by the word of an event and since its time. */
  appeared({ namespace, id, execId }: ProcessKey, pid: number, at: Timestamp | undefined): void {
    this.#database
      .statement(
        `UPDATE processes SET pid = iif(pid = 0, ?1, pid), started_at = ifnull(started_at, ?2)
         WHERE namespace = ?3 AND container_id = ?4 AND exec_id = ?5`,
      )
      .run(pid, toNanoseconds(at) ?? now(), namespace, id, execId);
    this.setStatus({ namespace, id, execId }, Status.RUNNING);
  }

  /** The event of the exit of the process that the record is about is in the journal. */
  markExitTold({ namespace, id, execId }: ProcessKey): void {
    this.#database
      .statement(
        "UPDATE processes SET is_exit_told = 1 WHERE namespace = ? AND container_id = ? AND exec_id = ?",
      )
      .run(namespace, id, execId);
  }
}

/** Nanoseconds since the epoch. */
function now(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
