// How a task comes to be: the order of its steps, each undone by the scope when a later one fails. The intent is in the
// records before anything is made, and it is called live after all is: a manager that dies in between finds it and undoes
// it, too (shim-loader.ts).
// Always true: a create that throws has left nothing: no process, no mount, no bundle, no record; clean-up runs on its own
// clock, whoever gave up.
import { BundleFile, bundleFile } from "../../proto/bundle-files.ts";
import { Code, HawserError, isErrno } from "../../proto/errors.ts";
import type { Container } from "../../proto/gen/containers.ts";
import { writeFileAtomic } from "../../sys/atomic-file.ts";
import { startTimeOf } from "../../sys/process-stat.ts";
import { Scope } from "../../sys/scope.ts";
import { Bundle } from "./bundle.ts";
import { CALL_BUDGETS_MS } from "./call-budgets.ts";
import { argsInSpec } from "./process-args.ts";
import { chooseOptions, restoreDirOf } from "./runtime-options.ts";
import { ShimLog } from "./shim-log.ts";
import type { Endpoint } from "./shim-reply.ts";
import { SupervisedShim } from "./supervised-shim.ts";
import { Task } from "./task.ts";
import { undoTask } from "./task-end.ts";
import type { TaskHost } from "./task-host.ts";
import type { TaskKey } from "./task-records.ts";
import type { TaskRequest } from "./task-requests.ts";

/** What a task is to be. */
export interface NewTask extends TaskRequest {
  /** Directory of a criu image; empty: a fresh process. */
  readonly checkpointDir: string;
}

/** Time for a shim that has just been started to answer: it may still be loading. Milliseconds. */
const FIRST_ANSWER_BUDGET_MS = 10_000;

/** A task that is about to be made: its id is taken. */
export async function prepareTask(
  key: TaskKey,
  container: Container,
  request: NewTask,
  host: TaskHost,
): Promise<Task> {
  const runtime = request.runtime || container.runtime?.name || "";
  const binary = await host.programs.find(runtime);
  const bundle = Bundle.at(host.tasksDir, key.namespace, key.id, workDirOf(key, host));
  return new Task({ key, runtime, binary, bundle }, host);
}

/** Makes it. Answers the pid of init; 0 when it waits to be restored. */
export async function createTask(
  task: Task,
  container: Container,
  request: NewTask,
  host: TaskHost,
  signal?: AbortSignal,
): Promise<number> {
  const { key, bundle } = task;
  const log = host.log.with({ namespace: key.namespace, id: key.id });
  await using scope = new Scope((what, error) => log.error(`${what}: continuing`, { error }));
  const options = chooseOptions(request.options, container.runtime?.options);

  host.records.begin({
    ...key,
    bundleDir: bundle.dir,
    runtime: task.runtime,
    binary: task.binary,
    ...{ address: "", version: 0, shimPid: 0, shimStartTime: 0n },
  });
  scope.defer("undo the task", () => undoTask(task, host));
  await makeBundle(task, container, host);
  task.log = new ShimLog(bundle.dir, log);
  const endpoint = await host.programs.start(task.shimOf, options, signal);
  const shim = await connect(task, endpoint, host);

  const { rootfs, stdin, stdout, stderr, terminal } = request;
  const streams = { stdin, stdout, stderr, terminal };
  const checkpoint = request.checkpointDir || restoreDirOf(options);
  const { pid } = await shim.call(
    `create task "${key.id}"`,
    CALL_BUDGETS_MS.create,
    (client, call) =>
      client.create({ id: key.id, bundle: bundle.dir, rootfs, ...streams, checkpoint, options }, call),
    signal,
  );
  const startTime = pid === 0 ? 0n : (startTimeOf(pid) ?? 0n);
  host.orphans.forget(pid);
  task.holdInit(pid, startTime);
  // A shim that dies from here on is cleaned up after as that of any other task.
  const args = argsInSpec(container.spec?.value);
  host.records.created(key, { pid, startTime, ...streams, args }, request);
  task.phase = "live";
  scope.keep();
  // Its death may have been heard while that was nobody's business but ours.
  if (shim.supervision.health === "gone") host.bury(task);
  return pid;
}

/** A task's persistent directory. */
export function workDirOf({ namespace, id }: TaskKey, { workDir }: Pick<TaskHost, "workDir">): string {
  return `${workDir}/${namespace}/${id}`;
}

async function makeBundle(task: Task, container: Container, host: TaskHost): Promise<void> {
  const { namespace, id } = task.key;
  const spec = container.spec?.value;
  if (spec === undefined || spec.length === 0) {
    throw new HawserError(Code.FailedPrecondition, `create task "${id}": the container has no spec`);
  }
  try {
    const rootGid = rootGidOf(spec);
    await Bundle.create(host.tasksDir, namespace, id, spec, {
      workDir: workDirOf(task.key, host),
      ...(rootGid === undefined ? {} : { rootGid }),
    });
  } catch (cause) {
    if (!isErrno(cause, "EEXIST")) throw cause;
    const message = `create task "${id}": bundle "${task.bundle.dir}" is there already, and belongs to no task`;
    throw new HawserError(Code.AlreadyExists, message, { cause });
  }
  // Before the shim is started: whoever finds the bundle after a crash knows what cleans it up.
  writeFileAtomic(bundleFile(task.bundle.dir, BundleFile.shimBinaryPath), task.binary);
}

async function connect(task: Task, endpoint: Endpoint, host: TaskHost): Promise<SupervisedShim> {
  const { key, bundle } = task;
  writeFileAtomic(bundleFile(bundle.dir, BundleFile.bootstrap), JSON.stringify(endpoint), { mode: 0o644 });
  const log = host.log.with({ namespace: key.namespace, id: key.id });
  const shim = new SupervisedShim({ ...key, endpoint, log, onGone: () => host.bury(task) });
  task.shim = shim;
  const opening = await shim.open(FIRST_ANSWER_BUDGET_MS);
  if (opening !== "ok") {
    const why = opening === "dead" ? "it is gone" : `no answer within ${FIRST_ANSWER_BUDGET_MS} ms`;
    throw new HawserError(Code.Unavailable, `connect to the shim of task "${key.id}": ${why}`);
  }
  const { pid: shimPid, startTime: shimStartTime } = shim;
  const { address, version } = endpoint;
  host.records.shimStarted(key, { address, version, shimPid, shimStartTime });
  return shim;
}

/** The group on the host that root of the container is in, when it has a user namespace. */
function rootGidOf(spec: Uint8Array): number | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(spec).toString("utf8"));
    const { linux } = parsed as { linux?: { gidMappings?: { containerID?: unknown; hostID?: unknown }[] } };
    const root = linux?.gidMappings?.find(({ containerID }) => containerID === 0)?.hostID;
    return Number.isSafeInteger(root) ? (root as number) : undefined;
  } catch {
    // What is no JSON, the OCI runtime refuses in its own words.
    return undefined;
  }
}
