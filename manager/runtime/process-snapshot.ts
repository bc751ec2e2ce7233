// All processes of a namespace as the records have them, in one look: for snapshots, which must not wait for anybody.
// A task whose deletion was told is none any more, though its shim may still be going.
import type { Init } from "../../proto/codec.ts";
import { Status } from "../../proto/gen/process.ts";
import { type ProcessInfo, ProcessState } from "../../proto/gen/processes.ts";
import { fromNanoseconds } from "../../proto/timestamp.ts";
import type { Database } from "../metadata/database.ts";
import { type ProcessRow, processOf } from "./task-rows.ts";

const STATES: Readonly<Record<number, ProcessState>> = {
  [Status.CREATED]: ProcessState.PROCESS_STATE_CREATED,
  [Status.RUNNING]: ProcessState.PROCESS_STATE_RUNNING,
  [Status.PAUSED]: ProcessState.PROCESS_STATE_PAUSED,
  [Status.PAUSING]: ProcessState.PROCESS_STATE_RUNNING,
  [Status.STOPPED]: ProcessState.PROCESS_STATE_STOPPED,
};

/** The processes of a namespace, by container, init first. */
export function readProcesses(database: Database, namespace: string): Init<ProcessInfo>[] {
  return database
    .statement<ProcessRow & { readonly container_id: string }>(
      `SELECT processes.* FROM processes JOIN tasks ON tasks.namespace = processes.namespace AND tasks.id = container_id
       WHERE tasks.namespace = ? AND phase = 'live' AND is_delete_told = 0 ORDER BY container_id, exec_id`,
      { bigints: true },
    )
    .all(namespace)
    .map((row) => {
      const { execId, pid, status, exit, terminal, stdin, stdout, stderr } = processOf(row);
      const end = exit && { exitStatus: exit.exitStatus, exitedAt: fromNanoseconds(exit.exitedAt) };
      const state = STATES[status] ?? ProcessState.PROCESS_STATE_UNKNOWN;
      return {
        containerId: row.container_id,
        execId,
        state,
        pid: exit === undefined ? pid : 0,
        isTerminal: terminal,
        stdin,
        stdout,
        stderr,
        ...(end && { end }),
      };
    });
}
