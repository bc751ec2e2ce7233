// One container in a shim of its own, driven as containerd drives it. Owns the bundle, the shim and the connection; ending
// it leaves nothing, whatever went wrong before.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { defaultProcess, defaultSpec } from "../manager/oci/default-spec.ts";
import { Bundle } from "../manager/runtime/bundle.ts";
import { Shim } from "../manager/runtime/shim.ts";
import { deleteShim, type ShimInvocation, startShim } from "../manager/runtime/shim-binary.ts";
import { pack, packJson } from "../proto/any.ts";
import { Options } from "../proto/gen/runc-options.ts";
import { Scope } from "../sys/scope.ts";
import { NAMESPACE, type Subject, type World } from "./shim-world.ts";

const SIGKILL = 9;

/** What a container is to run; fifos are paths. */
export interface ContainerRequest {
  readonly script: string;
  readonly stdin?: string;
  readonly stdout?: string;
}

/** What the steps of a start took, in milliseconds. */
export interface StartTimes {
  /** The shim's `start`, from the spawn to the end of its output, and a connection to it. */
  readonly shimMs: number;
  readonly createMs: number;
  /** The call of Start. */
  readonly startMs: number;
}

/** Milliseconds of an exec. */
export interface ExecTimes {
  /** Start alone: that is where the OCI runtime runs. */
  readonly startMs: number;
  /** Exec, Start, Wait and Delete. */
  readonly allMs: number;
}

/** A running container. */
export class BenchContainer implements AsyncDisposable {
  readonly id: string;
  readonly bundleDir: string;
  readonly shimPid: number;
  readonly times: StartTimes;
  readonly #shim: Shim;
  readonly #scope: Scope;
  #execs = 0;

  private constructor(bundle: Bundle, shim: Shim, shimPid: number, times: StartTimes, scope: Scope) {
    this.id = bundle.id;
    this.bundleDir = bundle.dir;
    this.shimPid = shimPid;
    this.times = times;
    this.#shim = shim;
    this.#scope = scope;
  }

  static async run(world: World, subject: Subject, request: ContainerRequest): Promise<BenchContainer> {
    world.checkpoint();
    const failures: unknown[] = [];
    await using scope = new Scope((what, error) => failures.push(`${what}: ${String(error)}`));
    const { runtime, binary } = subject;
    const id = world.newId();
    const spec = defaultSpec({
      args: ["/bin/sh", "-c", request.script],
      rootDir: world.rootDir,
      cgroupsPath: `/${id}`,
    });
    const bundle = await Bundle.create(join(world.stateDir, "tasks"), NAMESPACE, id, spec);
    scope.defer("remove bundle", () => bundle.remove());
    const log = scope.use("close log", bundle.openLog());
    void drain(log);
    const options = pack(Options, { root: world.runtimeDir, binaryName: runtime });
    const invocation: ShimInvocation = {
      binary,
      namespace: NAMESPACE,
      id,
      bundleDir: bundle.dir,
      grpcAddress: join(world.dir, "grpc"),
      ttrpcAddress: world.eventSocket,
      options,
    };
    await mkdir(world.runtimeDir, { recursive: true });

    const began = performance.now();
    const endpoint = await startShim(invocation);
    scope.defer("clean up after the shim", () => deleteShim(invocation).catch(() => undefined));
    const shim = scope.use("disconnect", await Shim.connect(endpoint, NAMESPACE));
    const connected = performance.now();
    const { shimPid } = await shim.task.connect({ id });
    scope.defer("end the shim", () => endShim(world, shim, id, shimPid));
    const creating = performance.now();
    const { stdin = "", stdout = "" } = request;
    // One fifo for both outputs: Go's shim does not take one alone.
    await shim.task.create({ id, bundle: bundle.dir, stdin, stdout, stderr: stdout, options });
    const created = performance.now();
    await shim.task.start({ id });
    const started = performance.now();
    const times = { shimMs: connected - began, createMs: created - creating, startMs: started - created };
    return new BenchContainer(bundle, shim, shimPid, times, scope.move());
  }

  /** Runs `true` in it, to its end. */
  async exec(): Promise<ExecTimes> {
    this.#execs += 1;
    const target = { id: this.id, execId: `exec-${this.#execs}` };
    const { task } = this.#shim;
    const began = performance.now();
    await task.exec({ ...target, spec: packJson("Process", execSpec()) });
    const exited = task.wait(target);
    const starting = performance.now();
    await task.start(target);
    const started = performance.now();
    const { exitStatus } = await exited;
    if (exitStatus !== 0) throw new Error(`bench shim: exec of "true" ended with status ${exitStatus}`);
    await task.delete(target);
    return { startMs: started - starting, allMs: performance.now() - began };
  }

  /** Ends the container, as Kill, Wait, Delete, Shutdown and the shim's `delete` do it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope[Symbol.asyncDispose]();
  }
}

/** What every exec runs, in a shim or without. */
export function execSpec(): object {
  return defaultProcess({ args: ["/bin/true"] });
}

async function endShim(world: World, shim: Shim, id: string, shimPid: number): Promise<void> {
  const gone = world.whenGone(shimPid);
  const { task } = shim;
  const exited = task.wait({ id }, { timeoutMs: 10_000 }).catch(() => undefined);
  await task.kill({ id, signal: SIGKILL, all: true }).catch(() => undefined);
  await exited;
  await task.delete({ id }).catch(() => undefined);
  await task.shutdown({ id, now: true }).catch(() => undefined);
  await gone;
}

async function drain(log: AsyncIterable<Buffer>): Promise<void> {
  try {
    for await (const _ of log);
  } catch {
    // Closed while waiting: that is how it ends.
  }
}
