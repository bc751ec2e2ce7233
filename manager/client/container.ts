// One container: its record, and the way to its task. A handle owns nothing: the container is the daemon's.
import { Code, HawserError, isNotFound } from "../../proto/errors.ts";
import type { Any } from "../../proto/gen/any.ts";
import {
  type Container as ContainerRecord,
  Containers as ContainersService,
} from "../../proto/gen/containers.ts";
import type { Mount } from "../../proto/gen/mount.ts";
import { Tasks } from "../../proto/gen/tasks.ts";
import { validateId } from "../../proto/identifiers.ts";
import { toDate } from "../../proto/timestamp.ts";
import type { OciSpec } from "../oci/spec.ts";
import { attachOrRest } from "./attach/attach.ts";
import type { AttachSessionOptions } from "./attach/attach-options.ts";
import type { AttachSession } from "./attach/attach-session.ts";
import type { CallOptions } from "./connection.ts";
import type { MadeContainer } from "./create-container.ts";
import { Exec } from "./exec.ts";
import { type LogGap, type LogOptions, type LogRecord, readLogs } from "./logs.ts";
import type { DeleteOptions } from "./process.ts";
import type { Session } from "./session.ts";
import { Snapshots } from "./snapshots.ts";
import { stdinCloser } from "./stdin-closer.ts";
import { type BrokeredStdioOptions, ProcessStdio, type StdioOptions } from "./stdio/process-stdio.ts";
import { specOf, Task } from "./task.ts";
import type { TerminalSize } from "./terminal-size.ts";

/** What a container is, as the daemon knows it. */
export interface ContainerInfo {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Name of the image it was made from; empty for none. */
  readonly image: string;
  readonly runtime: string;
  readonly snapshotter: string;
  readonly snapshotKey: string;
  readonly createdAt: Date | undefined;
  readonly updatedAt: Date | undefined;
  readonly spec: OciSpec;
}

/** How the task of a container is to be created. */
export interface TaskOptions extends CallOptions {
  /** Streams here, or `{ brokered }`: what the shim keeps for whoever attaches. */
  readonly stdio?: StdioOptions | BrokeredStdioOptions | undefined;
  /** Options of the runtime, such as `containerd.runc.v1.Options`. */
  readonly runtimeOptions?: Any | undefined;
  /** Its root file system, when that is neither a snapshot nor a directory that the specification names. */
  readonly rootfs?: readonly Mount[] | undefined;
  /** The size of its terminal, if it has one. Default: what the specification says. */
  readonly terminalSize?: TerminalSize | undefined;
}

/** How to open the streams of a task that is there. */
export interface AttachOptions extends CallOptions {
  /** Which fifos of its record to open. Default: none. Two who read one fifo each get a part. */
  readonly stdio?: StdioOptions | undefined;
}

/** How to attach to a container. */
export interface ContainerAttachOptions extends AttachSessionOptions {
  /** To this exec. Default: to its own process. */
  readonly execId?: string | undefined;
}

/** A shim starts, mounts and asks an OCI runtime; on a machine under load that is not done in a moment. */
const CREATE_TIMEOUT_MS = 120_000;

/** How long each step of a deletion at the end of a scope may take. */
const END_MS = 30_000;

/**
 * A container.
 *
 * @example
 * const container = await client.containers.get("web");
 * const task = await container.task();
 * console.log(await task.state());
 */
export class Container {
  readonly id: string;
  readonly #session: Session;
  readonly #made: MadeContainer | undefined;

  /** For `Containers`. `made`: what it was when this handle made it. */
  constructor(session: Session, id: string, made?: MadeContainer) {
    this.#session = session;
    this.id = id;
    this.#made = made;
  }

  /** What it was when it was made with this handle, without asking; undefined for one that was there before. */
  get made(): ContainerInfo | undefined {
    return this.#made && infoOf(this.#made.record);
  }

  /** Its record, as it is now. Throws NotFound. */
  async info(options?: CallOptions): Promise<ContainerInfo> {
    return infoOf(await this.#record(options));
  }

  /** Changes labels; one that is empty is removed. */
  async label(labels: Readonly<Record<string, string>>, options?: CallOptions): Promise<void> {
    const paths = Object.keys(labels).map((key) => `labels.${key}`);
    const request = { container: { id: this.id, labels }, updateMask: { paths } };
    await this.#session.service(ContainersService).update(request, options);
  }

  /**
   * Creates its task: a shim, and in it the container, whose process waits to be started. Throws AlreadyExists when it has one.
   * Creating fails as a whole or not at all.
   *
   * @example
   * await using task = await container.createTask({ stdio: { stdin: "pipe" } });
   * task.stdin.end("hello");
   * await task.start();
   */
  async createTask(options: TaskOptions = {}): Promise<Task> {
    const { stdio: wanted = {}, runtimeOptions, terminalSize, signal } = options;
    const { timeoutMs = CREATE_TIMEOUT_MS } = options;
    // Neither its terminal nor its root file system is anything that a record can change.
    const record = this.#made?.record ?? (await this.#record({ signal }));
    const spec = specOf(record.spec);
    const terminal = spec.process.terminal ?? false;
    const rootfs = options.rootfs ?? this.#made?.mounts ?? (await this.#rootfs(record, signal));
    const stdio = await ProcessStdio.create(
      () => this.#session.state.stdioDirectory(),
      wanted,
      terminal,
      stdinCloser(this.#session, this.id),
    );
    try {
      const request = { containerId: this.id, rootfs, ...stdio.paths, terminal, options: runtimeOptions };
      await this.#session.service(Tasks).create(request, { signal, timeoutMs });
    } catch (error) {
      await stdio[Symbol.asyncDispose]();
      throw error;
    }
    return new Task(this.#session, this.id, spec, stdio, terminal ? sizeFor(spec, terminalSize) : undefined);
  }

  /**
   * Its task, if it has one. With `stdio`, the fifos that its record names are opened: this is how to come back to a container whose
   * client has gone. Throws NotFound.
   */
  async task({ stdio: wanted, ...options }: AttachOptions = {}): Promise<Task> {
    const { process } = await this.#session.service(Tasks).get({ containerId: this.id }, options);
    const { spec } = await this.#record(options);
    const { stdin = "", stdout = "", stderr = "" } = process ?? {};
    const paths = { stdin, stdout, stderr };
    const stdio =
      wanted === undefined
        ? undefined
        : ProcessStdio.attach(paths, wanted, stdinCloser(this.#session, this.id));
    return new Task(this.#session, this.id, specOf(spec), stdio);
  }

  /**
   * Attaches to its process, or to the one with this `execId`. Of one that has ended, and whose shim has gone, the session has what
   * is left: output from the log, and how it ended. Throws NotFound, and FailedPrecondition when its stdio is not brokered.
   *
   * @example
   * await using session = await container.attach({ replay: "all" });
   * for await (const { bytes } of session) if (bytes !== undefined) process.stdout.write(bytes);
   * console.log(await session.ended);
   */
  async attach({ execId = "", ...options }: ContainerAttachOptions = {}): Promise<AttachSession> {
    return await attachOrRest(this.#session, { containerId: this.id, execId }, options);
  }

  /** A handle of an exec in it, by its id. Asks nobody: whether there is one shows when something is asked of it. */
  exec(execId: string): Exec {
    return new Exec(this.#session, this.id, validateId("exec", execId));
  }

  /**
   * What it has printed, when its output goes to a log, and with `follow` what comes: records of bytes, in order, and a gap where
   * some are missing. A hawserd that restarts is waited for. Throws NotFound; FailedPrecondition when it has no log; OutOfRange for a
   * place that its output has not come to; Unimplemented when the daemon is not hawserd.
   *
   * @example
   * for await (const part of container.logs({ tail: 10, follow: true })) {
   *   if (part.kind === "record") process.stdout.write(part.bytes);
   * }
   */
  logs(options: LogOptions = {}): AsyncGenerator<LogRecord | LogGap, void, undefined> {
    return readLogs(this.#session, this.id, options);
  }

  /**
   * Removes its record and its snapshot. Throws FailedPrecondition while it has a task, which `force` kills and deletes first.
   * One that is gone is a success.
   */
  async delete({ force = false, drainMs, ...options }: DeleteOptions = {}): Promise<void> {
    try {
      await this.#withoutTask(force, { drainMs, ...options });
      const { snapshotter, snapshotKey } = await this.#record(options);
      if (snapshotKey !== "") await this.#removeSnapshot(snapshotter, snapshotKey, options);
      await this.#session.service(ContainersService).delete({ id: this.id }, options);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /**
   * Deletes it when the scope ends, with its task and whatever runs in it. A daemon that is away then is waited for, half a
   * minute long.
   *
   * @example
   * await using _gone = container.deferDelete();
   */
  deferDelete(): AsyncDisposable {
    return {
      [Symbol.asyncDispose]: async () => {
        const patient = new Container(this.#session.narrow({ isPatient: true }), this.id);
        try {
          await patient.delete({ force: true, timeoutMs: END_MS });
        } catch {
          // A throw here would bury the error that the scope ends with.
        }
      },
    };
  }

  async #withoutTask(force: boolean, options: DeleteOptions): Promise<void> {
    let task: Task;
    try {
      task = await this.task({ signal: options.signal, timeoutMs: options.timeoutMs });
    } catch (error) {
      if (isNotFound(error)) return;
      throw error;
    }
    await using _handle = task;
    if (!force) {
      const reason = "it has a task; delete that first, or pass force";
      throw new HawserError(Code.FailedPrecondition, `delete container "${this.id}": ${reason}`);
    }
    try {
      await task.delete({ ...options, force: true });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #removeSnapshot(snapshotter: string, key: string, options: CallOptions): Promise<void> {
    try {
      await new Snapshots(this.#session, snapshotter).remove(key, options);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #record(options?: CallOptions): Promise<ContainerRecord> {
    const { container } = await this.#session.service(ContainersService).get({ id: this.id }, options);
    if (container !== undefined) return container;
    throw new HawserError(Code.DataLoss, `get container "${this.id}": the answer is empty`);
  }

  async #rootfs({ snapshotter, snapshotKey }: ContainerRecord, signal: AbortSignal | undefined) {
    return snapshotKey === ""
      ? []
      : await new Snapshots(this.#session, snapshotter).mounts(snapshotKey, { signal });
  }
}

function sizeFor(spec: OciSpec, size: TerminalSize | undefined): TerminalSize | undefined {
  if (size !== undefined) return size;
  const { consoleSize } = spec.process;
  return consoleSize && { columns: consoleSize.width, rows: consoleSize.height };
}

function infoOf({ runtime, spec, createdAt, updatedAt, ...record }: ContainerRecord): ContainerInfo {
  return {
    id: record.id,
    labels: record.labels,
    image: record.image,
    runtime: runtime?.name ?? "",
    snapshotter: record.snapshotter,
    snapshotKey: record.snapshotKey,
    createdAt: toDate(createdAt),
    updatedAt: toDate(updatedAt),
    spec: specOf(spec),
  };
}
