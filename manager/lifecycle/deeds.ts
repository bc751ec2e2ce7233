// What the manager does with a container by itself, deed by deed. Each is fine when it was done before, in part or whole, and
// changes what next-deed.ts sees: the record of what is begun before, the thing itself after it.
import { Code, hasCode, isNotFound } from "../../proto/errors.ts";
import type { Container } from "../../proto/gen/containers.ts";
import type { Mount } from "../../proto/gen/mount.ts";
import { RESTART_COUNT_LABEL } from "../labels.ts";
import type { Log } from "../log.ts";
import type { Metadata } from "../metadata/metadata.ts";
import type { TaskKey } from "../runtime/process-key.ts";
import type { TaskManager } from "../runtime/task-manager.ts";
import type { Snapshotters } from "../snapshots/snapshotter.ts";
import type { Deed, Situation } from "./next-deed.ts";
import { nextDelay } from "./restart-policy.ts";
import type { RestartRecords } from "./restart-records.ts";
import { restartRequest } from "./restart-request.ts";
import type { FoundSituation } from "./situations.ts";

/** What deeds are done with. All of it is borrowed. */
export interface DeedTools {
  readonly metadata: Pick<Metadata, "database" | "containers">;
  readonly tasks: TaskManager;
  readonly snapshotters: Snapshotters;
  readonly restarts: RestartRecords;
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const SIGKILL = 9;

/** How long sessions may take to read the rest of what an auto-remove container has printed. Milliseconds. */
const LINGER_MS = 10 * 60 * 1000;
const MIN_LINGER_MS = 20;
const MAX_LINGER_MS = 5_000;

/** Time for a container to end after it. Milliseconds. */
const KILL_BUDGET_MS = 10_000;

/** Does them. */
export class Deeds {
  readonly #tools: DeedTools;

  constructor(tools: DeedTools) {
    this.#tools = tools;
  }

  /**
   * Does one. Answers a number of milliseconds after which to come again, where it is too early. Throws what the parts throw;
   * `signal` fires when the manager ends.
   */
  async do(
    key: TaskKey,
    deed: Deed,
    found: FoundSituation,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { restarts, now, log } = this.#tools;
    const { restart } = found.situation;
    switch (deed.kind) {
      case "schedule": {
        const { delayMs } = deed;
        log.info("container has ended, it is started again", { ...key, delayMs, count: restart.count + 1 });
        restarts.set(key, { count: restart.count + 1, delayMs, dueAt: now() + delayMs, isStarting: false });
        return undefined;
      }
      case "unschedule":
        restarts.set(key, { ...restart, dueAt: undefined, isStarting: false });
        return undefined;
      case "delete-task": {
        const lingerMs = await this.#lingerMs(key, found.situation, signal);
        if (lingerMs === undefined) await this.#deleteTask(key);
        return lingerMs;
      }
      case "create-and-start":
        await this.#create(key, found, signal);
        return undefined;
      case "start":
        await this.#start(key, found, signal);
        return undefined;
      case "remove":
        log.info("container has ended, removing it", { ...key });
        this.#remove(key, found.container);
        return undefined;
      default:
        return undefined;
    }
  }

  /**
   * Who is attached reads what he has not read from the log, once the shim is gone; of an auto-remove container that goes, too, so
   * the shim stays until its sessions have ended. Asked again after a quarter of the time that has passed.
   */
  async #lingerMs(
    key: TaskKey,
    { wishes, end }: Situation,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    if (!wishes.isAutoRemoved || end === undefined) return undefined;
    const sinceMs = this.#tools.now() - end.exitedAt;
    if (sinceMs >= LINGER_MS || (await this.#tools.tasks.sessionCount(key, signal)) === 0) return undefined;
    return Math.min(Math.max(MIN_LINGER_MS, sinceMs / 4), MAX_LINGER_MS);
  }

  async #deleteTask({ namespace, id }: TaskKey): Promise<void> {
    try {
      await this.#tools.tasks.delete(namespace, id);
    } catch (error) {
      // A client was faster.
      if (!isNotFound(error)) throw error;
    }
  }

  async #create(key: TaskKey, { container, situation }: FoundSituation, signal: AbortSignal): Promise<void> {
    const { tasks, restarts } = this.#tools;
    const { namespace, id } = key;
    restarts.set(key, { ...situation.restart, dueAt: undefined, isStarting: true });
    try {
      if (!situation.wishes.isManaged) this.#showCount(namespace, container, situation.restart.count);
      const last = tasks.records.requests.get(key);
      const request = restartRequest({ container, last, mounts: this.#mounts(namespace, container) });
      await tasks.create(namespace, id, request, signal);
    } catch (error) {
      // The next manager goes on with it.
      signal.throwIfAborted();
      // Somebody else has made it, and it is his to start.
      if (hasCode(error, Code.AlreadyExists)) restarts.drop(key);
      else this.#postpone(key, situation, error);
      return;
    }
    await this.#undoIfRemoved(key);
  }

  async #start(key: TaskKey, { situation }: FoundSituation, signal: AbortSignal): Promise<void> {
    const { tasks } = this.#tools;
    try {
      await tasks.start(key.namespace, key.id, "", signal);
    } catch (error) {
      signal.throwIfAborted();
      await this.#deleteTask(key);
      this.#postpone(key, situation, error);
      return;
    }
    await this.#undoIfRemoved(key);
  }

  /** It cannot be made or started now: perhaps later, after a longer pause. */
  #postpone(key: TaskKey, { restart, wishes }: Situation, error: unknown): void {
    const { restarts, log, now, metadata } = this.#tools;
    if (metadata.containers.find(key.namespace, key.id) === undefined) return;
    const count = restart.count + 1;
    const { policy } = wishes;
    if (policy.name === "on-failure" && policy.maxRetries > 0 && count > policy.maxRetries) {
      log.error("container cannot be started again, giving it up", { ...key, error });
      restarts.set(key, { ...restart, dueAt: undefined, isStarting: false });
      return;
    }
    const delayMs = nextDelay({ ranMs: 0, delayMs: restart.delayMs });
    log.warn("container cannot be started again, trying later", { ...key, delayMs, error });
    restarts.set(key, { count, delayMs, dueAt: now() + delayMs, isStarting: false });
  }

  /** Its record went while its task was being made: then nobody knows of the task. */
  async #undoIfRemoved(key: TaskKey): Promise<void> {
    const { metadata, tasks, log } = this.#tools;
    const { namespace, id } = key;
    if (metadata.containers.find(namespace, id) !== undefined) return;
    log.info("container was removed while it was being started again, undoing that", { ...key });
    const ended = AbortSignal.timeout(KILL_BUDGET_MS);
    await tasks.kill(namespace, id, { execId: "", signal: SIGKILL, isAll: true }).catch(() => undefined);
    await tasks.wait(namespace, id, "", ended).catch(() => undefined);
    await this.#deleteTask(key);
  }

  // Where containerd's restart monitor has it, for those who read it there.
  #showCount(namespace: string, container: Container, count: number): void {
    const { id } = container;
    const labels = { [RESTART_COUNT_LABEL]: String(count) };
    const { containers } = this.#tools.metadata;
    containers.update(namespace, { ...container, id, labels }, [`labels.${RESTART_COUNT_LABEL}`]);
  }

  #mounts(namespace: string, { snapshotter, snapshotKey }: Container): Mount[] | undefined {
    if (snapshotKey === "") return undefined;
    return this.#tools.snapshotters.get(snapshotter).mounts(namespace, snapshotKey);
  }

  /** Snapshot and record go together; the directories follow the record (container-directories.ts). */
  #remove({ namespace, id }: TaskKey, { snapshotter, snapshotKey }: Container): void {
    const { metadata, snapshotters, log } = this.#tools;
    metadata.database.transaction(() => {
      if (snapshotKey !== "") {
        try {
          snapshotters.get(snapshotter).remove(namespace, snapshotKey);
        } catch (error) {
          // Others were made of it: then it goes with them, as garbage.
          if (!isNotFound(error)) log.warn("remove the snapshot of a container: continuing", { id, error });
        }
      }
      metadata.containers.delete(namespace, id);
    });
  }
}
