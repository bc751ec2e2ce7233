// The worker threads that walk, fill, copy and remove trees of files, so that the event loop never waits for a disk. At most
// two, started when there is work and ended when there has been none for a while; jobs wait their turn in order.
// Giving a job up ends its thread (`terminate`): it may sit in any call. Its descriptors go with it, its files stay and are
// the caller's to remove, which may begin as soon as `run` has rejected: by then the thread is gone.
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { Code, codeOf, HawserError } from "../../proto/errors.ts";
import type { FromWorker, ToWorker, TreeJobName, TreeJobs } from "./jobs.ts";

const MAX_WORKERS = 2;
/** More than a busy machine has; beyond it callers are told to come back. */
const MAX_WAITING = 1_000;
const IDLE_MS = 5_000;
/** A thread that needs more ends, and only its job fails. */
const MAX_HEAP_MIB = 1_024;

// Beside the sources as beside the bundle.
const PROGRAM = import.meta.filename.endsWith(".ts")
  ? join(import.meta.dirname, "worker.ts")
  : join(import.meta.dirname, "hawserd-worker.mjs");

/** How a job is given up, and who takes what it makes on the way. */
export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  /** Takes a piece; the job goes on when that is done. */
  readonly onPiece?: (bytes: Buffer) => Promise<void>;
}

interface Task {
  readonly name: TreeJobName;
  readonly job: unknown;
  readonly onPiece: RunOptions["onPiece"];
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

interface Slot {
  readonly worker: Worker;
  task: Task | undefined;
  idle: NodeJS.Timeout | undefined;
}

/** Runs jobs on trees. Dispose of it to end the threads; what is running then is given up. */
export class WorkerPool implements AsyncDisposable {
  readonly #slots = new Set<Slot>();
  readonly #waiting: Task[] = [];
  readonly #ending = new Set<Promise<unknown>>();
  #isClosed = false;

  /**
   * Runs a job and returns its answer. Throws what the job throws, with its code; the reason of `signal` when that gives it
   * up, Unavailable when too many wait or the pool is closed.
   */
  async run<Name extends TreeJobName>(
    name: Name,
    job: TreeJobs[Name][0],
    { signal, onPiece }: RunOptions = {},
  ): Promise<TreeJobs[Name][1]> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw unavailable("the manager is stopping");
    if (this.#waiting.length >= MAX_WAITING)
      throw unavailable(`${MAX_WAITING} jobs wait already; try again later`);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const task: Task = { name, job, onPiece, resolve, reject };
    const onAbort = (): void => this.#giveUp(task, signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#waiting.push(task);
    this.#next();
    try {
      return (await promise) as TreeJobs[Name][1];
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const task of this.#waiting.splice(0)) task.reject(unavailable("the manager is stopping"));
    for (const slot of this.#slots) this.#end(slot, unavailable("the manager is stopping"));
    while (this.#ending.size > 0) await Promise.all(this.#ending);
  }

  #next(): void {
    while (this.#waiting.length > 0) {
      const free = [...this.#slots].find((slot) => slot.task === undefined);
      const slot = free ?? (this.#slots.size + this.#ending.size < MAX_WORKERS ? this.#start() : undefined);
      if (slot === undefined) return;
      const task = this.#waiting.shift();
      if (task === undefined) return;
      clearTimeout(slot.idle);
      slot.task = task;
      this.#tell(slot, { kind: "job", name: task.name, job: task.job });
    }
  }

  #start(): Slot {
    const worker = new Worker(PROGRAM, {
      name: "trees",
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MIB },
    });
    const slot: Slot = { worker, task: undefined, idle: undefined };
    this.#slots.add(slot);
    worker.on("message", (message: FromWorker) => this.#onMessage(slot, message));
    worker.on("error", (error) => this.#end(slot, error));
    worker.on("exit", () =>
      this.#end(slot, new HawserError(Code.Internal, "a worker thread ended by itself")),
    );
    return slot;
  }

  #onMessage(slot: Slot, message: FromWorker): void {
    const { task } = slot;
    if (task === undefined) return;
    if (message.kind === "piece") {
      const bytes = Buffer.from(message.bytes.buffer, message.bytes.byteOffset, message.bytes.byteLength);
      Promise.resolve(task.onPiece?.(bytes)).then(
        () => this.#tell(slot, { kind: "taken" }),
        (error: unknown) => this.#end(slot, error),
      );
      return;
    }
    slot.task = undefined;
    if (message.kind === "done") task.resolve(message.result);
    else task.reject(new HawserError(codeOf(message.code), message.message));
    if (this.#waiting.length > 0) this.#next();
    else slot.idle = setTimeout(() => this.#end(slot, undefined), IDLE_MS).unref();
  }

  #tell(slot: Slot, message: ToWorker): void {
    slot.worker.postMessage(message);
  }

  #giveUp(task: Task, reason: unknown): void {
    const at = this.#waiting.indexOf(task);
    if (at >= 0) {
      this.#waiting.splice(at, 1);
      task.reject(reason);
      return;
    }
    for (const slot of this.#slots) if (slot.task === task) this.#end(slot, reason);
  }

  // Ends a thread; its job fails with `reason` when nothing of the thread runs any more.
  #end(slot: Slot, reason: unknown): void {
    if (!this.#slots.delete(slot)) return;
    clearTimeout(slot.idle);
    const { task } = slot;
    slot.task = undefined;
    const ending = slot.worker.terminate().then(
      () => undefined,
      () => undefined,
    );
    const ended = ending.then(() => {
      this.#ending.delete(ended);
      task?.reject(reason);
      this.#next();
    });
    this.#ending.add(ended);
  }
}

function unavailable(reason: string): HawserError {
  return new HawserError(Code.Unavailable, `work on files: ${reason}`);
}
