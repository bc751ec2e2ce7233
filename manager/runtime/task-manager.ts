// All tasks of all namespaces: who has which id, what can be asked of them, and what becomes of them when the manager
// starts and ends. Owns every connection to a shim, the reaper, and the work that goes on behind an answer; owns no
// container: when it is disposed of, all of them go on.
// Always true: an id is taken from the moment a create begins to the moment nothing is left of its task.
// Longer than 300 lines because it is the face of the runtime: one short function for each thing that can be asked.
import { Code, HawserError, isNotFound } from "../../proto/errors.ts";
import type { Any } from "../../proto/gen/any.ts";
import type { Container } from "../../proto/gen/containers.ts";
import { TaskCheckpointed } from "../../proto/gen/events.ts";
import type { ProcessInfo } from "../../proto/gen/process.ts";
import type { RuntimeInfo } from "../../proto/gen/runtime.ts";
import { validateId } from "../../proto/identifiers.ts";
import { makeDirectories } from "../../sys/directory.ts";
import type { Exchange } from "../events/exchange.ts";
import type { Log } from "../log.ts";
import type { Database } from "../metadata/database.ts";
import { buryTask } from "./dead-shim.ts";
import { Orphans } from "./orphans.ts";
import { checkpointDirOf } from "./runtime-options.ts";
import { type LoadReport, loadTasks } from "./shim-loader.ts";
import { ShimPrograms } from "./shim-programs.ts";
import type { Supervision } from "./supervision.ts";
import type { NewExec, Task, TaskExit, TaskPhase } from "./task.ts";
import { createTask, type NewTask, prepareTask } from "./task-creation.ts";
import { deleteTask } from "./task-end.ts";
import type { TaskHost } from "./task-host.ts";
import { type RecordedExit, type TaskKey, TaskRecords } from "./task-records.ts";
import type { ProcessRecord } from "./task-rows.ts";
import { TaskWitness } from "./task-witness.ts";

/** Where the records of containers are. */
export interface ContainerSource {
  /** Throws NotFound. */
  get(namespace: string, id: string): Container;
}

/** What a manager of tasks works with. All of it is borrowed. */
export interface TaskManagerOptions {
  /** For bundles and sockets; gone with the machine. */
  readonly stateDir: string;
  /** For what stays. */
  readonly rootDir: string;
  /** runtime.db. */
  readonly database: Database;
  readonly containers: ContainerSource;
  readonly events: Exchange;
  /** Where shims are looked for, in this order. */
  readonly searchDirs: readonly string[];
  /** Our gRPC socket; part of the name of each shim's own socket. */
  readonly grpcAddress: string;
  /** Where shims send their events; a plain path. */
  readonly ttrpcAddress: string;
  readonly log: Log;
  /** Whether the machine was started, or `stateDir` emptied, since a manager was here last. Default: no. */
  readonly isFirstSinceBoot?: boolean;
  /** Shims log all they do. */
  readonly isDebug?: boolean;
}

/** A process of a task, and whose it is. */
export interface TaskProcess extends ProcessRecord {
  readonly id: string;
}

/** How a shim is doing. */
export interface ShimStatus extends Supervision {
  readonly namespace: string;
  readonly id: string;
  readonly runtime: string;
  readonly pid: number;
  readonly address: string;
  readonly version: string;
  readonly inFlight: number;
}

/** A shim's socket is called by 64 digits, and its path has at most 106 bytes. */
const MAX_SOCKET_DIR_BYTES = 41;

/** The tasks of one manager. */
export class TaskManager implements AsyncDisposable {
  readonly #options: TaskManagerOptions;
  readonly #tasks = new Map<string, Task>();
  readonly #background = new Set<Promise<void>>();
  readonly #host: TaskHost;
  readonly #goneListeners: ((key: TaskKey) => void)[] = [];
  readonly #over = new AbortController();

  private constructor(options: TaskManagerOptions) {
    this.#options = options;
    const { stateDir, rootDir, database, events, log, ...environment } = options;
    this.#host = {
      records: new TaskRecords(database),
      programs: new ShimPrograms({ ...environment, ...socketDirIn(stateDir) }),
      events,
      orphans: new Orphans(),
      log,
      grpcAddress: options.grpcAddress,
      tasksDir: `${stateDir}/tasks`,
      workDir: `${rootDir}/tasks`,
      isFirstSinceBoot: options.isFirstSinceBoot ?? false,
      isShared: (task) => this.#sharing(task).length > 0,
      isAddressNeeded: (task) => this.#sharing(task).some((other) => other.phase !== "ending"),
      forget: (task) => this.#forget(task),
      later: (what, work) => this.#inBackground(what, work(this.#over.signal)),
      bury: (task) => this.#bury(task),
    };
    events.addWitness(new TaskWitness(this.#host.records));
  }

  /** Makes the directories and begins to reap. The tasks come with `load`. */
  static open(options: TaskManagerOptions): TaskManager {
    const manager = new TaskManager(options);
    const { tasksDir, workDir } = manager.#host;
    for (const dir of [tasksDir, workDir]) makeDirectories(dir, 0o711);
    makeDirectories(`${options.stateDir}/s`, 0o700);
    manager.#host.orphans.start();
    return manager;
  }

  /** Finds the tasks of the manager before this one. Shims can deliver events from before this is called. */
  async load(): Promise<LoadReport> {
    const report = await loadTasks({
      host: this.#host,
      adopt: (task) => this.#tasks.set(keyOf(task.key), task),
      background: (what, work) => this.#inBackground(what, work),
    });
    this.#host.log.info("tasks are loaded", { ...report });
    return report;
  }

  /** Creates a task. Answers the pid of init. Throws NotFound (container, runtime), AlreadyExists, what the shim says. */
  async create(namespace: string, id: string, request: NewTask, signal?: AbortSignal): Promise<number> {
    validateId("namespace", namespace);
    validateId("container", id);
    if (this.#over.signal.aborted)
      throw new HawserError(Code.Unavailable, `create task "${id}": the manager is stopping`);
    const container = this.#options.containers.get(namespace, id);
    const key = { namespace, id };
    const task = await prepareTask(key, container, request, this.#host);
    await this.#requireFree(key, signal);
    // Nothing may wait between these looks and the taking.
    if (this.#over.signal.aborted)
      throw new HawserError(Code.Unavailable, `create task "${id}": the manager is stopping`);
    this.#tasks.set(keyOf(key), task);
    const creation = createTask(task, container, request, this.#host, signal);
    this.#inBackground(
      `create task "${id}"`,
      creation.catch(() => undefined),
    );
    return await creation;
  }

  /** Runs init, or an exec. Answers its pid. */
  async start(namespace: string, id: string, execId: string, signal?: AbortSignal): Promise<number> {
    return await this.#require(namespace, id).start(execId, signal);
  }

  /** Deletes a task that has ended, or was never started. */
  async delete(namespace: string, id: string): Promise<TaskExit> {
    const deletion = deleteTask(this.#require(namespace, id), this.#host);
    this.#inBackground(
      `delete task "${id}"`,
      deletion.catch(() => undefined),
    );
    return await deletion;
  }

  /** Deletes an exec that has ended, or was never started. */
  async deleteProcess(
    namespace: string,
    id: string,
    execId: string,
    signal?: AbortSignal,
  ): Promise<TaskExit> {
    return await this.#require(namespace, id).deleteExec(validateId("exec", execId), signal);
  }

  /** The state of init, or of an exec; of our record when the shim does not answer. */
  async get(namespace: string, id: string, execId: string, signal?: AbortSignal): Promise<TaskProcess> {
    return { ...(await this.#require(namespace, id).state(execId, signal)), id: execId || id };
  }

  /** The state of each init of a namespace, the shims being asked side by side. */
  async list(namespace: string, signal?: AbortSignal): Promise<TaskProcess[]> {
    const tasks = [...this.#tasks.values()].filter(
      (task) => isVisible(task) && task.key.namespace === namespace,
    );
    const states = tasks.map(async (task): Promise<TaskProcess[]> => {
      try {
        return [{ ...(await task.state("", signal)), id: task.key.id }];
      } catch (error) {
        // Deleted meanwhile.
        if (isNotFound(error)) return [];
        throw error;
      }
    });
    return (await Promise.all(states)).flat();
  }

  /** Sends a signal. */
  async kill(
    namespace: string,
    id: string,
    { execId, signal, isAll }: { execId: string; signal: number; isAll: boolean },
    abort?: AbortSignal,
  ): Promise<void> {
    await this.#require(namespace, id).kill(execId, signal, isAll, abort);
  }

  /** Adds an exec; nothing runs yet. */
  async exec(namespace: string, id: string, exec: NewExec, signal?: AbortSignal): Promise<void> {
    validateId("exec", exec.execId);
    await this.#require(namespace, id).exec(exec, signal);
  }

  async resizePty(
    namespace: string,
    id: string,
    { execId, width, height }: { execId: string; width: number; height: number },
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#require(namespace, id).resizePty(execId, width, height, signal);
  }

  /** Ends standard input: what was written is still read. */
  async closeIo(namespace: string, id: string, execId: string, signal?: AbortSignal): Promise<void> {
    await this.#require(namespace, id).closeStdin(execId, signal);
  }

  async pause(namespace: string, id: string, signal?: AbortSignal): Promise<void> {
    await this.#require(namespace, id).pause(signal);
  }

  async resume(namespace: string, id: string, signal?: AbortSignal): Promise<void> {
    await this.#require(namespace, id).resume(signal);
  }

  async pids(namespace: string, id: string, signal?: AbortSignal): Promise<ProcessInfo[]> {
    return await this.#require(namespace, id).pids(signal);
  }

  /** Changes limits; OCI LinuxResources as JSON. */
  async update(
    namespace: string,
    id: string,
    { resources, annotations }: { resources: Any | undefined; annotations: Readonly<Record<string, string>> },
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#require(namespace, id).update(resources, annotations, signal);
  }

  /** Writes a checkpoint to the directory that the options name. Throws Unimplemented when they name none. */
  async checkpoint(
    namespace: string,
    id: string,
    options: Any | undefined,
    signal?: AbortSignal,
  ): Promise<void> {
    const task = this.#require(namespace, id);
    const path = checkpointDirOf(options);
    if (path === "") {
      const way = "name a directory in the options (ctr: --image-path)";
      throw new HawserError(
        Code.Unimplemented,
        `checkpoint task "${id}" to the content store: not served; ${way}`,
      );
    }
    await task.checkpoint(path, options, signal);
    this.#options.events.publish(namespace, TaskCheckpointed, { containerId: id, checkpoint: path });
  }

  /** What the cgroup of a task counts; undefined when it counts nothing or the shim does not say. */
  async stats(namespace: string, id: string, signal?: AbortSignal): Promise<Any | undefined> {
    const task = this.#require(namespace, id);
    try {
      return await task.stats(signal);
    } catch (error) {
      if (!isNotFound(error))
        this.#host.log.warn("read the counters of a task: leaving it out", { id, error });
      return undefined;
    }
  }

  /** Waits for the end of init, or of an exec, however long it takes and whatever becomes of the shim. */
  async wait(namespace: string, id: string, execId: string, signal?: AbortSignal): Promise<RecordedExit> {
    return await this.#require(namespace, id).wait(execId, signal);
  }

  /**
   * The socket at which sessions attach to a process. Throws NotFound, and FailedPrecondition when its stdio is not brokered or
   * its shim is gone.
   */
  async attachSocket(namespace: string, id: string, execId: string, signal?: AbortSignal): Promise<string> {
    return await this.#require(namespace, id).attachSocket(execId, signal);
  }

  /** How many sessions are attached to init; 0 when there is no task, or nobody can say. */
  async sessionCount({ namespace, id }: TaskKey, signal?: AbortSignal): Promise<number> {
    try {
      return (await this.#tasks.get(keyOf({ namespace, id }))?.sessionCount("", signal)) ?? 0;
    } catch (error) {
      this.#host.log.debug("count the sessions of a task: taking it for none", { namespace, id, error });
      return 0;
    }
  }

  /** How far a task is; undefined when there is none. */
  phase({ namespace, id }: TaskKey): TaskPhase | undefined {
    return this.#tasks.get(keyOf({ namespace, id }))?.phase;
  }

  /** From here on `listener` is told of tasks that are gone: their ids are free. It must not throw. */
  onGone(listener: (key: TaskKey) => void): void {
    this.#goneListeners.push(listener);
  }

  /** What is known of tasks and their processes. */
  get records(): TaskRecords {
    return this.#host.records;
  }

  /** The ids of the tasks of a namespace. */
  ids(namespace: string): string[] {
    const tasks = [...this.#tasks.values()].filter(
      (task) => isVisible(task) && task.key.namespace === namespace,
    );
    return tasks.map((task) => task.key.id);
  }

  /** How each shim is doing. */
  shims(): ShimStatus[] {
    return [...this.#tasks.values()].flatMap(({ key, runtime, shim, phase }) => {
      if (shim === undefined || phase === "gone") return [];
      const { supervision, pid, version, inFlight, endpoint } = shim;
      return [{ ...key, ...supervision, runtime, pid, version, inFlight, address: endpoint.address }];
    });
  }

  /** What the shim of a runtime says of itself. */
  runtimeInfo(runtime: string, options?: Any): Promise<RuntimeInfo> {
    return this.#host.programs.info(runtime, options);
  }

  /** Waits for what is being made, deleted and cleaned up, and lets go of the shims, which go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    while (this.#background.size > 0) await Promise.all(this.#background);
    const reason = new HawserError(Code.Unavailable, "the manager is stopping; the container goes on");
    await Promise.all([...this.#tasks.values()].map((task) => task.abandon(reason)));
    this.#tasks.clear();
    this.#host.orphans[Symbol.dispose]();
  }

  #require(namespace: string, id: string): Task {
    const task = this.#tasks.get(keyOf({ namespace, id }));
    // One that is being created is not known yet, one that is being deleted not any more.
    if (task !== undefined && isVisible(task)) return task;
    throw new HawserError(Code.NotFound, `task "${id}": not found`);
  }

  /** Waits for the end of a task that is ending: for its users it does not exist any more. */
  async #requireFree(key: TaskKey, signal: AbortSignal | undefined): Promise<void> {
    for (let other = this.#tasks.get(keyOf(key)); other !== undefined; other = this.#tasks.get(keyOf(key))) {
      if (other.phase === "gone") {
        const reason = "the end of the one before cannot be recorded, because the disk refuses";
        const wayOut = "make room on the disk of the root directory and try again";
        throw new HawserError(Code.Unavailable, `create task "${key.id}": ${reason}; ${wayOut}`);
      }
      if (other.phase !== "ending")
        throw new HawserError(Code.AlreadyExists, `task "${key.id}": already exists`);
      await other.ended;
      signal?.throwIfAborted();
    }
  }

  #sharing(task: Task): Task[] {
    const address = task.shim?.endpoint.address;
    return [...this.#tasks.values()].filter((other) => {
      if (other === task || other.key.namespace !== task.key.namespace || other.phase === "gone")
        return false;
      // One whose shim is not known yet may be about to join this one.
      return other.shim === undefined ? other.phase === "creating" : other.shim.endpoint.address === address;
    });
  }

  #forget(task: Task): void {
    if (this.#tasks.get(keyOf(task.key)) !== task) return;
    this.#tasks.delete(keyOf(task.key));
    for (const listener of this.#goneListeners) listener(task.key);
  }

  #bury(task: Task): void {
    // Also while the manager stops: a deletion under way may be waiting for this.
    if (task.phase !== "live") return;
    this.#host.log.warn("shim is gone, cleaning up after it", { ...task.key });
    this.#inBackground("clean up after a dead shim", buryTask(task, this.#host));
  }

  #inBackground(what: string, work: Promise<unknown>): void {
    const done = work.then(
      () => undefined,
      (error: unknown) => this.#host.log.error(`${what}: continuing`, { error }),
    );
    this.#background.add(done);
    void done.finally(() => this.#background.delete(done));
  }
}

/** The directory for shims' sockets; none where a socket's path would be too long, and shims choose for themselves. */
function socketDirIn(stateDir: string): { socketDir?: string } {
  const socketDir = `${stateDir}/s`;
  return Buffer.byteLength(socketDir) <= MAX_SOCKET_DIR_BYTES ? { socketDir } : {};
}

function isVisible(task: Task): boolean {
  return task.phase === "live" || task.phase === "ending";
}

// A slash is in no id.
function keyOf({ namespace, id }: { readonly namespace: string; readonly id: string }): string {
  return `${namespace}/${id}`;
}
