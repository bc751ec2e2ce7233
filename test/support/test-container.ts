// One container of a test, from its bundle to the check that nothing of it is left. Owns the bundle, the log, its
// connections and streams; made by `ShimHarness`.

import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { defaultProcess, defaultSpec, type OciProcess } from "../../manager/oci/default-spec.ts";
import { Bundle } from "../../manager/runtime/bundle.ts";
import { Shim, type TaskClient } from "../../manager/runtime/shim.ts";
import { deleteShim, type Exit, type ShimInvocation, startShim } from "../../manager/runtime/shim-binary.ts";
import type { Endpoint } from "../../manager/runtime/shim-reply.ts";
import { pack, packJson } from "../../proto/any.ts";
import type { Init } from "../../proto/codec.ts";
import type { Any } from "../../proto/gen/any.ts";
import { type AttachOpen, Sessions } from "../../proto/gen/attach.ts";
import { Options } from "../../proto/gen/runc-options.ts";
import type { CreateTaskRequest, ExecProcessRequest } from "../../proto/gen/task.ts";
import type { FdReader } from "../../sys/fd-io.ts";
import { Client } from "../../ttrpc/index.ts";
import { AttachClient, type Got } from "./attach-client.ts";
import { containerLeftovers, endContainer } from "./container-end.ts";
import {
  type ContainerOptions,
  type ContainerPlaces,
  FOREVER,
  type ShimProgram,
  shell,
} from "./container-options.ts";
import { EventRecorder } from "./event-recorder.ts";
import { FifoInput, FifoOutput } from "./fifo-ends.ts";
import { until } from "./until.ts";

/** What a container needs to know of who makes it. */
export interface ContainerHost extends ContainerPlaces {
  readonly program: ShimProgram;
  forget(container: TestContainer): void;
  /** Waits until a shim is dead and reaped. */
  shimGone(pid: number): Promise<void>;
}

/** A container and, once it has been started, its shim. */
export class TestContainer implements AsyncDisposable {
  readonly id: string;
  readonly namespace: string;
  /** For fifos and other files of the test. */
  readonly dir: string;
  readonly bundle: Bundle;
  readonly events: EventRecorder;
  readonly invocation: ShimInvocation;
  readonly options: ContainerOptions;
  readonly #harness: ContainerHost;
  readonly #log: FdReader;
  readonly #logged: Buffer[] = [];
  readonly #streams: Disposable[] = [];
  readonly #connections: Shim[] = [];
  #endpoint: Endpoint | undefined;
  #shimPid = 0;
  #wasKilled = false;
  #end: Promise<void> | undefined;

  private constructor(
    harness: ContainerHost,
    id: string,
    namespace: string,
    dir: string,
    bundle: Bundle,
    options: ContainerOptions,
  ) {
    this.#harness = harness;
    this.id = id;
    this.namespace = namespace;
    this.dir = dir;
    this.bundle = bundle;
    this.options = options;
    this.events =
      options.groupWith?.events ?? new EventRecorder(join(dir, "events"), harness.program.groundless);
    this.invocation = {
      binary: harness.program.binary,
      namespace,
      id,
      bundleDir: bundle.dir,
      grpcAddress: options.groupWith?.invocation.grpcAddress ?? join(dir, "grpc"),
      ttrpcAddress: this.events.socketPath,
      options: runtimeOptions(harness),
    };
    this.#log = bundle.openLog();
    void this.#collectLog();
  }

  static async prepare(
    harness: ContainerHost,
    id: string,
    options: ContainerOptions,
  ): Promise<TestContainer> {
    const namespace = options.groupWith?.namespace ?? `${id}-ns`;
    const dir = join(harness.dir, id);
    await mkdir(dir);
    const spec = defaultSpec({
      args: options.args ?? shell(options.script ?? FOREVER),
      rootDir: options.rootDir ?? harness.rootDir,
      cgroupsPath: `/${id}`,
      isTerminal: options.isTerminal ?? false,
    });
    const group = options.groupWith?.id;
    if (group !== undefined) spec.annotations = { "io.containerd.runc.v2.group": group };
    options.adjust?.(spec);
    const bundle = await Bundle.create(join(harness.dir, "tasks"), namespace, id, spec);
    const container = new TestContainer(harness, id, namespace, dir, bundle, options);
    if (options.groupWith === undefined) await container.events.listen();
    return container;
  }

  /** Starts the shim, or joins one, and connects. */
  async start(): Promise<Endpoint> {
    this.#endpoint = await startShim(this.invocation);
    // What containerd up to 1.7 leaves to the shim, and newer ones write themselves.
    writeFileSync(join(this.bundle.dir, "bootstrap.json"), JSON.stringify(this.#endpoint));
    const { task } = await this.connect();
    this.#shimPid = (await task.connect({ id: this.id })).shimPid;
    return this.#endpoint;
  }

  /** Another connection, as of another client. */
  async connect(): Promise<Shim> {
    const shim = await Shim.connect(this.endpoint, this.namespace);
    this.#connections.push(shim);
    return shim;
  }

  /** Drops every connection: no client is left. */
  async disconnect(): Promise<void> {
    for (const connection of this.#connections.splice(0)) await connection[Symbol.asyncDispose]();
  }

  get endpoint(): Endpoint {
    if (this.#endpoint === undefined) throw new Error("the shim is not started");
    return this.#endpoint;
  }

  /** The path of the shim's socket. */
  get socketPath(): string {
    return this.endpoint.address.replace("unix://", "");
  }

  /** The first connection's task service. */
  get task(): TaskClient {
    const [first] = this.#connections;
    if (first === undefined) throw new Error("not connected");
    return first.task;
  }

  /** The shim's pid, as it said itself. */
  get shimPid(): number {
    return this.#shimPid;
  }

  /** What the shim has logged so far. */
  get log(): string {
    return Buffer.concat(this.#logged).toString("utf8");
  }

  /** Creates the container. Says nothing about streams, so there are none, unless `request` does. */
  async create(request: Init<CreateTaskRequest> = {}): Promise<number> {
    const { pid } = await this.task.create({
      id: this.id,
      bundle: this.bundle.dir,
      terminal: this.options.isTerminal ?? false,
      rootfs: [...(this.options.rootfs ?? [])],
      options: runtimeOptions(this.#harness),
      ...request,
    });
    return pid;
  }

  /** Adds an exec of a script; it is not started. */
  async exec(
    execId: string,
    script: string | readonly string[],
    request: Init<ExecProcessRequest> = {},
    adjust: (process: OciProcess) => void = () => undefined,
  ): Promise<void> {
    const args = typeof script === "string" ? shell(script) : script;
    const spec = defaultProcess({ args, isTerminal: request.terminal ?? false });
    adjust(spec);
    await this.task.exec({ id: this.id, execId, spec: packJson("Process", spec), ...request });
  }

  /** Runs a script by exec, to its end. Returns what it printed and its status; the exec is deleted. */
  async execToEnd(
    execId: string,
    script: string | readonly string[],
  ): Promise<{ text: string; status: number }> {
    const out = this.output(`exec-${execId}`);
    const target = { id: this.id, execId };
    await this.exec(execId, script, { stdout: out.path, stderr: out.path });
    const exited = this.task.wait(target);
    await this.task.start(target);
    const { exitStatus } = await exited;
    const text = await out.whole();
    await this.task.delete(target);
    return { text, status: exitStatus };
  }

  /** The attach socket of its shim, for init or an exec whose stdio is brokered. */
  async attachAddress(execId = ""): Promise<string> {
    await using client = await Client.connect(this.endpoint.address);
    const { socketPath } = await client.service(Sessions).address({ containerId: this.id, execId });
    return socketPath;
  }

  /** A session on init, or on an exec. */
  async attach(open: Init<AttachOpen> = {}, onOutput?: (got: Got) => void): Promise<AttachClient> {
    const path = await this.attachAddress(open.execId);
    const client = await AttachClient.open(path, { containerId: this.id, ...open }, onOutput);
    this.#streams.push(client);
    return client;
  }

  /** A fifo that is read from now on. */
  output(name: string): FifoOutput {
    const output = new FifoOutput(join(this.dir, name));
    this.#streams.push(output);
    return output;
  }

  /** A fifo to write to. */
  input(name: string): FifoInput {
    const input = new FifoInput(join(this.dir, name));
    this.#streams.push(input);
    return input;
  }

  /** Kills init and waits for its end. */
  async kill(signal = 9): Promise<number> {
    const exited = this.task.wait({ id: this.id });
    await this.task.kill({ id: this.id, signal });
    return (await exited).exitStatus;
  }

  /** Descriptors that the shim has open. */
  shimDescriptors(): string[] {
    return readdirSync(`/proc/${this.#shimPid}/fd`);
  }

  /** Kills the shim by SIGKILL and waits until it is gone. */
  async killShim(): Promise<void> {
    this.#wasKilled = true;
    process.kill(this.#shimPid, "SIGKILL");
    await this.#harness.shimGone(this.#shimPid);
  }

  /** Runs the program's `delete`. */
  async cleanUp(): Promise<Exit> {
    return deleteShim(this.invocation);
  }

  /** What carries the container's id and should not outlive it: mounts, cgroups, the runtime's state. */
  leftovers(): string[] {
    return containerLeftovers(this.id, this.namespace, this.#harness);
  }

  /** As a manager does: Delete, Shutdown, disconnect, `delete`, bundle; then looks for what is left. Once. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#end ??= this.#undo();
    return this.#end;
  }

  async #undo(): Promise<void> {
    try {
      if (this.#endpoint !== undefined) await this.#endShim(await this.#endContainer());
      await until(() => this.leftovers().length === 0, {
        what: `nothing left of "${this.id}"`,
        deadline: 5_000,
        logs: { left: () => this.leftovers().join("\n"), "the shim's log": () => this.log },
      });
    } finally {
      for (const stream of this.#streams) stream[Symbol.dispose]();
      this.#log[Symbol.dispose]();
      if (this.options.groupWith === undefined) await this.events[Symbol.asyncDispose]();
      await this.bundle.remove();
      this.#harness.forget(this);
    }
  }

  async #endContainer(): Promise<boolean> {
    const connection = await Shim.connect(this.endpoint, this.namespace).catch(() => undefined);
    if (connection === undefined) return true;
    this.#connections.push(connection);
    return endContainer(connection.task, this.id);
  }

  async #endShim(isAnswering: boolean): Promise<void> {
    const isShared = this.options.groupWith !== undefined;
    try {
      if (!isAnswering) throw new Error("it does not answer");
      if (!isShared) await this.#harness.shimGone(this.#shimPid);
    } catch (error) {
      // The test has failed by now; what follows is for the machine's sake.
      if (existsSync(`/proc/${this.#shimPid}`)) await this.killShim();
      throw new Error(`the shim did not end; its log:\n${this.log}`, { cause: error });
    } finally {
      await this.disconnect();
      // A shim may refuse to clean up what never was (the Go shim does before the first Create); what counts is what is left.
      await this.cleanUp().catch(() => undefined);
    }
    if (this.#wasKilled && this.#harness.program.leavesDeadSocket) await rm(this.socketPath, { force: true });
    if (!isShared && existsSync(this.socketPath)) throw new Error(`${this.socketPath} is left`);
  }

  async #collectLog(): Promise<void> {
    try {
      for await (const bytes of this.#log) this.#logged.push(bytes);
    } catch {
      // Closed while waiting: that is how it ends.
    }
  }
}

/** Options of Create that keep the OCI runtime's state in the suite's directory. */
function runtimeOptions(harness: ContainerHost): Any {
  return pack(Options, { root: harness.runtimeRoot, binaryName: harness.program.runtime });
}
