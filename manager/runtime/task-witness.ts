// What the records learn from events, in the transaction that journals them: an event and what it says of a task are true
// together, or neither is. Refuses an exit, or a deletion, that was told before.
import { is } from "../../proto/any.ts";
import type { Init } from "../../proto/codec.ts";
import type { Any } from "../../proto/gen/any.ts";
import type { Envelope } from "../../proto/gen/envelope.ts";
import {
  TaskCreate,
  TaskDelete,
  TaskExecAdded,
  TaskExecStarted,
  TaskExit,
  type TaskIO,
  TaskPaused,
  TaskResumed,
  TaskStart,
} from "../../proto/gen/events.ts";
import { Status } from "../../proto/gen/process.ts";
import type { Timestamp } from "../../proto/gen/timestamp.ts";
import type { EventWitness } from "../events/exchange.ts";
import type { ProcessKey, TaskRecords } from "./task-records.ts";

/** Teaches the records. */
export class TaskWitness implements EventWitness {
  readonly #records: TaskRecords;

  constructor(records: TaskRecords) {
    this.#records = records;
  }

  /** Learns from an event; answers false for an exit, or a deletion, that was told before. */
  witness({ namespace, event, timestamp }: Envelope): boolean {
    if (event === undefined) return true;
    if (is(event, TaskExit)) return this.#witnessExit(namespace, TaskExit.decode(event.value));
    if (is(event, TaskDelete)) return this.#witnessDelete(namespace, TaskDelete.decode(event.value));
    this.#learn(namespace, event, timestamp);
    return true;
  }

  #learn(namespace: string, event: Any, at: Timestamp | undefined): void {
    const init = (id: string): ProcessKey => ({ namespace, id, execId: "" });
    if (is(event, TaskCreate)) {
      const { containerId, pid, io } = TaskCreate.decode(event.value);
      this.#addIfNew(init(containerId), pid, io);
    } else if (is(event, TaskStart)) {
      const { containerId, pid } = TaskStart.decode(event.value);
      this.#records.appeared(init(containerId), pid, at);
    } else if (is(event, TaskExecAdded)) {
      const { containerId: id, execId } = TaskExecAdded.decode(event.value);
      this.#addIfNew({ namespace, id, execId }, 0, undefined);
    } else if (is(event, TaskExecStarted)) {
      const { containerId: id, execId, pid } = TaskExecStarted.decode(event.value);
      this.#records.appeared({ namespace, id, execId }, pid, at);
    } else if (is(event, TaskPaused)) {
      this.#records.setStatus(init(TaskPaused.decode(event.value).containerId), Status.PAUSED);
    } else if (is(event, TaskResumed)) {
      this.#records.setStatus(init(TaskResumed.decode(event.value).containerId), Status.RUNNING);
    }
  }

  /** The shim was faster than its own answer, or the answer is lost: a process that was told of has to end aloud. */
  #addIfNew({ namespace, id, execId }: ProcessKey, pid: number, io: Init<TaskIO> | undefined): void {
    if (
      this.#records.get({ namespace, id }) === undefined ||
      this.#records.process({ namespace, id, execId })
    )
      return;
    const { stdin = "", stdout = "", stderr = "", terminal = false } = io ?? {};
    this.#records.addProcess(
      { namespace, id, execId },
      { pid, startTime: 0n, stdin, stdout, stderr, terminal },
    );
  }

  #witnessExit(namespace: string, exit: TaskExit): boolean {
    const { containerId: id, pid, exitStatus, exitedAt } = exit;
    const key = { namespace, id, execId: exit.id === id ? "" : exit.id };
    if (this.#records.tellExit(key, pid)) return false;
    // Of a process that had this id before: told, and no word about the one that has it now.
    if (this.#records.process(key)?.pid !== pid) return true;
    this.#records.exited(key, { exitStatus, exitedAt });
    this.#records.markExitTold(key);
    return true;
  }

  #witnessDelete(namespace: string, { containerId, id, pid }: TaskDelete): boolean {
    // Some shims tell of the deletion of execs, too.
    if (id !== "" && id !== containerId) return true;
    return !this.#records.tellDeletion({ namespace, id: containerId }, pid);
  }
}
