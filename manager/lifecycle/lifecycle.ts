// The life of containers beside what clients do with them: who hears of what, what is looked at when a manager starts, and
// what goes with a container's record. Owns the keeper, the pruner and the removal of directories; borrows the rest.
import { setImmediate } from "node:timers/promises";
import { Scope } from "../../sys/scope.ts";
import { EXPLICITLY_STOPPED_LABEL } from "../labels.ts";
import type { Layout } from "../layout.ts";
import type { Log } from "../log.ts";
import type { ContainerWatcher } from "../metadata/containers.ts";
import type { Database } from "../metadata/database.ts";
import type { Metadata } from "../metadata/metadata.ts";
import type { TaskKey } from "../runtime/process-key.ts";
import type { TaskManager } from "../runtime/task-manager.ts";
import type { Snapshotters } from "../snapshots/snapshotter.ts";
import { rememberBoot } from "./boot.ts";
import { ClientActs } from "./client-acts.ts";
import { ContainerDirectories } from "./container-directories.ts";
import { ContainerKeeper } from "./container-keeper.ts";
import { wishesOf } from "./container-wishes.ts";
import { Deeds } from "./deeds.ts";
import { ExecPruner } from "./exec-pruner.ts";
import { nextDeed } from "./next-deed.ts";
import { ProcessList } from "./process-list.ts";
import { RestartRecords } from "./restart-records.ts";
import { Situations } from "./situations.ts";

/** What it works with. All of it is borrowed. */
export interface LifecycleOptions {
  readonly layout: Layout;
  /** runtime.db. */
  readonly runtime: Database;
  readonly metadata: Metadata;
  readonly tasks: TaskManager;
  readonly snapshotters: Snapshotters;
  readonly log: Log;
  /** Whether the machine was started since a manager was here last. */
  readonly isFirstSinceBoot: boolean;
}

/** Containers that are looked at without a break when a manager starts. */
const LOOKS_AT_A_TIME = 100;

/** Looks after the containers of one manager. */
export class Lifecycle implements AsyncDisposable {
  readonly processes: ProcessList;
  readonly acts: ClientActs;
  readonly #options: LifecycleOptions;
  readonly #restarts: RestartRecords;
  readonly #situations: Situations;
  readonly #directories: ContainerDirectories;
  readonly #keeper: ContainerKeeper;
  readonly #pruner: ExecPruner;
  #isOver = false;
  #firstLooks: Promise<void> = Promise.resolve();

  constructor(options: LifecycleOptions) {
    const { layout, runtime, metadata, tasks, log } = options;
    const { containers } = metadata;
    const { records } = tasks;
    const now = Date.now;
    const restarts = new RestartRecords(runtime);
    const situations = new Situations({ containers, tasks, restarts, now });
    this.#options = options;
    this.#restarts = restarts;
    this.#situations = situations;
    this.processes = new ProcessList(records, restarts);
    this.acts = new ClientActs({ containers, records, restarts, situations });
    this.#directories = new ContainerDirectories(layout, log);
    const deeds = new Deeds({ ...options, restarts, now });
    this.#keeper = new ContainerKeeper({ situations, deeds, log, now });
    const isManaged = (key: TaskKey) => situations.find(key)?.situation.wishes.isManaged === true;
    this.#pruner = new ExecPruner({ database: runtime, tasks, isManaged, log });
  }

  /** From here on what happens is heard; before tasks are loaded. */
  listen(): void {
    const { metadata, tasks } = this.#options;
    metadata.containers.watch(this.#watcher());
    tasks.records.onExit(({ namespace, id, execId }) => {
      if (execId === "") this.#keeper.look({ namespace, id });
      else this.#pruner.noteEnd({ namespace, id });
    });
    tasks.onGone((key) => {
      // Its record went first: then its end is nobody's.
      if (metadata.containers.find(key.namespace, key.id) === undefined) this.#forget(key);
      else this.#keeper.look(key);
    });
  }

  /** Goes on where the manager before this one has stopped. After tasks are loaded; answers at once. */
  start(): void {
    if (this.#options.isFirstSinceBoot) this.#beginAfterBoot();
    this.#sweep();
    this.#keeper.open();
    this.#firstLooks = this.#lookAtAll();
  }

  /** Whether a container is to be started without anybody asking, or never was: its log goes on. */
  isExpected(namespace: string, id: string): boolean {
    const found = this.#situations.find({ namespace, id });
    if (found === undefined) return false;
    const { stage, end, restart } = found.situation;
    if (restart.dueAt !== undefined || restart.isStarting) return true;
    if (this.#options.tasks.phase({ namespace, id }) === "creating") return true;
    if (stage === "none" && end === undefined) return true;
    return nextDeed(found.situation).kind === "schedule";
  }

  /** Stops looking after containers; what is being done is waited for. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await using scope = new Scope((what, error) => this.#options.log.warn(`${what}: continuing`, { error }));
    scope.use("wait for directories that are removed", this.#directories);
    scope.use("wait for execs that are deleted", this.#pruner);
    scope.use("stop looking after containers", this.#keeper);
    await this.#firstLooks;
  }

  #watcher(): ContainerWatcher {
    return {
      noteCreated: (namespace, id) => this.#keeper.look({ namespace, id }),
      noteUpdated: (namespace, id) => this.#keeper.look({ namespace, id }),
      noteDeleted: (namespace, id) => {
        this.#forget({ namespace, id });
        this.#directories.remove(namespace, id);
      },
    };
  }

  #forget(key: TaskKey): void {
    const { tasks, log } = this.#options;
    try {
      tasks.records.ends.dropAll(key);
      tasks.records.requests.drop(key);
      this.#restarts.drop(key);
    } catch (error) {
      log.warn("forget what was known of a container: leaving it to the next start", { ...key, error });
    }
  }

  /** Docker's "always" means: also if somebody had stopped it, once the machine begins anew. */
  #beginAfterBoot(): void {
    const { metadata, layout } = this.#options;
    const { containers } = metadata;
    for (const { namespace, container } of this.#all()) {
      const { policy, isExplicitlyStopped } = wishesOf(container);
      if (policy.name !== "always" || !isExplicitlyStopped) continue;
      const path = `labels.${EXPLICITLY_STOPPED_LABEL}`;
      containers.update(namespace, { ...container, labels: {} }, [path]);
    }
    this.#restarts.dropAll();
    rememberBoot(layout.stateDir);
  }

  /** What a manager left that died between the deletion of a record and what follows it. */
  #sweep(): void {
    const { runtime, metadata } = this.#options;
    const hasRecord = (namespace: string, id: string) => metadata.containers.has(namespace, id);
    const known = runtime.statement<TaskKey>(
      `SELECT namespace, container_id AS id FROM process_ends WHERE exec_id = ''
       UNION SELECT namespace, container_id FROM task_requests UNION SELECT namespace, container_id FROM restarts`,
    );
    for (const key of known.all()) if (!hasRecord(key.namespace, key.id)) this.#forget(key);
    this.#directories.sweep(hasRecord);
  }

  async #lookAtAll(): Promise<void> {
    let count = 0;
    for (const { namespace, container } of this.#all()) {
      if (this.#isOver) return;
      this.#keeper.look({ namespace, id: container.id });
      if (++count % LOOKS_AT_A_TIME === 0) await setImmediate();
    }
  }

  *#all() {
    const { namespaces, containers } = this.#options.metadata;
    for (const { name: namespace } of namespaces.list()) {
      for (const container of containers.list(namespace, [])) yield { namespace, container };
    }
  }
}
