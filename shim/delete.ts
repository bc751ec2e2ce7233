// `delete`: cleaning up after a shim that is gone, by another process that may be newer than it was. Runs after every
// disconnect, also the ordinary one, so it costs nothing where nothing is left.
// Always true: each step is tried whatever became of the others; what fails is a warning; it can be repeated, and has an
// answer even if there never was anything. It touches the container that is named, and never a socket that is served:
// in a pod the shim goes on for the other containers.
// Everything here happens on its own clock: the manager gives it 5 s.
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { BundleFile, bundleFile } from "../proto/bundle-files.ts";
import { HawserError, isErrno } from "../proto/errors.ts";
import { DeleteResponse } from "../proto/gen/task.ts";
import { fromDate } from "../proto/timestamp.ts";
import { unmountAll } from "../sys/mount.ts";
import { parseAddress } from "../ttrpc/address.ts";
import type { Identity } from "./arguments.ts";
import { attachSocketPath } from "./attach/attachments.ts";
import { readExitRecord } from "./exit-record.ts";
import { CliDriver, readPidFile } from "./oci/cli-driver.ts";
import { readOptions, runtimeRootDir } from "./oci/options.ts";
import { isAlive, removeDeadSocket } from "./socket.ts";

/** Of the 5 s that the manager waits. Milliseconds. */
const RUNTIME_BUDGET_MS = 3_500;
const SERVER_BUDGET_MS = 500;

const DEFAULT_BINARY = "runc";

/** What the wire says when nobody knows how a process ended: as if killed, which is what Go's shim says too. */
const KILLED = 137;

// Where these have no directory for a container, they do not know it: asking them costs more than all the rest.
const KEEPS_STATE_BY_ID = /^(runc|crun|krun|youki)/;

/** Told about what did not work; must not throw. */
export type OnWarning = (text: string) => void;

/** Cleans up and answers an encoded DeleteResponse. */
export async function deleteOffline(
  command: Identity & { readonly bundleDir: string | undefined },
  onWarning: OnWarning,
): Promise<Uint8Array> {
  const { id, namespace } = command;
  const bundleDir = command.bundleDir ?? siblingBundle(id);
  const attempt = async (what: string, step: () => Promise<void>): Promise<void> => {
    try {
      await step();
    } catch (caught) {
      onWarning(`delete "${id}": ${what}: ${HawserError.from(caught).message}; continuing`);
    }
  };
  await attempt("delete from the runtime", () => deleteFromRuntime(id, namespace, bundleDir, onWarning));
  const before = await settle(() => lastWordOfServer(bundleDir, id), onWarning);
  await attempt("unmount", async () => {
    for (const target of await unmountAll(bundleFile(bundleDir, BundleFile.rootfs)))
      onWarning(`delete "${id}": busy, only detached: ${target}`);
  });
  await attempt("remove socket", async () => {
    const socketPath = socketOf(bundleDir);
    if (socketPath === undefined) return;
    // A shim that lives serves both.
    await removeDeadSocket(socketPath);
    await removeDeadSocket(attachSocketPath(socketPath));
  });
  return before ?? answer(id, bundleDir, onWarning);
}

function siblingBundle(id: string): string {
  return join(dirname(process.cwd()), id);
}

function answer(id: string, bundleDir: string, onWarning: OnWarning): Uint8Array {
  const found = readExitRecord({ bundleDir });
  const record = found.value?.containerId === id ? found.value : undefined;
  if (record !== undefined && !record.isUnknown) {
    const { pid, exitStatus, exitedAt } = record;
    return DeleteResponse.encode({ pid, exitStatus, exitedAt: fromDate(exitedAt) });
  }
  const pid = readPidFile(bundleFile(bundleDir, BundleFile.initPid)) ?? 0;
  // The wire has no word for it; here it is said.
  if (pid !== 0) onWarning(`delete "${id}": exit status of process ${pid} is unknown, answering ${KILLED}`);
  return DeleteResponse.encode({ pid, exitStatus: KILLED, exitedAt: fromDate(new Date()) });
}

async function deleteFromRuntime(
  id: string,
  namespace: string,
  bundleDir: string,
  onWarning: OnWarning,
): Promise<void> {
  const options = await settle(async () => readOptions(bundleDir), onWarning);
  const binary = readText(bundleFile(bundleDir, BundleFile.runtime)) || options?.binaryName || DEFAULT_BINARY;
  const rootDir = runtimeRootDir(options, namespace);
  if (KEEPS_STATE_BY_ID.test(basename(binary)) && !existsSync(join(rootDir, id))) return;
  const driver = new CliDriver({
    binary,
    rootDir,
    // Where its log goes; a bundle that is gone cannot take it.
    bundleDir: existsSync(bundleDir) ? bundleDir : rootDir,
    hasSystemdCgroup: options?.systemdCgroup,
  });
  await driver.delete(id, { force: true }, { signal: AbortSignal.timeout(RUNTIME_BUDGET_MS) });
}

/**
 * A server that still lives is told to forget the container, which is ending just now, and to end when that was its
 * last one: it knows the true exit. Undefined when there is no server, or none that knows the container.
 */
async function lastWordOfServer(bundleDir: string, id: string): Promise<Uint8Array | undefined> {
  const socketPath = socketOf(bundleDir);
  if (socketPath === undefined || !existsSync(socketPath) || !(await isAlive(socketPath))) return undefined;
  const { sayGoodbye } = await import("./goodbye.ts");
  return await sayGoodbye(socketPath, id, AbortSignal.timeout(SERVER_BUDGET_MS));
}

function socketOf(bundleDir: string): string | undefined {
  const text = readText(bundleFile(bundleDir, BundleFile.address));
  if (text === undefined || text === "") return undefined;
  const address = parseAddress(text);
  if (address.kind !== "path") return undefined;
  const found = lstatSync(address.name, { throwIfNoEntry: false });
  return found === undefined || found.isSocket() ? address.name : undefined;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (caught) {
    if (isErrno(caught, "ENOENT") || isErrno(caught, "ENOTDIR")) return undefined;
    throw caught;
  }
}

async function settle<T>(step: () => Promise<T>, onWarning: OnWarning): Promise<T | undefined> {
  try {
    return await step();
  } catch (caught) {
    onWarning(`delete: ${HawserError.from(caught).message}; continuing`);
    return undefined;
  }
}
