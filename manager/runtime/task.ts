// One task: what can be asked of it while it exists, through its shim, and from the manager's record where the shim does
// not answer. Owns the connection to the shim, the copying of its log, and a pidfd of init, by which the container can be
// ended, and its end be known, without the shim.
// Always true: whoever waits for a process is answered once, by the shim or by who cleans up after it; waiting outlives a
// lost connection.
// Longer than 300 lines because it is one call after another of one interface, each a few lines.
import { isBrokered } from "../../proto/brokered-stdio.ts";
import { Code, HawserError, isDeadlineExceeded, isNotFound, isUnavailable } from "../../proto/errors.ts";
import type { Any } from "../../proto/gen/any.ts";
import type { ProcessInfo } from "../../proto/gen/process.ts";
import { Status } from "../../proto/gen/process.ts";
import type { StateResponse } from "../../proto/gen/task.ts";
import { fromNanoseconds } from "../../proto/timestamp.ts";
import { PidFd } from "../../sys/pidfd.ts";
import { processStat, startTimeOf } from "../../sys/process-stat.ts";
import type { Log } from "../log.ts";
import type { Bundle } from "./bundle.ts";
import { CALL_BUDGETS_MS } from "./call-budgets.ts";
import type { Orphans } from "./orphans.ts";
import { argsInSpec } from "./process-args.ts";
import type { ShimLog } from "./shim-log.ts";
import type { ShimOf } from "./shim-programs.ts";
import type { ShimCall, SupervisedShim } from "./supervised-shim.ts";
import type { ProcessKey, RecordedExit, TaskKey, TaskRecords } from "./task-records.ts";
import type { ProcessRecord } from "./task-rows.ts";

/** `creating` and `ending` are the business of who does it, alone; only a `live` task is cleaned up after when its shim dies. */
export type TaskPhase = "creating" | "live" | "ending" | "gone";

/** How a task's process ended. */
export interface TaskExit extends RecordedExit {
  readonly pid: number;
}

/** What an exec is to be. */
export interface NewExec {
  readonly execId: string;
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly terminal: boolean;
  readonly spec: Any | undefined;
}

/** What a task is made of. */
export interface TaskParts {
  readonly key: TaskKey;
  /** The name of the runtime, as the user gave it. */
  readonly runtime: string;
  /** The shim's program. */
  readonly binary: string;
  readonly bundle: Bundle;
}

/** What a task needs of its surroundings. */
export interface TaskSurroundings {
  readonly records: TaskRecords;
  readonly orphans: Pick<Orphans, "forget">;
  readonly log: Log;
}

const SIGKILL = 9;

/** A task, from the moment its id is taken to the moment it is free again. */
export class Task {
  readonly key: TaskKey;
  readonly runtime: string;
  readonly binary: string;
  readonly bundle: Bundle;
  phase: TaskPhase = "creating";
  /** It was found in the records of a manager before a reboot: what ran of it ended with the machine. */
  isOfBefore = false;
  /** Taken; from when it was started, or found. */
  shim: SupervisedShim | undefined;
  /** Taken. */
  log: ShimLog | undefined;
  readonly #host: TaskSurroundings;
  readonly #waiters = new Map<string, PromiseWithResolvers<RecordedExit>>();
  readonly #ended = Promise.withResolvers<TaskExit>();
  readonly #deleting = new Set<string>();
  #init: PidFd | undefined;

  constructor(parts: TaskParts, host: TaskSurroundings) {
    this.key = parts.key;
    this.runtime = parts.runtime;
    this.binary = parts.binary;
    this.bundle = parts.bundle;
    this.#host = host;
    this.#ended.promise.catch(() => undefined);
  }

  /** For the program of its shim. */
  get shimOf(): ShimOf {
    return { binary: this.binary, ...this.key, bundleDir: this.bundle.dir };
  }

  /** Resolves with the exit of init when the task is gone, whoever ended it. Rejects when the manager ends before. */
  get ended(): Promise<TaskExit> {
    return this.#ended.promise;
  }

  /** The pidfd of init, borrowed; undefined before there is one, or when it was gone already. */
  get init(): PidFd | undefined {
    return this.#init;
  }

  /** Holds on to init: from here on its pid cannot mean another process. */
  holdInit(pid: number, startTime: bigint): void {
    // Without a start time it was gone before anybody could look, and its pid may be anybody's.
    if (pid === 0 || startTime === 0n || this.#init?.pid === pid) return;
    this.#dropInit();
    try {
      this.#init = PidFd.open(pid, startTime);
    } catch {
      // It has ended by now; then its exit is in the shim, or nowhere.
    }
  }

  /** Whether init runs, as far as the kernel says. */
  get isInitAlive(): boolean {
    const process = this.#process("");
    if (process === undefined || process.pid === 0) return false;
    const stat = processStat(process.pid);
    if (stat === undefined || (process.startTime !== 0n && stat.startTime !== process.startTime))
      return false;
    return stat.state !== "Z" && stat.state !== "X";
  }

  /** Takes the end of a live task upon the caller. Answers false when another has it: then wait for `ended`. */
  beginEnding(): boolean {
    if (this.phase !== "live") return false;
    this.phase = "ending";
    return true;
  }

  /** Runs init, or an exec. Answers its pid. */
  async start(execId: string, signal?: AbortSignal): Promise<number> {
    const { id } = this.key;
    const { pid } = await this.#call(
      "start",
      { execId },
      (task, options) => task.start({ id, execId }, options),
      signal,
    );
    const startTime = startTimeOf(pid) ?? 0n;
    this.#host.orphans.forget(pid);
    this.#host.records.started(this.#keyOf(execId), pid, startTime);
    if (execId === "") this.holdInit(pid, startTime);
    return pid;
  }

  /** Adds an exec; nothing runs yet. */
  async exec(exec: NewExec, signal?: AbortSignal): Promise<void> {
    const { id } = this.key;
    const { execId, spec, ...streams } = exec;
    const request = { id, execId, spec, ...streams };
    await this.#call("exec", { execId }, (task, options) => task.exec(request, options), signal);
    const args = argsInSpec(spec?.value);
    this.#host.records.addProcess(this.#keyOf(execId), { pid: 0, startTime: 0n, ...streams, args });
  }

  /** Forgets an exec that has ended. */
  async deleteExec(execId: string, signal?: AbortSignal): Promise<TaskExit> {
    const { id } = this.key;
    this.#deleting.add(execId);
    try {
      const gone = await this.#call(
        "delete",
        { execId },
        (task, options) => task.delete({ id, execId }, options),
        signal,
      );
      const exit = { exitStatus: gone.exitStatus, exitedAt: gone.exitedAt };
      this.settle(execId, exit);
      this.#host.records.removeProcess(this.#keyOf(execId));
      return { pid: gone.pid, ...exit };
    } finally {
      this.#deleting.delete(execId);
    }
  }

  /** Whether somebody is deleting an exec, and will know how it ended. */
  isDeleting(execId: string): boolean {
    return this.#deleting.has(execId);
  }

  /**
   * Sends a signal. SIGKILL reaches the process also when the shim does not answer: then the manager sends it itself, to
   * init or to the exec that is named, and the kernel sees to the rest of a container with a pid namespace of its own.
   */
  async kill(execId: string, signal: number, isAll: boolean, abort?: AbortSignal): Promise<void> {
    const { id } = this.key;
    if (signal === SIGKILL && this.shim !== undefined && !this.shim.isWell && this.#killDirectly(execId))
      return;
    try {
      const request = { id, execId, signal, all: isAll };
      await this.#call("kill", { execId }, (task, options) => task.kill(request, options), abort);
    } catch (error) {
      const isUnknown = isDeadlineExceeded(error) || isUnavailable(error);
      if (isUnknown && signal === SIGKILL && !abort?.aborted && this.#killDirectly(execId)) return;
      throw error;
    }
  }

  /** The state of a process: the shim's word, or within 2 s that of our record. */
  async state(execId: string, signal?: AbortSignal): Promise<ProcessRecord> {
    const record = this.#require(execId);
    if (this.shim === undefined || !this.shim.isWell) return record;
    const { id } = this.key;
    try {
      const state = await this.#call(
        "state",
        { execId },
        (task, options) => task.state({ id, execId }, options),
        signal,
      );
      return this.#learn(execId, record, state);
    } catch (error) {
      if (isDeadlineExceeded(error) || isUnavailable(error)) return this.#process(execId) ?? record;
      if (isNotFound(error)) throw this.#notFound(execId);
      // As containerd has it: it is there, and nobody knows how it is.
      return { ...record, pid: 0, status: Status.UNKNOWN, exit: undefined };
    }
  }

  /** Waits for the end of a process. Throws what `signal` has for a reason when that fires first. */
  async wait(execId: string, signal?: AbortSignal): Promise<RecordedExit> {
    const { exit } = this.#require(execId);
    if (exit !== undefined) return recorded(exit);
    const { promise } = this.#waiters.get(execId) ?? this.#arm(execId);
    if (signal === undefined) return await promise;
    signal.throwIfAborted();
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(HawserError.from(signal.reason));
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([promise, aborted]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  async pids(signal?: AbortSignal): Promise<ProcessInfo[]> {
    const { id } = this.key;
    return (await this.#call("pids", {}, (task, options) => task.pids({ id }, options), signal)).processes;
  }

  async pause(signal?: AbortSignal): Promise<void> {
    const { id } = this.key;
    await this.#call("pause", {}, (task, options) => task.pause({ id }, options), signal);
  }

  async resume(signal?: AbortSignal): Promise<void> {
    const { id } = this.key;
    await this.#call("resume", {}, (task, options) => task.resume({ id }, options), signal);
  }

  async resizePty(execId: string, width: number, height: number, signal?: AbortSignal): Promise<void> {
    const request = { id: this.key.id, execId, width, height };
    await this.#call("resizePty", { execId }, (task, options) => task.resizePty(request, options), signal);
  }

  /** Ends standard input: what was written is still read. */
  async closeStdin(execId: string, signal?: AbortSignal): Promise<void> {
    const request = { id: this.key.id, execId, stdin: true };
    await this.#call("closeIO", { execId }, (task, options) => task.closeIO(request, options), signal);
  }

  /**
   * The socket at which sessions attach to a process. Throws NotFound, FailedPrecondition when its stdio is not brokered or its
   * shim is gone, Unavailable while that does not answer.
   */
  async attachSocket(execId: string, signal?: AbortSignal): Promise<string> {
    const process = this.#require(execId);
    const { id } = this.key;
    const what = `attach to ${execId === "" ? "" : `exec "${execId}" of `}task "${id}"`;
    if (!isAttachable(process)) {
      const reason = "its output goes straight to the files that its client gave, and not through its shim";
      throw new HawserError(Code.FailedPrecondition, `${what}: ${reason}; start it with brokered stdio`);
    }
    if (this.shim === undefined || this.shim.supervision.health === "gone") {
      const reason = "its shim is gone; what it printed is in its log";
      throw new HawserError(Code.FailedPrecondition, `${what}: ${reason}`);
    }
    const request = { containerId: id, execId };
    const { socketPath } = await this.shim.call(
      what,
      CALL_BUDGETS_MS.attach,
      (_task, options, shim) => shim.sessions.address(request, options),
      signal,
    );
    return socketPath;
  }

  /** How many sessions are attached to a process; 0 when nobody can say. */
  async sessionCount(execId: string, signal?: AbortSignal): Promise<number> {
    const process = this.#process(execId);
    if (process === undefined || !isAttachable(process) || !this.shim?.isWell) return 0;
    const { id } = this.key;
    const what = `list sessions of task "${id}"`;
    const { sessions } = await this.shim.call(
      what,
      CALL_BUDGETS_MS.attach,
      (_task, options, shim) => shim.sessions.list({ containerId: id, execId }, options),
      signal,
    );
    return sessions.filter((session) => session.execId === execId).length;
  }

  async update(
    resources: Any | undefined,
    annotations: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ) {
    const request = { id: this.key.id, resources, annotations };
    await this.#call("update", {}, (task, options) => task.update(request, options), signal);
  }

  async checkpoint(path: string, criu: Any | undefined, signal?: AbortSignal): Promise<void> {
    const request = { id: this.key.id, path, options: criu };
    await this.#call("checkpoint", {}, (task, options) => task.checkpoint(request, options), signal);
  }

  /** What its cgroup counts; undefined when there is nothing to count. */
  async stats(signal?: AbortSignal): Promise<Any | undefined> {
    const { id } = this.key;
    return (await this.#call("stats", {}, (task, options) => task.stats({ id }, options), signal)).stats;
  }

  /** A process has ended: the record learns it, and who waits is answered. */
  settle(execId: string, exit: RecordedExit): void {
    try {
      this.#host.records.exited(this.#keyOf(execId), exit);
    } finally {
      // The exit is known, whatever becomes of the record.
      this.#waiters.get(execId)?.resolve(exit);
      this.#waiters.delete(execId);
    }
  }

  /** The task is no more. Answers everybody who still waits. */
  end(exit: TaskExit): void {
    this.phase = "gone";
    const { exitStatus, exitedAt } = exit;
    this.#waiters.get("")?.resolve({ exitStatus, exitedAt });
    this.#waiters.delete("");
    for (const execId of [...this.#waiters.keys()]) this.#fail(execId, this.#notFound(execId));
    this.#dropInit();
    this.#ended.resolve(exit);
  }

  /** Lets go of shim and log; what waits still waits, for who ends the task. */
  async release(): Promise<void> {
    await this.shim?.[Symbol.asyncDispose]();
    this.log?.[Symbol.dispose]();
  }

  /** The manager ends: lets go of everything, and the container goes on. What waits fails with `reason`. */
  async abandon(reason: HawserError): Promise<void> {
    for (const execId of [...this.#waiters.keys()]) this.#fail(execId, reason);
    this.#ended.reject(reason);
    await this.release();
    this.#dropInit();
  }

  async #call<T>(
    verb: keyof typeof CALL_BUDGETS_MS,
    { execId = "" }: { execId?: string },
    make: ShimCall<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const what = `${verb} ${execId === "" ? "" : `exec "${execId}" of `}task "${this.key.id}"`;
    if (this.shim === undefined) throw new HawserError(Code.Unavailable, `${what}: it is being created`);
    return await this.shim.call(what, CALL_BUDGETS_MS[verb], make, signal);
  }

  #arm(execId: string): PromiseWithResolvers<RecordedExit> {
    const waiter = Promise.withResolvers<RecordedExit>();
    waiter.promise.catch(() => undefined);
    this.#waiters.set(execId, waiter);
    void this.#awaitExit(execId);
    return waiter;
  }

  async #awaitExit(execId: string): Promise<void> {
    try {
      const exit = await this.shim?.wait(this.key.id, execId);
      if (exit === undefined) throw this.#notFound(execId);
      this.settle(execId, { exitStatus: exit.exitStatus, exitedAt: exit.exitedAt });
    } catch (error) {
      // The shim is gone, or we are: who cleans up answers.
      if (HawserError.from(error).code === Code.Canceled) return;
      this.#fail(execId, HawserError.from(error));
    }
  }

  #dropInit(): void {
    this.#init?.[Symbol.dispose]();
    this.#init = undefined;
  }

  #fail(execId: string, error: HawserError): void {
    this.#waiters.get(execId)?.reject(error);
    this.#waiters.delete(execId);
  }

  #killDirectly(execId: string): boolean {
    const process = this.#process(execId);
    if (process === undefined || process.pid === 0 || process.exit !== undefined) return false;
    // A pid alone may mean a stranger by now.
    if (process.startTime === 0n) return false;
    try {
      using found = PidFd.open(process.pid, process.startTime);
      this.#host.log.warn("shim does not answer, killing its process without it", {
        ...this.key,
        exec: execId || undefined,
        pid: process.pid,
      });
      return found.send(SIGKILL);
    } catch {
      return false;
    }
  }

  #learn(execId: string, record: ProcessRecord, state: StateResponse): ProcessRecord {
    const key = this.#keyOf(execId);
    const { pid, exitStatus } = state;
    const status = state.status as Status;
    if (status === Status.STOPPED) this.settle(execId, { exitStatus, exitedAt: state.exitedAt });
    else if (status !== record.status) this.#host.records.setStatus(key, status);
    return { ...(this.#process(execId) ?? record), pid, status };
  }

  #keyOf(execId: string): ProcessKey {
    return { ...this.key, execId };
  }

  #process(execId: string): ProcessRecord | undefined {
    return this.#host.records.process(this.#keyOf(execId));
  }

  #require(execId: string): ProcessRecord {
    const record = this.#process(execId);
    if (record === undefined) throw this.#notFound(execId);
    return record;
  }

  #notFound(execId: string): HawserError {
    const what = execId === "" ? `task "${this.key.id}"` : `exec "${execId}" of task "${this.key.id}"`;
    return new HawserError(Code.NotFound, `${what}: not found`);
  }
}

function isAttachable({ stdin, stdout, stderr }: ProcessRecord): boolean {
  return [stdin, stdout, stderr].some(isBrokered);
}

/** An exit of the records, as those who wait get it. */
export function recorded({ exitStatus, exitedAt }: NonNullable<ProcessRecord["exit"]>): RecordedExit {
  return { exitStatus, exitedAt: fromNanoseconds(exitedAt) };
}
