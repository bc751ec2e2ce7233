// Finding the containers again after a restart. All shims are connected to side by side, each with its own deadline, and
// only when every one of them has had its chance is anything cleaned up: what answers is reconciled, what does not answer
// in time is kept and asked again, what is dead is buried, what was being made is undone.
// Three sources: the records, the bundles, the shims. A record without a bundle is of before a reboot. A bundle without a
// record whose shim answers is taken on: a lost database must not cost a container.
import { readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { BundleFile, bundleFile } from "../../proto/bundle-files.ts";
import { isValidId } from "../../proto/identifiers.ts";
import { Bundle } from "./bundle.ts";
import { buryTask } from "./dead-shim.ts";
import { reconcile, takeOn } from "./reconcile.ts";
import { ShimLog } from "./shim-log.ts";
import { type Endpoint, parseShimReply } from "./shim-reply.ts";
import { Slots } from "./slots.ts";
import { type Opening, SupervisedShim } from "./supervised-shim.ts";
import { Task } from "./task.ts";
import { workDirOf } from "./task-creation.ts";
import { undoTask } from "./task-end.ts";
import type { TaskHost } from "./task-host.ts";
import type { TaskRecord } from "./task-rows.ts";

/** What the loader asks of the manager of the tasks. */
export interface Loading {
  readonly host: TaskHost;
  /** Takes the id. */
  readonly adopt: (task: Task) => void;
  /** Work that nobody waits for now, and that the manager waits for at its end. */
  readonly background: (what: string, work: Promise<unknown>) => void;
}

/** Shims that are connected to at a time. */
const MAX_AT_A_TIME = 50;

/** Time for a shim to answer at first; containerd's. Milliseconds. */
const LOAD_BUDGET_MS = 5_000;

/** What became of one. */
interface Found {
  readonly task: Task;
  readonly record: TaskRecord | undefined;
  readonly opening: Opening;
}

/** Counts for the log. */
export interface LoadReport {
  readonly connected: number;
  readonly unresponsive: number;
  readonly dead: number;
}

/** Loads all tasks. Resolves when each that answers is reconciled; the cleaning goes on in the background. */
export async function loadTasks(loading: Loading): Promise<LoadReport> {
  const { host, background } = loading;
  const records = new Map(host.records.all().map((record) => [`${record.namespace}/${record.id}`, record]));
  const bundles = listBundles(host.tasksDir);
  const names = [...new Set([...records.keys(), ...bundles.keys()])];
  const slots = new Slots(MAX_AT_A_TIME);
  const found = await Promise.all(
    names.map((name) =>
      slots.run("load tasks", () => loadOne(name, records.get(name), bundles.has(name), loading)),
    ),
  );
  for (const one of found) settle(one, loading);
  background("remove what was half removed", removeRests(host));
  const count = (opening: Opening) => found.filter((one) => one.opening === opening).length;
  return { connected: count("ok"), unresponsive: count("silent"), dead: count("dead") };
}

async function loadOne(
  name: string,
  record: TaskRecord | undefined,
  hasBundle: boolean,
  { host, adopt, background }: Loading,
): Promise<Found> {
  const [namespace = "", id = ""] = name.split("/");
  const key = { namespace, id };
  const bundle = Bundle.at(host.tasksDir, namespace, id, workDirOf(key, host));
  const binary = record?.binary || readText(bundle.dir, BundleFile.shimBinaryPath);
  const task = new Task({ key, runtime: record?.runtime ?? binary, binary, bundle }, host);
  task.isOfBefore = host.isFirstSinceBoot || !hasBundle;
  adopt(task);
  const init = record && host.records.process({ ...key, execId: "" });
  if (init !== undefined && init.exit === undefined) task.holdInit(init.pid, init.startTime);
  const endpoint = hasBundle ? endpointOf(bundle.dir, record) : undefined;
  if (endpoint === undefined) return { task, record, opening: "dead" };

  const log = host.log.with({ ...key });
  try {
    task.log = new ShimLog(bundle.dir, log);
  } catch (error) {
    log.warn("open the shim's log: continuing without it", { error });
  }
  const shim = new SupervisedShim({
    ...key,
    endpoint,
    log,
    ...(record === undefined ? {} : { pid: record.shimPid, startTime: record.shimStartTime }),
    // Called for the first connection as for later ones; while all are loading, nobody is buried.
    onGone: () => host.bury(task),
    onConnected: () => {
      if (task.phase === "live") background("reconcile a task", reconcile(task, host));
    },
  });
  task.shim = shim;
  const opening = await shim.open(LOAD_BUDGET_MS);
  if (opening === "ok" && record === undefined) await takeOn(task, host);
  return { task, record, opening };
}

/** After all have had their chance. */
function settle({ task, record, opening }: Found, { host, background }: Loading): void {
  const isHalfMade =
    record?.phase === "creating" || (record === undefined && host.records.get(task.key) === undefined);
  // One that answered and died while the others were being asked: its death was heard then, and nobody acted on it.
  const hasDied = opening === "dead" || task.shim?.supervision.health === "gone";
  if (hasDied) {
    host.log.warn("shim is gone, cleaning up after it", { ...task.key });
    background("clean up after a dead shim", buryTask(task, host));
  } else if (isHalfMade && opening === "ok") {
    host.log.warn("task was being created when the manager ended, undoing it", { ...task.key });
    background("undo a task", undoTask(task, host));
  } else {
    // A half-made one that hangs is shown, and can be killed and deleted like any other.
    task.phase = "live";
    if (opening === "silent") host.log.warn("shim does not answer, it is asked again", { ...task.key });
    else background("reconcile a task", reconcile(task, host));
  }
}

/** Names `<namespace>/<id>` of the directories that can be bundles. */
function listBundles(tasksDir: string): Set<string> {
  const names = new Set<string>();
  for (const namespace of namesIn(tasksDir)) {
    if (!isValidId(namespace)) continue;
    for (const id of namesIn(join(tasksDir, namespace))) if (isValidId(id)) names.add(`${namespace}/${id}`);
  }
  return names;
}

/** Dot-names are what a crash has left of a removal, and persistent directories live as long as their bundles. */
async function removeRests({ tasksDir, workDir, records }: TaskHost): Promise<void> {
  for (const namespace of namesIn(tasksDir)) {
    for (const name of namesIn(join(tasksDir, namespace))) {
      if (name.startsWith(".")) await rm(join(tasksDir, namespace, name), { recursive: true, force: true });
    }
  }
  const bundles = listBundles(tasksDir);
  for (const namespace of namesIn(workDir)) {
    for (const id of namesIn(join(workDir, namespace))) {
      const isNeeded = bundles.has(`${namespace}/${id}`) || records.get({ namespace, id }) !== undefined;
      if (!isNeeded) await rm(join(workDir, namespace, id), { recursive: true, force: true });
    }
  }
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    // Not there, or no directory.
    return [];
  }
}

/** Where the shim listens: our own note, else the shim's, else the record's. */
function endpointOf(bundleDir: string, record: TaskRecord | undefined): Endpoint | undefined {
  for (const file of [BundleFile.bootstrap, BundleFile.address] as const) {
    const text = readText(bundleDir, file);
    if (text === "") continue;
    try {
      return parseShimReply(Buffer.from(text));
    } catch {
      // Cut short by a crash: the next one may know.
    }
  }
  if (!record?.address) return undefined;
  return { version: record.version, address: record.address, protocol: "ttrpc" };
}

function readText(bundleDir: string, file: BundleFile): string {
  try {
    return readFileSync(bundleFile(bundleDir, file), "utf8").trim();
  } catch {
    return "";
  }
}
