// How the processes of containers have ended: a record that outlives the task, until its container is started again or
// deleted. In runtime.db; borrows the database.
// Always true: an exec's end is kept while there are not more than MAX_EXEC_ENDS of its container, the oldest go first; an
// end that is kept again is the same end.
import type { Database } from "../metadata/database.ts";
import { readArgs, writeArgs } from "./process-args.ts";
import type { ProcessKey, TaskKey } from "./process-key.ts";
import type { ProcessRecord } from "./task-rows.ts";

/** Ends of execs that are kept for each container. */
export const MAX_EXEC_ENDS = 1_000;

/** The end of a process. Times are nanoseconds since the epoch. */
export interface ProcessEnd
  extends Pick<
    ProcessRecord,
    "pid" | "createdAt" | "startedAt" | "args" | "stdin" | "stdout" | "stderr" | "terminal"
  > {
  readonly exitedAt: bigint;
  readonly exitStatus: number;
  /** 0: none, or not known. */
  readonly signal: number;
  /** Nobody can say how it ended. */
  readonly isUnknown: boolean;
  /** It ended with the machine, or with whoever emptied the state directory. */
  readonly isLost: boolean;
  /** It, or a process beside it, was killed for want of memory. */
  readonly oom: boolean;
  /** What became of its output, in the words of the shim's exit record; empty when nobody says. */
  readonly output: string;
}

/** An end, and whose it is. */
export type KeyedEnd = ProcessEnd & ProcessKey;

interface Row {
  readonly namespace: string;
  readonly container_id: string;
  readonly exec_id: string;
  readonly pid: bigint;
  readonly created_at: bigint | null;
  readonly started_at: bigint | null;
  readonly exited_at: bigint;
  readonly exit_status: bigint;
  readonly signal: bigint;
  readonly is_unknown: bigint;
  readonly is_lost: bigint;
  readonly oom: bigint;
  readonly output: string;
  readonly args: string | null;
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly terminal: bigint;
}

/** The ends of one manager's processes. */
export class ProcessEnds {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps an end, in the place of an earlier one of the same name. */
  keep({ namespace, id, execId }: ProcessKey, end: ProcessEnd): void {
    const { pid, createdAt = null, startedAt = null, exitedAt, exitStatus, signal } = end;
    const { isUnknown, isLost, oom, output, args, stdin, stdout, stderr, terminal } = end;
    // A manager that died over it keeps it once more, when the shim's own record of it is gone.
    this.#database
      .statement(
        `INSERT INTO process_ends VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET
           created_at = excluded.created_at, started_at = excluded.started_at, exit_status = excluded.exit_status,
           signal = excluded.signal, is_unknown = excluded.is_unknown, is_lost = excluded.is_lost, oom = excluded.oom,
           output = excluded.output, args = excluded.args, stdin = excluded.stdin, stdout = excluded.stdout,
           stderr = excluded.stderr, terminal = excluded.terminal, pid = excluded.pid, exited_at = excluded.exited_at
         WHERE pid <> excluded.pid OR exited_at <> excluded.exited_at`,
      )
      .run(
        ...[namespace, id, execId, pid, createdAt, startedAt, exitedAt, exitStatus, signal],
        ...[Number(isUnknown), Number(isLost), Number(oom), output, writeArgs(args)],
        ...[stdin, stdout, stderr, Number(terminal)],
      );
    if (execId !== "") this.#dropOldest(namespace, id);
  }

  find({ namespace, id, execId }: ProcessKey): ProcessEnd | undefined {
    const row = this.#database
      .statement<Row>("SELECT * FROM process_ends WHERE namespace = ? AND container_id = ? AND exec_id = ?", {
        bigints: true,
      })
      .get(namespace, id, execId);
    return row && endOf(row);
  }

  /** The ends of a namespace, or of one container of it; of init processes alone, unless execs are asked for. */
  list(namespace: string, { id = "", withExecs = false } = {}): KeyedEnd[] {
    return this.#database
      .statement<Row>(
        `SELECT * FROM process_ends
         WHERE namespace = ?1 AND (?2 = '' OR container_id = ?2) AND (?3 OR exec_id = '')`,
        { bigints: true },
      )
      .all(namespace, id, Number(withExecs))
      .map(endOf);
  }

  /** A process of this name begins anew, or is deleted. */
  drop({ namespace, id, execId }: ProcessKey): void {
    this.#database
      .statement("DELETE FROM process_ends WHERE namespace = ? AND container_id = ? AND exec_id = ?")
      .run(namespace, id, execId);
  }

  /** The container is deleted. */
  dropAll({ namespace, id }: TaskKey): void {
    this.#database
      .statement("DELETE FROM process_ends WHERE namespace = ? AND container_id = ?")
      .run(namespace, id);
  }

  #dropOldest(namespace: string, id: string): void {
    this.#database
      .statement(
        `DELETE FROM process_ends WHERE namespace = ?1 AND container_id = ?2 AND exec_id IN (
           SELECT exec_id FROM process_ends WHERE namespace = ?1 AND container_id = ?2 AND exec_id <> ''
           ORDER BY exited_at DESC LIMIT -1 OFFSET ${MAX_EXEC_ENDS})`,
      )
      .run(namespace, id);
  }
}

function endOf(row: Row): KeyedEnd {
  const { namespace, container_id: id, exec_id: execId, output, stdin, stdout, stderr } = row;
  return {
    ...{ namespace, id, execId, output, stdin, stdout, stderr },
    pid: Number(row.pid),
    createdAt: row.created_at ?? undefined,
    startedAt: row.started_at ?? undefined,
    exitedAt: row.exited_at,
    exitStatus: Number(row.exit_status),
    signal: Number(row.signal),
    isUnknown: row.is_unknown !== 0n,
    isLost: row.is_lost !== 0n,
    oom: row.oom !== 0n,
    args: readArgs(row.args),
    terminal: row.terminal !== 0n,
  };
}
