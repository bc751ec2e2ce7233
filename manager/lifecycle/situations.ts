// How a container is, for the decision what is to be done with it: from its record, the task manager, and the records of ends
// and restarts. Reads only, and at once.
import type { Container } from "../../proto/gen/containers.ts";
import { Status } from "../../proto/gen/process.ts";
import type { ContainerStore } from "../metadata/containers.ts";
import type { TaskKey } from "../runtime/process-key.ts";
import type { TaskManager } from "../runtime/task-manager.ts";
import { wishesOf } from "./container-wishes.ts";
import type { LastEnd, Situation, TaskStage } from "./next-deed.ts";
import type { RestartRecords } from "./restart-records.ts";

/** Where to look. All of it is borrowed. */
export interface SituationSources {
  readonly containers: Pick<ContainerStore, "find">;
  readonly tasks: Pick<TaskManager, "phase" | "records">;
  readonly restarts: RestartRecords;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A container as it is. */
export interface FoundSituation {
  readonly container: Container;
  readonly situation: Situation;
}

/** Looks. */
export class Situations {
  readonly #sources: SituationSources;

  constructor(sources: SituationSources) {
    this.#sources = sources;
  }

  /** How a container is; undefined when there is none. */
  find(key: TaskKey): FoundSituation | undefined {
    const { containers, restarts, now } = this.#sources;
    const container = containers.find(key.namespace, key.id);
    if (container === undefined) return undefined;
    const { stage, end } = this.#task(key);
    const situation = { wishes: wishesOf(container), stage, end, restart: restarts.get(key), now: now() };
    return { container, situation };
  }

  /** The stage of a container's task, whether or not it has a record. */
  stage(key: TaskKey): TaskStage {
    return this.#task(key).stage;
  }

  #task(key: TaskKey): { stage: TaskStage; end: LastEnd | undefined } {
    const { tasks } = this.#sources;
    const init = { ...key, execId: "" };
    const phase = tasks.phase(key);
    if (phase === undefined) {
      const end = tasks.records.ends.find(init);
      return { stage: "none", end: end && lastEnd(end, end.startedAt, end.isLost) };
    }
    const process = phase === "live" ? tasks.records.process(init) : undefined;
    if (process === undefined) return { stage: "busy", end: undefined };
    const { exit, startedAt, status } = process;
    if (exit !== undefined) return { stage: "ended", end: lastEnd(exit, startedAt, false) };
    if (status !== Status.CREATED) return { stage: "running", end: undefined };
    // Of the task before this one, if there was one.
    const end = tasks.records.ends.find(init);
    return { stage: "created", end: end && lastEnd(end, end.startedAt, end.isLost) };
  }
}

function lastEnd(
  { exitStatus, exitedAt }: { readonly exitStatus: number; readonly exitedAt: bigint },
  startedAt: bigint | undefined,
  isLost: boolean,
): LastEnd {
  const ranMs = startedAt === undefined ? 0 : Number((exitedAt - startedAt) / 1_000_000n);
  return { exitStatus, isLost, ranMs, exitedAt: Number(exitedAt / 1_000_000n) };
}
