// What it means for a container when a client acts on its task: whoever kills it has stopped it, whoever starts it has called
// that off, and whoever asks for a task that the manager has deleted by itself is told how it ended. Holds for managed
// containers; of others, clients write the labels themselves.
import { constants } from "node:os";
import { fromNanoseconds } from "../../proto/timestamp.ts";
import { signalNumber } from "../../sys/signal.ts";
import { EXPLICITLY_STOPPED_LABEL, ON, STOP_SIGNAL_LABEL } from "../labels.ts";
import type { ContainerStore } from "../metadata/containers.ts";
import type { ProcessKey, TaskKey } from "../runtime/process-key.ts";
import type { TaskExit } from "../runtime/task.ts";
import type { TaskRecords } from "../runtime/task-records.ts";
import type { RestartRecords } from "./restart-records.ts";
import type { Situations } from "./situations.ts";

/** What is asked and told. All of it is borrowed. */
export interface ClientActsOptions {
  readonly containers: ContainerStore;
  readonly records: TaskRecords;
  readonly restarts: RestartRecords;
  readonly situations: Situations;
}

/** The acts of the clients of one manager. */
export class ClientActs {
  readonly #options: ClientActsOptions;

  constructor(options: ClientActsOptions) {
    this.#options = options;
  }

  /** A client has made the task: it is his to start, and what the manager counted begins anew. */
  created(key: TaskKey): void {
    this.#options.restarts.drop(key);
  }

  /** A client is about to start init: before it runs, so that no exit comes in between. */
  beforeStart(key: TaskKey): void {
    const found = this.#options.situations.find(key);
    if (found?.situation.wishes.isManaged && found.situation.wishes.isExplicitlyStopped) {
      this.#setStopped(key, "");
    }
  }

  /**
   * A client is about to send a signal to init. One that is to end the container says that it is to stay so. Answers whether that
   * is all there was to do: it had ended, and is not started again.
   */
  beforeKill(key: TaskKey, signal: number): boolean {
    const found = this.#options.situations.find(key);
    if (found === undefined) return false;
    const { wishes, stage, restart } = found.situation;
    if (!wishes.isManaged || wishes.policy.name === "no") return false;
    const stopSignal = signalNumber(found.container.labels[STOP_SIGNAL_LABEL] ?? "TERM");
    if (signal !== constants.signals.SIGKILL && signal !== stopSignal) return false;
    if (!wishes.isExplicitlyStopped) this.#setStopped(key, ON);
    const isDown = stage !== "running" && stage !== "created";
    return isDown && (restart.dueAt !== undefined || restart.isStarting);
  }

  /** How a process of a managed container ended whose task is gone. */
  endOf(key: ProcessKey): TaskExit | undefined {
    const found = this.#options.situations.find(key);
    if (!found?.situation.wishes.isManaged) return undefined;
    const end = this.#options.records.ends.find(key);
    if (end === undefined) return undefined;
    const { pid, exitStatus, exitedAt } = end;
    return { pid, exitStatus, exitedAt: fromNanoseconds(exitedAt) };
  }

  /** The same, and it is forgotten: a client has deleted an exec. */
  takeEndOf(key: ProcessKey): TaskExit | undefined {
    const end = this.endOf(key);
    if (end !== undefined) this.#options.records.ends.drop(key);
    return end;
  }

  #setStopped({ namespace, id }: TaskKey, value: string): void {
    const { containers } = this.#options;
    const labels = { [EXPLICITLY_STOPPED_LABEL]: value };
    containers.update(namespace, { ...containers.get(namespace, id), labels }, [
      `labels.${EXPLICITLY_STOPPED_LABEL}`,
    ]);
  }
}
