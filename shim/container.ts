// One container: its init process and execs, its state, and the order in which things are said of it. Owns what Create
// acquired (mounts, stdio, the OCI runtime's container, the cgroup watch) and gives it back in Delete.
// The order, per process: create, start, exit, delete; a start is published before the exit that may already have
// happened; OOM before the exit it caused; the exits of execs before the exit of init. The exit of init waits for
// those and for nothing else, least of all for output.
import { Code, HawserError } from "../proto/errors.ts";
import { TaskDelete, TaskOOM, TaskPaused, TaskResumed, TaskStart } from "../proto/gen/events.ts";
import { fromDate } from "../proto/timestamp.ts";
import type { ContainerCgroup } from "./container-cgroup.ts";
import { attempt, tellExit } from "./ending.ts";
import type { ExecRequest } from "./exec.ts";
import { Execs } from "./execs.ts";
import type { ReapedExit, Ticket } from "./exits.ts";
import type { ContainerHost } from "./host.ts";
import type { CheckpointOptions, OciRuntime } from "./oci/driver.ts";
import type { Process } from "./process.ts";
import { requireAllowed, type TaskState } from "./task-state.ts";
import { Turns } from "./turns.ts";

/** Time for output to reach its reader in Delete; after that it is cut, and said so. Milliseconds. */
export const DRAIN_BUDGET_MS = 10_000;

/** Time for the processes of a container to end when its init has, or was made to. Milliseconds. */
const KILL_BUDGET_MS = 10_000;

/** The largest signal there is: SIGRTMAX. */
const MAX_SIGNAL = 64;
const SIGKILL = 9;

/** An init process that has just come to be. */
export interface StartedInit {
  readonly pid: number;
  /** Absent where its cgroup cannot be told from the shim's own. */
  readonly cgroup: ContainerCgroup | undefined;
}

/** What Create has acquired; the container owns all of it. */
export interface ContainerParts {
  readonly id: string;
  readonly bundleDir: string;
  readonly runtime: OciRuntime;
  readonly init: Process;
  /** False when its processes live in somebody else's pid namespace: they do not end with init by themselves. */
  readonly hasOwnPidNamespace: boolean;
  /** How Start brings init up when Create did not: a restore from a checkpoint. */
  readonly restore?: (() => Promise<StartedInit>) | undefined;
  /** Removes what Create mounted. */
  readonly unmount: () => Promise<void>;
}

/** A container, from the end of Create to the end of Delete. */
export class Container {
  readonly id: string;
  readonly bundleDir: string;
  readonly runtime: OciRuntime;
  readonly init: Process;
  readonly host: ContainerHost;
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
  #isGone = false;

  constructor(parts: ContainerParts, host: ContainerHost) {
    this.id = parts.id;
    this.bundleDir = parts.bundleDir;
    this.runtime = parts.runtime;
    this.init = parts.init;
    this.host = host;
    this.#parts = parts;
    const { id: containerId, bundleDir, runtime } = parts;
    this.#execs = new Execs({ containerId, bundleDir, runtime, host }, (process, reaped, setState) =>
      this.#tellExit(process, reaped, setState),
    );
  }

  get state(): TaskState {
    return this.#state;
  }

  /** Where its resources are counted; undefined before init was there. */
  get cgroup(): ContainerCgroup | undefined {
    return this.#cgroup;
  }

  /** Init exists. To be called once the create (or start) event is published: its exit may be delivered at once. */
  initStarted({ pid, cgroup }: StartedInit, ticket: Ticket): void {
    this.#cgroup = cgroup;
    cgroup?.onOom(({ limit }) => {
      this.host.log.info("out of memory", { container: this.id, limit: limit.dir ?? limit.where });
      this.host.events.publish(TaskOOM, { containerId: this.id });
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
      using ticket = this.host.exits.expect();
      try {
        const restored = await this.#parts.restore?.();
        if (restored === undefined) await this.runtime.start(this.id);
        this.#state = "running";
        const pid = restored?.pid ?? this.init.pid;
        this.host.events.publish(TaskStart, { containerId: this.id, pid });
        if (restored !== undefined) this.initStarted(restored, ticket);
        return pid;
      } finally {
        this.#isStarting = false;
        if (this.#earlyExit !== undefined) this.#settleInit(this.#earlyExit);
      }
    });
  }

  /** Registers an exec; nothing runs yet. */
  addExec(request: ExecRequest): void {
    requireAllowed("exec", this.#state);
    if (this.#isInitReaped) throw initNotRunning(this.id);
    if (this.#parts.restore !== undefined && this.#state === "created") {
      const message = `exec "${request.execId}": the container waits to be restored: failed precondition`;
      throw new HawserError(Code.FailedPrecondition, message);
    }
    this.#execs.add(request);
  }

  /** Runs an exec that was added. Answers its pid. */
  async startExec(execId: string): Promise<number> {
    this.#execs.process(execId);
    if (this.#isInitReaped) throw initNotRunning(this.id);
    requireAllowed("start an exec in", this.#state);
    return await this.#execs.start(execId);
  }

  /** Signals init (`execId` undefined) or an exec; with `all`, every process of the container. */
  async kill(execId: string | undefined, signal: number, all: boolean): Promise<void> {
    if (!Number.isInteger(signal) || signal < 0 || signal > MAX_SIGNAL) {
      throw new HawserError(Code.InvalidArgument, `kill "${this.id}": there is no signal ${signal}`);
    }
    const process = this.process(execId);
    if (execId !== undefined) {
      if (process.pid === 0 && process.exit === undefined) {
        throw new HawserError(Code.FailedPrecondition, "process not created: failed precondition");
      }
      process.signal(signal);
      return;
    }
    if (this.#isInitReaped) throw new HawserError(Code.NotFound, "process already finished: not found");
    requireAllowed("kill", this.#state);
    // The runtime knows how to reach every process, and how to end one that is frozen. A signal for init alone needs
    // no runtime, and cannot hit anyone else.
    const isFrozen = this.#state === "paused" || this.#state === "pausing";
    if (!all && !isFrozen && process.canSignal) process.signal(signal);
    else await this.runtime.kill(this.id, signal, { all });
  }

  /** Freezes every process of the container. */
  pause(): Promise<void> {
    return this.#turns.take(async () => {
      requireAllowed("pause", this.#state);
      this.#setState("pausing");
      try {
        await this.runtime.pause(this.id);
      } catch (error) {
        this.#setState("running");
        throw error;
      }
      this.#setState("paused");
      this.host.events.publish(TaskPaused, { containerId: this.id });
    });
  }

  /** Thaws them. */
  resume(): Promise<void> {
    return this.#turns.take(async () => {
      requireAllowed("resume", this.#state);
      await this.runtime.resume(this.id);
      this.#setState("running");
      this.host.events.publish(TaskResumed, { containerId: this.id });
    });
  }

  /** Changes limits; OCI LinuxResources as JSON. */
  update(resources: Uint8Array): Promise<void> {
    return this.#turns.take(() => {
      requireAllowed("update", this.#state);
      return this.runtime.update(this.id, resources);
    });
  }

  /** Writes the container to images with criu. */
  checkpoint(options: CheckpointOptions): Promise<void> {
    return this.#turns.take(() => {
      requireAllowed("checkpoint", this.#state);
      return this.runtime.checkpoint(this.id, options);
    });
  }

  /** Pids on the host, and which of them an exec began. None once init has ended. */
  async pids(): Promise<{ pid: number; execId: string | undefined }[]> {
    if (this.#isInitReaped) return [];
    const execIds = new Map([...this.#execs.processes()].map(({ pid, execId }) => [pid, execId]));
    const pids = this.#cgroup?.pids() ?? (await this.runtime.ps(this.id));
    return pids.map((pid) => ({ pid, execId: execIds.get(pid) }));
  }

  /** Forgets an exec that has ended or never ran. */
  async deleteExec(execId: string): Promise<Process> {
    const process = this.process(execId);
    this.#execs.requireIdle(execId);
    await this.#drain(process);
    await this.#execs.remove(execId);
    return process;
  }

  /** Forgets the container, ending it when it was never started. Throws and changes nothing while it runs. */
  delete(): Promise<Process> {
    return this.#turns.take(async () => {
      if (this.#isGone) throw new HawserError(Code.NotFound, `container "${this.id}": not found`);
      requireAllowed("delete", this.#state);
      if (this.init.isAlive || this.#state === "created") {
        await this.runtime.delete(this.id, { force: true });
        if (this.init.pid !== 0)
          await attempt(this.host, "wait for init to end", KILL_BUDGET_MS, this.init.exited);
      }
      await this.#drain(this.init);
      await this.runtime.delete(this.id, { force: true });
      await this.#parts.unmount();
      this.#isGone = true;
      await this.#release();
      const { pid, exit } = this.init;
      this.host.events.publish(TaskDelete, {
        containerId: this.id,
        pid,
        exitStatus: exit?.exitStatus ?? 0,
        exitedAt: exit?.exitedAt && fromDate(exit.exitedAt),
      });
      return this.init;
    });
  }

  async #release(): Promise<void> {
    this.#cgroup?.[Symbol.dispose]();
    for (const process of this.#execs.processes()) await process[Symbol.asyncDispose]();
    await this.init[Symbol.asyncDispose]();
  }

  async #drain(process: Process): Promise<void> {
    const output = await process.stdio?.drained(DRAIN_BUDGET_MS);
    if (output !== "cut") return;
    const fields = { container: this.id, exec: process.execId };
    this.host.log.warn(`output was cut: not at its end after ${DRAIN_BUDGET_MS} ms, continuing`, fields);
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
    const wasFrozen = this.#state === "paused" || this.#state === "pausing";
    const setState = (): void => {
      this.#state = "stopped";
    };
    void this.#endTogether(wasFrozen).then(() => this.#tellExit(this.init, exit, setState));
  }

  async #endTogether(wasFrozen: boolean): Promise<void> {
    const { host, runtime, id } = this;
    if (wasFrozen) await attempt(host, "thaw what is left", KILL_BUDGET_MS, runtime.resume(id));
    if (!this.#parts.hasOwnPidNamespace) {
      await attempt(host, "kill what is left", KILL_BUDGET_MS, runtime.kill(id, SIGKILL, { all: true }));
    }
    const busy = this.#execs.busy();
    if (busy.length === 0) return;
    const ended = Promise.all(busy.map((process) => process.exited));
    await attempt(host, "wait for execs to end", KILL_BUDGET_MS, ended);
  }

  #tellExit(process: Process, reaped: ReapedExit, setState: () => void): void {
    const { id: containerId, bundleDir, host } = this;
    tellExit({ containerId, bundleDir, process, reaped, cgroup: this.#cgroup, host, setState });
  }
}

function initNotRunning(id: string): HawserError {
  const message = `container ${id} init process is not running: failed precondition`;
  return new HawserError(Code.FailedPrecondition, message);
}
