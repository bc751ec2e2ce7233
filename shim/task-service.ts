// The Task service: decodes nothing and decides little. It finds the container that a call is about, and turns what the
// container says into messages. One service for v2 and v3, which differ in name alone.
import { pack, typeNameOf } from "../proto/any.ts";
import { Code, HawserError } from "../proto/errors.ts";
import { Status } from "../proto/gen/process.ts";
import { CheckpointOptions, ProcessDetails } from "../proto/gen/runc-options.ts";
import type {
  CheckpointTaskRequest,
  CloseIORequest,
  ConnectRequest,
  CreateTaskRequest,
  DeleteRequest,
  ExecProcessRequest,
  KillRequest,
  PauseRequest,
  PidsRequest,
  ResizePtyRequest,
  ResumeRequest,
  ShutdownRequest,
  StartRequest,
  StateRequest,
  StatsRequest,
  Task,
  UpdateTaskRequest,
  WaitRequest,
} from "../proto/gen/task.ts";
import type { Timestamp } from "../proto/gen/timestamp.ts";
import { validateId } from "../proto/identifiers.ts";
import { fromDate } from "../proto/timestamp.ts";
import type { CallContext, ServiceHandlers } from "../ttrpc/index.ts";
import type { Container } from "./container.ts";
import { createContainer } from "./create-container.ts";
import type { ContainerHost } from "./host.ts";
import type { Process } from "./process.ts";
import { wireStatus } from "./task-state.ts";

/** Who is told of what. */
export interface TaskServiceOptions {
  /** The last container is gone and the manager says that it needs no other. Possibly more than once. */
  readonly onShutdown: () => void;
  /** A container has come, ended or gone. */
  readonly onChange?: () => void;
}

/** Handlers of the Task service, with the containers of this shim. */
export class TaskService implements ServiceHandlers<typeof Task> {
  readonly #host: ContainerHost;
  readonly #options: TaskServiceOptions;
  readonly #containers = new Map<string, Container>();
  /** Ids whose Create is under way. */
  readonly #creating = new Set<string>();
  /** Shutdown was asked for while a Create was under way: it counts if that fails. */
  #isShutdownAsked = false;
  #isOver = false;

  constructor(host: ContainerHost, options: TaskServiceOptions) {
    this.#host = host;
    this.#options = options;
  }

  /** Containers that exist, and whether any lives: is being created, or has an init whose end was not told yet. */
  get census(): { readonly containers: number; readonly isAnyAlive: boolean } {
    const containers = this.#containers.size + this.#creating.size;
    const isAlive = ({ state, init }: Container): boolean => state !== "stopped" && init.pid !== 0;
    return {
      containers,
      isAnyAlive: this.#creating.size > 0 || [...this.#containers.values()].some(isAlive),
    };
  }

  /** Whether there is such a process; init for an empty `execId`. */
  has(containerId: string, execId: string): boolean {
    const container = this.#containers.get(containerId);
    if (container === undefined) return false;
    return [...container.processes()].some((process) => (process.execId ?? "") === execId);
  }

  /** From here on no container is created: the shim is about to end. */
  close(): void {
    this.#isOver = true;
  }

  /** What there is, a line each, for the log. */
  *describe(): Iterable<string> {
    for (const id of this.#creating) yield `container ${id}: being created`;
    for (const container of this.#containers.values()) {
      yield `container ${container.id}: ${container.state}`;
      for (const { execId, pid, exit } of container.processes()) {
        const end = exit === undefined ? "" : `, exit status ${exit.exitStatus}`;
        yield `  ${execId === undefined ? "init" : `exec ${execId}`}: pid ${pid}${end}`;
      }
    }
  }

  async create(request: CreateTaskRequest, { signal }: Pick<CallContext, "signal">) {
    const id = validateId("container", request.id);
    this.#requireRoom(`create "${id}"`);
    if (this.#containers.has(id) || this.#creating.has(id)) {
      throw new HawserError(Code.AlreadyExists, `container "${id}": already exists`);
    }
    this.#creating.add(id);
    try {
      const container = await createContainer(request, this.#host, signal);
      this.#containers.set(id, container);
      void container.init.exited.then(() => this.#options.onChange?.());
      return { pid: container.init.pid };
    } finally {
      this.#creating.delete(id);
      // A manager that gave up has said Delete (NotFound) and Shutdown by now, and will not come back.
      if (this.#isShutdownAsked) this.shutdown();
      this.#options.onChange?.();
    }
  }

  async start({ id, execId }: StartRequest, call?: Pick<CallContext, "signal">) {
    const container = this.#container(id);
    return { pid: await (execId === "" ? container.start() : container.startExec(execId, call?.signal)) };
  }

  async delete({ id, execId }: DeleteRequest) {
    const container = this.#container(id);
    if (execId !== "") return exitOf(await container.deleteExec(execId));
    const init = await container.delete();
    this.#containers.delete(id);
    this.#options.onChange?.();
    return exitOf(init);
  }

  async exec(request: ExecProcessRequest) {
    validateId("exec", request.execId);
    this.#requireRoom(`exec "${request.execId}"`);
    const container = this.#container(request.id);
    const { execId, stdin, stdout, stderr, terminal, spec } = request;
    if (spec === undefined) {
      throw new HawserError(Code.InvalidArgument, `exec "${execId}": the request has no process`);
    }
    await container.addExec({ execId, stdin, stdout, stderr, isTerminal: terminal, spec: spec.value });
    return {};
  }

  state({ id, execId }: StateRequest) {
    const container = this.#container(id);
    const process = container.process(execId || undefined);
    const { exit, request } = process;
    return {
      id: execId || id,
      execId,
      bundle: container.bundleDir,
      pid: process.pid,
      status: statusOf(container, process),
      stdin: request.stdin,
      stdout: request.stdout,
      stderr: request.stderr,
      terminal: request.isTerminal,
      ...timesOf(process),
      exitStatus: exit?.exitStatus ?? 0,
    };
  }

  async wait({ id, execId }: WaitRequest) {
    const process = this.#container(id).process(execId || undefined);
    await process.exited;
    const { exitStatus, exitedAt } = exitOf(process);
    return { exitStatus, exitedAt };
  }

  async kill({ id, execId, signal, all }: KillRequest) {
    await this.#container(id).kill(execId || undefined, signal, all);
    return {};
  }

  async pids({ id }: PidsRequest) {
    const pids = await this.#container(id).pids();
    return {
      processes: pids.map(({ pid, execId }) => ({
        pid,
        info: execId === undefined ? undefined : pack(ProcessDetails, { execId }),
      })),
    };
  }

  async pause({ id }: PauseRequest) {
    await this.#container(id).pause();
    return {};
  }

  async resume({ id }: ResumeRequest) {
    await this.#container(id).resume();
    return {};
  }

  async update({ id, resources }: UpdateTaskRequest) {
    const container = this.#container(id);
    const isObject = resources !== undefined && isJsonObject(resources.value);
    if (!isObject) {
      const what =
        resources === undefined ? "nothing" : `"${typeNameOf(resources)}", which is no JSON object`;
      throw new HawserError(Code.InvalidArgument, `update "${id}": expected resources in JSON, got ${what}`);
    }
    await container.update(resources.value);
    return {};
  }

  async checkpoint({ id, path, options }: CheckpointTaskRequest) {
    const container = this.#container(id);
    const asked = CheckpointOptions.decode(options?.value ?? new Uint8Array(0));
    await container.checkpoint({
      imageDir: path,
      leaveRunning: !asked.exit,
      workDir: asked.workPath || undefined,
      parentDir: asked.parentPath || undefined,
      hasOpenTcp: asked.openTcp,
      hasExternalUnixSockets: asked.externalUnixSockets,
      hasTerminal: asked.terminal,
      hasFileLocks: asked.fileLocks,
      cgroupsMode: asked.cgroupsMode || undefined,
      emptyNamespaces: asked.emptyNamespaces,
    });
    return {};
  }

  stats({ id }: StatsRequest) {
    const { cgroup } = this.#container(id);
    if (cgroup === undefined) throw new HawserError(Code.NotFound, "cgroup does not exist: not found");
    return { stats: cgroup.stats() };
  }

  resizePty({ id, execId, width, height }: ResizePtyRequest) {
    this.#container(id)
      .process(execId || undefined)
      .resize(width, height);
    return {};
  }

  closeIO({ id, execId }: CloseIORequest) {
    this.#container(id)
      .process(execId || undefined)
      .closeStdin();
    return {};
  }

  /** Also for a container that is not here: a manager that restarts asks before it knows. */
  connect({ id }: ConnectRequest) {
    return { shimPid: process.pid, taskPid: this.#containers.get(id)?.init.pid ?? 0 };
  }

  /** Ignored while there is a container: in a group every member's end brings one, and the last one counts. */
  shutdown(_request?: ShutdownRequest) {
    this.#isShutdownAsked = this.#creating.size > 0 && this.#containers.size === 0;
    if (this.census.containers > 0) return {};
    this.close();
    this.#options.onShutdown();
    return {};
  }

  #requireRoom(what: string): void {
    if (this.#isOver)
      throw new HawserError(Code.Unavailable, `${what}: the shim is shutting down: unavailable`);
    if (!this.#host.events.isFull) return;
    const message = `${what}: too many events wait for the manager, which does not take them`;
    throw new HawserError(Code.ResourceExhausted, message);
  }

  #container(id: string): Container {
    const container = this.#containers.get(id);
    if (container === undefined) throw new HawserError(Code.NotFound, "container not created: not found");
    return container;
  }
}

function statusOf(container: Container, process: Process): Status {
  const { state } = container;
  if (process.execId === undefined) return wireStatus(state);
  if (process.pid === 0) return Status.CREATED;
  if (process.exit !== undefined) return Status.STOPPED;
  return state === "paused" || state === "pausing" ? wireStatus(state) : Status.RUNNING;
}

/** The end of a process as it travels; a time only when there was one. */
function exitOf(process: Process) {
  return { pid: process.pid, exitStatus: process.exit?.exitStatus ?? 0, ...timesOf(process) };
}

function timesOf({ exit }: Process): { exitedAt: Timestamp | undefined } {
  return { exitedAt: exit?.exitedAt && fromDate(exit.exitedAt) };
}

function isJsonObject(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
