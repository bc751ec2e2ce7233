// One container: its init process and execs, its state, and the order in which things are said of it. Owns what Create
// acquired (mounts, stdio, the OCI runtime's container, the cgroup watch) and gives it back in Delete.
// The order, per process: create, start, exit, delete; a start is published before the exit that may already have
// happened; OOM before the exit it caused; the exits of execs before the exit of init. The exit of init waits for
// those and for nothing else, least of all for output.
import { Code, HawserError } from "../proto/errors.ts";
import { TaskOOM, TaskPaused, TaskResumed, TaskStart } from "../proto/gen/events.ts";
import type { ContainerCgroup } from "./container-cgroup.ts";
import type { ContainerParts, StartedInit } from "./container-parts.ts";
import { attempt, drain, recordOutput, tellDelete, tellExit } from "./ending.ts";
import type { ExecRequest } from "./exec.ts";
import { Execs } from "./execs.ts";
import type { ExitRecord } from "./exit-record.ts";
import type { ReapedExit, Ticket } from "./exits.ts";
import type { ContainerHost } from "./host.ts";
import { endLeftovers, KILL_BUDGET_MS } from "./leftovers.ts";
import type { CheckpointOptions, OciRuntime } from "./oci/driver.ts";
import { changeStatus } from "./outcome.ts";
import type { Process } from "./process.ts";
import { requireAllowed, type TaskState } from "./task-state.ts";
import { Turns } from "./turns.ts";

/** Time for a logger to end after its pipes were closed; it is killed before that. Milliseconds. */
const RELEASE_BUDGET_MS = 15_000;

/** The largest signal there is: SIGRTMAX. */
const MAX_SIGNAL = 64;

/** A container, from the end of Create to the end of Delete. */
export class Container {
  readonly id: string;
  readonly bundleDir: string;
  readonly init: Process;
  readonly #host: ContainerHost;
  readonly #parts: ContainerParts;
  readonly #execs: Execs;
  /** What changes the state through the OCI runtime comes one at a time. */
  readonly #turns = new Turns();
  #cgroup: ContainerCgroup | undefined;
  #state: TaskState = "created";
  /** The kernel has told us of init's end; the rest of the road to its exit event is under way. */
  #isInitReaped = false;
  #isStarting = false;
  #earlyExit: ReapedExit | undefined;
  #exitRecord: ExitRecord | undefined;
  #isGone = false;
  /** Fires when no exec may be started any more, those that a hung runtime is starting included. */
  readonly #over = new AbortController();

  constructor(parts: ContainerParts, host: ContainerHost) {
    this.id = parts.id;
    this.bundleDir = parts.bundleDir;
    this.init = parts.init;
    this.#host = host;
    this.#parts = parts;
    const { id: containerId, bundleDir, runtime } = parts;
    const oomKills = (): bigint => this.#cgroup?.oomKills ?? 0n;
    const place = { containerId, bundleDir, runtime, host, oomKills, signal: this.#over.signal };
    this.#execs = new Execs(place, (process, reaped, setState) => {
      this.#tellExit(process, reaped, setState);
    });
  }

  get state(): TaskState {
    return this.#state;
  }

  /** Where its resources are counted; undefined before init was there. */
  get cgroup(): ContainerCgroup | undefined {
    return this.#cgroup;
  }

  /** All of its processes, init first. */
  *processes(): Iterable<Process> {
    yield this.init;
    yield* this.#execs.processes();
  }

  /** Init exists. To be called once the create (or start) event is published: its exit may be delivered at once. */
  initStarted({ pid, cgroup }: StartedInit, ticket: Ticket): void {
    this.#cgroup = cgroup;
    cgroup?.onOom(({ limit }) => {
      this.#host.log.info("out of memory", { container: this.id, limit: limit.dir ?? limit.where });
      this.#host.events.publish(TaskOOM, { containerId: this.id });
    });
    this.init.started(pid);
    ticket.started(pid, (exit) => this.#onInitReaped(exit));
  }

  /** A process by its id; init for undefined. Throws NotFound. */
  process(execId: string | undefined): Process {
    return execId === undefined ? this.init : this.#execs.process(execId);
  }

  /** Lets init run. Answers its pid. Waits neither for its end nor for its output. */
  start(): Promise<number> {
    return this.#turns.take(async () => {
      requireAllowed("start", this.#state);
      if (this.#isInitReaped) throw initNotRunning(this.id);
      // From here on init's end is held back until its start is published, or is known not to have been.
      this.#isStarting = true;
      using ticket = this.#host.exits.expect();
      try {
        const restored = await this.#parts.restore?.();
        if (restored === undefined) await this.#changeTo("running", (runtime) => runtime.start(this.id));
        this.#state = "running";
        const pid = restored?.pid ?? this.init.pid;
        this.#host.events.publish(TaskStart, { containerId: this.id, pid });
        if (restored !== undefined) this.initStarted(restored, ticket);
        this.init.beginTimeLimit();
        return pid;
      } finally {
        this.#isStarting = false;
        if (this.#earlyExit !== undefined) this.#settleInit(this.#earlyExit);
      }
    });
  }

  /** Registers an exec; nothing runs yet. */
  async addExec(request: ExecRequest): Promise<void> {
    requireAllowed("exec", this.#state);
    if (this.#isInitReaped) throw initNotRunning(this.id);
    if (this.#parts.restore !== undefined && this.#state === "created") {
      const message = `exec "${request.execId}": the container waits to be restored: failed precondition`;
      throw new HawserError(Code.FailedPrecondition, message);
    }
    await this.#execs.add(request);
  }

  /** Runs an exec that was added. Answers its pid. When `signal` fires nobody would hear of it: then it does not run. */
  async startExec(execId: string, signal?: AbortSignal): Promise<number> {
    this.#execs.process(execId);
    if (this.#isInitReaped) throw initNotRunning(this.id);
    requireAllowed("start an exec in", this.#state);
    return await this.#execs.start(execId, signal);
  }

  /** Signals init (`execId` undefined) or an exec; with `all`, every process of the container. */
  async kill(execId: string | undefined, signal: number, all: boolean): Promise<void> {
    if (!Number.isInteger(signal) || signal < 0 || signal > MAX_SIGNAL) {
      throw new HawserError(Code.InvalidArgument, `kill "${this.id}": there is no signal ${signal}`);
    }
    const process = this.process(execId);
    if (execId === undefined) requireAllowed("kill", this.#state);
    // The runtime knows how to reach every process, and how to end one that is frozen. A signal for one process needs
    // no runtime, and cannot hit anyone else.
    const needsRuntime = execId === undefined && process.isAlive && (all || this.#isFrozen);
    if (needsRuntime) await this.#parts.runtime.kill(this.id, signal, { all });
    else process.signal(signal);
  }

  /** Freezes every process of the container. */
  pause(): Promise<void> {
    return this.#turns.take(async () => {
      requireAllowed("pause", this.#state);
      this.#setState("pausing");
      try {
        await this.#changeTo("paused", (runtime) => runtime.pause(this.id));
      } catch (error) {
        this.#setState("running");
        throw error;
      }
      this.#setState("paused");
      this.#host.events.publish(TaskPaused, { containerId: this.id });
    });
  }

  /** Thaws them. */
  resume(): Promise<void> {
    return this.#turns.take(async () => {
      requireAllowed("resume", this.#state);
      await this.#changeTo("running", (runtime) => runtime.resume(this.id));
      this.#setState("running");
      this.#host.events.publish(TaskResumed, { containerId: this.id });
    });
  }

  /** Changes limits; OCI LinuxResources as JSON. */
  update(resources: Uint8Array): Promise<void> {
    return this.#turns.take(() => {
      requireAllowed("update", this.#state);
      return this.#parts.runtime.update(this.id, resources);
    });
  }

  /** Writes the container to images with criu. */
  checkpoint(options: CheckpointOptions): Promise<void> {
    return this.#turns.take(() => {
      requireAllowed("checkpoint", this.#state);
      return this.#parts.runtime.checkpoint(this.id, options);
    });
  }

  /** Pids on the host, and which of them an exec began. None once init has ended. */
  async pids(): Promise<{ pid: number; execId: string | undefined }[]> {
    if (!this.init.isAlive) return [];
    const pids = this.#cgroup?.pids() ?? (await this.#parts.runtime.ps(this.id));
    // Only those that live: the pid of one that has ended may be another's.
    const live = [...this.#execs.processes()].filter(({ isAlive }) => isAlive);
    const execIds = new Map(live.map(({ pid, execId }) => [pid, execId]));
    return pids.map((pid) => ({ pid, execId: execIds.get(pid) }));
  }

  /** Forgets an exec that has ended or never ran. */
  async deleteExec(execId: string): Promise<Process> {
    const process = this.#execs.retire(execId);
    await drain(this.id, process, this.#host);
    await this.#execs.remove(execId);
    return process;
  }

  /** Forgets the container, ending it when it was never started. Throws and changes nothing while it runs. */
  delete(): Promise<Process> {
    return this.#turns.take(async () => {
      if (this.#isGone) throw new HawserError(Code.NotFound, `container "${this.id}": not found`);
      requireAllowed("delete", this.#state);
      const { runtime, unmount } = this.#parts;
      if (this.#state === "created") await this.#endBeforeStart();
      const output = await drain(this.id, this.init, this.#host);
      if (this.#exitRecord !== undefined) {
        recordOutput(this.bundleDir, this.#exitRecord, output, this.#host);
      }
      await runtime.delete(this.id, { force: true });
      await unmount();
      this.#isGone = true;
      await this.#release();
      tellDelete(this.id, this.init, this.#host);
      return this.init;
    });
  }

  /** Ends an init that was never started. Throws DeadlineExceeded when it does not end. */
  async #endBeforeStart(): Promise<void> {
    await this.#parts.runtime.delete(this.id, { force: true });
    if (this.init.pid === 0) return;
    // A runtime that says so may not have done it.
    this.init.forceEnd();
    if (await attempt(this.#host, "wait for init to end", KILL_BUDGET_MS, this.init.exited)) return;
    const message = `delete "${this.id}": process ${this.init.pid} has not ended in ${KILL_BUDGET_MS} ms`;
    throw new HawserError(Code.DeadlineExceeded, message);
  }

  // Whatever goes wrong here, the container is gone and must be forgotten.
  async #release(): Promise<void> {
    this.#over.abort(initNotRunning(this.id));
    this.#cgroup?.[Symbol.dispose]();
    const released = [...this.#execs.processes(), this.init].map((one) => one[Symbol.asyncDispose]());
    await attempt(this.#host, "close stdio", RELEASE_BUDGET_MS, Promise.all(released));
  }

  get #isFrozen(): boolean {
    return this.#state === "paused" || this.#state === "pausing";
  }

  #changeTo(status: string, change: (runtime: OciRuntime) => Promise<void>): Promise<void> {
    const { runtime } = this.#parts;
    return changeStatus({ id: this.id, runtime, status, change: () => change(runtime), host: this.#host });
  }

  /** A state other than the end; the end stays. */
  #setState(state: TaskState): void {
    if (this.#state !== "stopped") this.#state = state;
  }

  #onInitReaped(exit: ReapedExit): void {
    this.init.ended();
    this.#isInitReaped = true;
    if (this.#isStarting) this.#earlyExit = exit;
    else this.#settleInit(exit);
  }

  /** From the end of init to its event: what else ran is ended and told of first. */
  #settleInit(exit: ReapedExit): void {
    this.#earlyExit = undefined;
    const setState = (): void => {
      this.#state = "stopped";
    };
    const { id, runtime, hasOwnPidNamespace } = this.#parts;
    const busy = (): Process[] => this.#execs.busy();
    const left = { id, runtime, hasOwnPidNamespace, host: this.#host, isFrozen: this.#isFrozen, busy };
    void endLeftovers(left).then(() => {
      this.#over.abort(initNotRunning(id));
      this.#exitRecord = this.#tellExit(this.init, exit, setState);
      // After this there is nothing to be told of any more.
      this.#cgroup?.[Symbol.dispose]();
    });
  }

  #tellExit(process: Process, reaped: ReapedExit, setState: () => void): ExitRecord {
    const { id: containerId, bundleDir } = this;
    const cgroup = this.#cgroup;
    return tellExit({ containerId, bundleDir, process, reaped, cgroup, host: this.#host, setState });
  }
}

function initNotRunning(id: string): HawserError {
  const message = `container ${id} init process is not running: failed precondition`;
  return new HawserError(Code.FailedPrecondition, message);
}
