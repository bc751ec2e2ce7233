// A container's life in ten seconds: a shim is started, a real container created, started, executed into, killed and
// deleted, and every event the shim sends is shown when it arrives. Everything lives in one private directory that is
// gone at the end, whatever happens. Runs on any shim that speaks containerd's shim v2 protocol.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { pack, packJson } from "../proto/any.ts";
import { Code, HawserError } from "../proto/errors.ts";
import type { Envelope } from "../proto/gen/envelope.ts";
import { TaskExit } from "../proto/gen/events.ts";
import { Options } from "../proto/gen/runc-options.ts";
import { FdReader } from "../sys/fd-io.ts";
import { makeFifo, openFifoForReading } from "../sys/fifo.ts";
import { setSubreaper } from "../sys/prctl.ts";
import { Scope } from "../sys/scope.ts";
import { Reaper } from "../sys/wait.ts";
import { createEventServer } from "./events/service.ts";
import { writeBusyboxRootfs } from "./images/embedded-busybox.ts";
import { defaultProcess, defaultSpec } from "./oci/default-spec.ts";
import { Bundle } from "./runtime/bundle.ts";
import { findShimBinary } from "./runtime/runtime-name.ts";
import { Shim } from "./runtime/shim.ts";
import { deleteShim, startShim } from "./runtime/shim-binary.ts";

/** Which shim to show, and to whom. */
export interface DemonstrationOptions {
  /** Name of the runtime, or the absolute path of a shim. */
  readonly runtime: string;
  /** Where shims are looked for, in this order. */
  readonly searchDirs: readonly string[];
  /** Takes one line for a person. */
  readonly write: (line: string) => void;
}

const NAMESPACE = "demonstration";
const SIGTERM = 15;
const SIGKILL = 9;

/** Time for the last event to come when all else is done. Milliseconds. */
const EVENT_BUDGET_MS = 10_000;

/** Time for the shim to go when it has been asked to; then it is killed. Milliseconds. */
const STOP_BUDGET_MS = 5_000;

/** Runs it. Throws what went wrong first, with everything undone. */
export async function demonstrate({ runtime, searchDirs, write }: DemonstrationOptions): Promise<void> {
  await using scope = new Scope((what, error) => write(`  ${what}: ${String(error)}, continuing`));
  const binary = await findShimBinary(runtime, searchDirs);
  const dir = await mkdtemp(join(tmpdir(), "hawser-"));
  scope.defer("remove directory", () => rm(dir, { recursive: true, force: true }));
  const eventSocket = join(dir, "events.ttrpc");
  const watcher = new EventWatcher(write);
  const server = createEventServer((envelope) => watcher.take(envelope));
  await scope.use("close event server", server).listen(`unix://${eventSocket}`);

  const id = `hello-${process.pid}`;
  write(`hawser: a container through ${binary}`);
  await mkdir(join(dir, "root"));
  await writeBusyboxRootfs(join(dir, "root"));
  const spec = defaultSpec({
    args: ["sh", "-c", INIT_SCRIPT],
    hostname: "hawser",
    rootDir: join(dir, "root"),
    cgroupsPath: `/hawser-${id}`,
  });
  const bundle = await Bundle.create(join(dir, "tasks"), NAMESPACE, id, spec);
  scope.defer("remove bundle", () => bundle.remove());
  const log = scope.use("close log", bundle.openLog());
  const copied = copyLog(log, write);
  scope.defer("read log", () => {
    log[Symbol.dispose]();
    return copied;
  });
  const invocation = {
    binary,
    namespace: NAMESPACE,
    id,
    bundleDir: bundle.dir,
    grpcAddress: join(dir, "hawserd.sock"),
    ttrpcAddress: eventSocket,
  };
  // The shim is no child of ours once `start` has exited. As a subreaper we get it back, and reap it at its end.
  setSubreaper();
  scope.defer("stop reaping", () => setSubreaper(false));
  const shimGone = Promise.withResolvers<void>();
  const reaper = scope.use("close reaper", new Reaper({ onExit: () => shimGone.resolve() }));
  reaper.start();
  const endpoint = await startShim(invocation);
  scope.defer("reap the shim", () => shimGone.promise);
  scope.defer("clean up after the shim", () => deleteShim(invocation));
  write(`  shim listens on ${endpoint.address}`);
  const shim = scope.use("disconnect from shim", await Shim.connect(endpoint, NAMESPACE));
  scope.defer("stop the shim", () => stopShim(shim, id));
  await runContainer(shim, id, dir, bundle.dir, write);
  await watcher.saw("/tasks/delete");
  write(`  ${watcher.count} events arrived, in the order in which things happened`);
}

const INIT_SCRIPT = `
trap 'echo I was asked to stop and leave with status 7; exit 7' TERM
echo Hello from $(hostname), I am pid $$
while :; do sleep 1; done`;

const EXEC_SCRIPT = "echo I see the processes $(ls /proc | grep '^[0-9]' | tr '\\n' ' ')";

async function runContainer(
  shim: Shim,
  id: string,
  dir: string,
  bundleDir: string,
  write: (line: string) => void,
): Promise<void> {
  using out = new Output(join(dir, "stdout"), (line) => write(`  stdout │ ${line}`));
  const { pid } = await shim.task.create({
    id,
    bundle: bundleDir,
    stdout: out.path,
    stderr: out.path,
    options: pack(Options, { root: join(dir, "runtime") }),
  });
  write(`  created; init is pid ${pid}`);
  const exited = heeded(shim.task.wait({ id }));
  await shim.task.start({ id });
  await out.sawLine;

  const execId = "look";
  using execOut = new Output(join(dir, "exec"), (line) => write(`  exec   │ ${line}`));
  const spec = packJson("Process", defaultProcess({ args: ["sh", "-c", EXEC_SCRIPT] }));
  await shim.task.exec({ id, execId, stdout: execOut.path, stderr: execOut.path, spec });
  const execExited = heeded(shim.task.wait({ id, execId }));
  await shim.task.start({ id, execId });
  const execExit = await execExited;
  await execOut.ended;
  await shim.task.delete({ id, execId });
  write(`  the exec ended with status ${execExit.exitStatus}`);

  await shim.task.kill({ id, signal: SIGTERM });
  const exit = await exited;
  await out.ended;
  await shim.task.delete({ id });
  write(`  the container ended with status ${exit.exitStatus} and is deleted`);
}

/** Shows what the shim has to complain about. */
async function copyLog(log: FdReader, write: (line: string) => void): Promise<void> {
  try {
    for await (const bytes of log) {
      const complaints = bytes.toString("utf8").match(/^.*level=(warning|error).*$/gm) ?? [];
      for (const line of complaints) write(`  log    │ ${line}`);
    }
  } catch {
    // Disposed of while waiting: that is how it ends.
  }
}

/** A promise that is awaited later: when something fails first, its own failure must not end the process. */
function heeded<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** Ends the container if it still lives, and the shim. Clean-up: what fails here is what `delete` is for. */
async function stopShim(shim: Shim, id: string): Promise<void> {
  const { shimPid } = await shim.task.connect({ id }).catch(() => ({ shimPid: 0 }));
  const exited = shim.task.wait({ id }, { timeoutMs: 5_000 }).catch(() => undefined);
  await shim.task.kill({ id, signal: SIGKILL, all: true }).catch(() => undefined);
  await exited;
  await shim.task.delete({ id }).catch(() => undefined);
  await shim.task.shutdown({ id, now: true }).catch(() => undefined);
  const gone = shim.closed.then(() => true);
  const isGone = await Promise.race([gone, setTimeout(STOP_BUDGET_MS, false, { ref: false })]);
  if (!isGone && shimPid > 0) process.kill(shimPid, SIGKILL);
}

/** The reading end of a fifo, shown line by line. Disposing of it ends the reading. */
class Output implements Disposable {
  readonly path: string;
  /** Resolves with the first line, or with the end. */
  readonly sawLine: Promise<void>;
  /** Resolves when the last writer is gone. */
  readonly ended: Promise<void>;
  readonly #reader: FdReader;
  #sawLine!: () => void;

  constructor(path: string, onLine: (line: string) => void) {
    this.path = path;
    this.sawLine = new Promise((resolve) => {
      this.#sawLine = resolve;
    });
    makeFifo(path);
    this.#reader = new FdReader(openFifoForReading(path));
    this.ended = heeded(this.#read(onLine));
  }

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
  }

  async #read(onLine: (line: string) => void): Promise<void> {
    let rest = "";
    try {
      for await (const bytes of this.#reader) {
        const lines = (rest + bytes.toString("utf8")).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) onLine(line);
        if (lines.length > 0) this.#sawLine();
      }
    } finally {
      this.#sawLine();
    }
  }
}

/** Shows events as they come, and remembers their topics. */
class EventWatcher {
  readonly #write: (line: string) => void;
  readonly #waiting = new Map<string, () => void>();
  readonly #seen = new Set<string>();
  count = 0;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  take(envelope: Envelope): void {
    this.count++;
    const detail =
      envelope.topic === "/tasks/exit" && envelope.event !== undefined
        ? ` status ${TaskExit.decode(envelope.event.value).exitStatus}`
        : "";
    this.#write(`  event  │ ${envelope.topic}${detail}`);
    this.#seen.add(envelope.topic);
    this.#waiting.get(envelope.topic)?.();
  }

  /** Waits for an event. Throws DeadlineExceeded when it does not come. */
  async saw(topic: string): Promise<void> {
    if (this.#seen.has(topic)) return;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#waiting.set(topic, () => resolve(true));
    if (await Promise.race([promise, setTimeout(EVENT_BUDGET_MS, false, { ref: false })])) return;
    throw new HawserError(
      Code.DeadlineExceeded,
      `wait for the event "${topic}": not within ${EVENT_BUDGET_MS} ms`,
    );
  }
}
