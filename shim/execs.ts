// The execs of one container: by id, from Exec to Delete, with the order of their events. What the container's own state
// forbids is checked by the container before it asks here.
import { Code, HawserError, messageOf } from "../proto/errors.ts";
import { TaskExecAdded, TaskExecStarted } from "../proto/gen/events.ts";
import { Exec, type ExecPlace, type ExecRequest } from "./exec.ts";
import type { ReapedExit } from "./exits.ts";
import type { Process } from "./process.ts";

/** Takes the exit of an exec to its event; calls `setState` right before that. */
export type OnExecExit = (process: Process, reaped: ReapedExit, setState: () => void) => void;

/** A container's execs. */
export class Execs {
  readonly #place: ExecPlace;
  readonly #onExit: OnExecExit;
  readonly #execs = new Map<string, Exec>();

  constructor(place: ExecPlace, onExit: OnExecExit) {
    this.#place = place;
    this.#onExit = onExit;
  }

  /** The process of an exec. Throws NotFound. */
  process(execId: string): Process {
    return this.#exec(execId).process;
  }

  /** All of them, in the order they were added. */
  *processes(): Iterable<Process> {
    for (const { process } of this.#execs.values()) yield process;
  }

  /** Those that run or are being started. */
  busy(): Process[] {
    return [...this.#execs.values()].filter((exec) => exec.isBusy).map(({ process }) => process);
  }

  /**
   * Registers one; nothing runs yet. Throws AlreadyExists, InvalidArgument for a process that is none, and what keeps its broker
   * from being opened.
   */
  async add(request: ExecRequest): Promise<void> {
    const { execId } = request;
    if (this.#execs.has(execId)) throw new HawserError(Code.AlreadyExists, `id ${execId}: already exists`);
    const exec = new Exec(request);
    this.#execs.set(execId, exec);
    try {
      await exec.prepare(this.#place);
    } catch (error) {
      this.#execs.delete(execId);
      throw error;
    }
    this.#place.host.events.publish(TaskExecAdded, { containerId: this.#place.containerId, execId });
  }

  /** Runs one, once; answers its pid. Its exit can come only after its start was published. */
  async start(execId: string, signal?: AbortSignal): Promise<number> {
    const { containerId, host } = this.#place;
    const exec = this.#exec(execId);
    const { process } = exec;
    exec.begin();
    process.oomKillsBefore = this.#place.oomKills();
    using ticket = host.exits.expect();
    let pid: number;
    try {
      const over = this.#place.signal;
      pid = await exec.start({ ...this.#place, signal: signal ? AbortSignal.any([over, signal]) : over });
    } catch (error) {
      // It stays, without ever having run: whoever waits for it is told so, and Delete works.
      exec.over();
      process.settle({ exitStatus: 0, exitedAt: undefined });
      process.broker?.cutAll("not-started", `exec "${execId}" could not be started: ${messageOf(error)}`);
      throw error;
    }
    process.started(pid);
    process.beginTimeLimit();
    host.events.publish(TaskExecStarted, { containerId, execId, pid });
    ticket.started(pid, (reaped) => {
      process.ended();
      this.#onExit(process, reaped, () => exec.over());
    });
    return pid;
  }

  /** It is about to be forgotten: it cannot be started any more. FailedPrecondition while it runs, NotFound without one. */
  retire(execId: string): Process {
    const exec = this.#exec(execId);
    if (exec.isBusy) {
      const message = `cannot delete a running process "${execId}": failed precondition`;
      throw new HawserError(Code.FailedPrecondition, message);
    }
    exec.over();
    return exec.process;
  }

  /** Forgets one, with what it left in the bundle. */
  async remove(execId: string): Promise<void> {
    const exec = this.#exec(execId);
    this.#execs.delete(execId);
    await exec.process[Symbol.asyncDispose]();
    exec.removeFiles(this.#place.bundleDir);
  }

  #exec(execId: string): Exec {
    const exec = this.#execs.get(execId);
    if (exec === undefined) {
      throw new HawserError(Code.NotFound, `process does not exist ${execId}: not found`);
    }
    return exec;
  }
}
