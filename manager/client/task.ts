// The task of a container: its init process, and the way to more processes in it.
import { randomUUID } from "node:crypto";
import { packJson } from "../../proto/any.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import type { Any } from "../../proto/gen/any.ts";
import type { Metric } from "../../proto/gen/metric.ts";
import { Tasks } from "../../proto/gen/tasks.ts";
import { validateId } from "../../proto/identifiers.ts";
import { type ExecWish, execProcess } from "../oci/exec-process.ts";
import { readHostFacts } from "../oci/host-facts.ts";
import type { OciProcess, OciSpec } from "../oci/spec.ts";
import { parseSpec } from "../oci/spec-json.ts";
import { type ResolvedUser, readUserTables, resolveUser, userWish } from "../oci/user.ts";
import type { CallOptions } from "./connection.ts";
import { execWish, type ProcessOptions } from "./container-options.ts";
import { Exec } from "./exec.ts";
import { Process } from "./process.ts";
import type { Session } from "./session.ts";
import { stdinCloser } from "./stdin-closer.ts";
import { type BrokeredStdioOptions, ProcessStdio, type StdioOptions } from "./stdio/process-stdio.ts";
import type { TerminalSize } from "./terminal-size.ts";

/** What an exec is to be. */
export interface ExecOptions extends ProcessOptions, CallOptions {
  /** Default: one that nobody else has. */
  readonly id?: string | undefined;
  /** Streams here, or `{ brokered }`: what the shim keeps for whoever attaches. */
  readonly stdio?: StdioOptions | BrokeredStdioOptions | undefined;
  /** Everything else that can be asked for: every right of the host, variables as they are. What is said here counts. */
  readonly wish?: Partial<Omit<ExecWish, "user" | "args">> | undefined;
  /** Makes the process what it is to be: changes it in place, or returns another. */
  readonly process?: ((process: OciProcess) => OciProcess | undefined) | undefined;
}

/** New limits. */
export interface UpdateOptions extends CallOptions {
  /** `LinuxResources` of the OCI runtime specification. */
  readonly resources: Readonly<Record<string, unknown>>;
}

/**
 * A task: created, started, ended, deleted.
 *
 * @example
 * await using task = await container.createTask();
 * await task.start();
 * for await (const bytes of task.stdout) process.stdout.write(bytes);
 * const { exitStatus } = await task.delete();
 */
export class Task extends Process {
  readonly #session: Session;
  readonly #spec: OciSpec;

  /** Takes the streams. For `Container`. */
  constructor(session: Session, id: string, spec: OciSpec, stdio?: ProcessStdio, size?: TerminalSize) {
    super(session, id, "", stdio, size);
    this.#session = session;
    this.#spec = spec;
  }

  /**
   * Adds a process, which waits to be started. It is what the container's own process is (user, rights, environment), but for
   * what the options say. Throws FailedPrecondition when the task does not run.
   *
   * @example
   * await using exec = await task.exec({ args: ["sh", "-c", "echo $HOME"], env: { HOME: "/root" } });
   */
  async exec(options: ExecOptions): Promise<Exec> {
    const execId = validateId("exec", options.id ?? randomUUID());
    const { signal, timeoutMs, stdio: wanted = {}, terminal } = options;
    const spec = await this.#execSpec(options);
    const isTerminal = spec.terminal ?? false;
    const stdio = await ProcessStdio.create(
      () => this.#session.state.stdioDirectory(),
      wanted,
      isTerminal,
      stdinCloser(this.#session, this.containerId, execId),
    );
    try {
      const process = { ...stdio.paths, terminal: isTerminal, spec: packJson("Process", spec) };
      await this.#tasks.exec({ containerId: this.containerId, execId, ...process }, { signal, timeoutMs });
    } catch (error) {
      await stdio[Symbol.asyncDispose]();
      throw error;
    }
    return new Exec(this.#session, this.containerId, execId, stdio, sizeOf(terminal));
  }

  /** Freezes all processes. Throws FailedPrecondition when it does not run. */
  async pause(options?: CallOptions): Promise<void> {
    await this.#tasks.pause({ containerId: this.containerId }, options);
  }

  /** Thaws them. */
  async resume(options?: CallOptions): Promise<void> {
    await this.#tasks.resume({ containerId: this.containerId }, options);
  }

  /** The pids of all its processes, on the host. */
  async pids(options?: CallOptions): Promise<number[]> {
    const { processes } = await this.#tasks.listPids({ containerId: this.containerId }, options);
    return processes.map(({ pid }) => pid);
  }

  /** Its counters, in a message whose type says which kind of cgroup they are of. */
  async metrics(options?: CallOptions): Promise<Metric & { readonly data?: Any | undefined }> {
    const { metrics } = await this.#tasks.metrics({ filters: [`id==${this.containerId}`] }, options);
    const metric = metrics.find(({ id }) => id === this.containerId);
    if (metric !== undefined) return metric;
    throw new HawserError(Code.NotFound, `metrics of task "${this.containerId}": there are none`);
  }

  /** Changes its limits while it runs. */
  async update({ resources, ...options }: UpdateOptions): Promise<void> {
    const packed = packJson("LinuxResources", resources);
    await this.#tasks.update({ containerId: this.containerId, resources: packed }, options);
  }

  protected override async deleteCall(options: CallOptions) {
    return await this.#tasks.delete({ containerId: this.containerId }, options);
  }

  async #execSpec(options: ExecOptions): Promise<OciProcess> {
    try {
      const user = options.user === undefined ? undefined : await this.#user(options.user, options);
      const wish = { ...execWish(options), ...options.wish, user };
      const process = execProcess(this.#spec, wish, readHostFacts().capabilities);
      return options.process?.(process) ?? process;
    } catch (caught) {
      throw HawserError.from(caught).wrap(`exec in "${this.containerId}"`);
    }
  }

  // In the container's files as they are now, seen from its init process.
  async #user(user: string, { signal, timeoutMs }: CallOptions): Promise<ResolvedUser> {
    const { pid } = await this.state({ signal, timeoutMs });
    return resolveUser(userWish("user", user), pid === 0 ? {} : readUserTables(`/proc/${pid}/root`));
  }

  get #tasks() {
    return this.#session.service(Tasks);
  }
}

/** The specification in a container's record. Throws InvalidArgument when it is no JSON. */
export function specOf(spec: Any | undefined): OciSpec {
  const json = parseSpec(spec === undefined ? "{}" : new TextDecoder().decode(spec.value));
  // Strangers make containers, too, and need not say what their process is.
  const process = { user: { uid: 0, gid: 0 }, args: [], env: [], cwd: "/" };
  return { ...json, process: { ...process, ...json.process } };
}

/** The size of a terminal, when there is one that has a size. */
export function sizeOf(terminal: ProcessOptions["terminal"]): TerminalSize | undefined {
  return typeof terminal === "object" ? terminal : undefined;
}
