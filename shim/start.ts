// `start`: one Node process that answers the manager and then stays as the server. It claims the socket (or finds that the
// group's shim has it), leaves the address where reload looks for it, replies, gives its stdio up, lets the launcher go, and
// only then loads what it takes to serve: the kernel queues the manager's connection meanwhile.
// Always true: the reply is the only thing written to stdout and stderr, and it is written when all of it is true. Whoever
// is not waited for any more removes its socket and goes.
import { lstatSync, readFileSync, renameSync, writeFileSync, writeSync } from "node:fs";
import type { Server } from "node:net";
import { BundleFile, bundleFile } from "../proto/bundle-files.ts";
import { Code, HawserError, isErrno, messageOf } from "../proto/errors.ts";
import type { Identity } from "./arguments.ts";
import { type BootstrapInput, formatReply, isRuntimeOptions, parseBootstrapInput } from "./bootstrap.ts";
import { closeInherited, replaceStdio } from "./inherited-stdio.ts";
import { isWaiting, type Launcher, release } from "./launcher.ts";
import { readInput } from "./manager-input.ts";
import { adjustOomScore, joinCgroup } from "./placement.ts";
import { claimSocket } from "./socket.ts";
import { groupIdOf, socketDir, socketPathOf } from "./socket-address.ts";

/** What `serve` needs to take over. */
export interface StartedServer {
  readonly listener: Server;
  readonly socketPath: string;
  /** Settles when somebody has connected for the first time. */
  readonly visited: Promise<void>;
  readonly ttrpcAddress: string;
  readonly isDebug: boolean;
}

const STDIN = 0;
const STDOUT = 1;

/**
 * Starts the shim of the bundle that is the working directory. Answers what to serve, with stdio given up and the launcher
 * gone; or undefined when another shim of the group serves already. Throws before the reply, and Canceled when nobody
 * waits for it: the socket is removed then.
 */
export async function start(
  identity: Identity,
  launcher: Launcher | undefined,
  env: NodeJS.ProcessEnv = process.env,
): Promise<StartedServer | undefined> {
  closeInherited();
  const input = parseBootstrapInput(readInput(STDIN), identity);
  const bundleDir = process.cwd();
  const groupId = groupIdOf(readConfig(bundleDir), identity.id);
  const grpcAddress = identity.grpcAddress || input.grpcAddress || "";
  const socketPath = socketPathOf(dirOf(input, env), grpcAddress, identity.namespace, groupId);
  const address = `unix://${socketPath}`;
  const reply = formatReply(address, {
    form: input.form,
    maxShimVersion: env["MAX_SHIM_VERSION"],
    configuredVersion: env["HAWSER_SHIM_VERSION"],
  });

  const claim = await claimSocket(socketPath);
  if (claim.kind === "taken") {
    writeAddress(bundleDir, address);
    writeReply(reply);
    return undefined;
  }
  try {
    await place(input, launcher, env);
    writeAddress(bundleDir, address);
    if (launcher !== undefined && !isWaiting(launcher)) throw nobodyWaits();
    writeReply(reply);
    replaceStdio(bundleFile(bundleDir, BundleFile.log));
    if (launcher !== undefined) release(launcher);
  } catch (caught) {
    claim.listener.close();
    throw caught;
  }
  return {
    listener: claim.listener,
    socketPath,
    visited: claim.visited,
    ttrpcAddress: env["TTRPC_ADDRESS"] || input.ttrpcAddress || "",
    isDebug: identity.isDebug || input.isDebug,
  };
}

async function place(
  input: BootstrapInput,
  launcher: Launcher | undefined,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  if (input.options !== undefined && isRuntimeOptions(input.options)) {
    const { decodeOptions } = await import("./oci/options.ts");
    const { shimCgroup } = decodeOptions(input.options);
    if (shimCgroup !== "") joinCgroup(shimCgroup);
  }
  adjustOomScore(launcher?.managerPid ?? process.ppid);
  if (env["SCHED_CORE"] === "1" || env["SCHED_CORE"] === "true") {
    const { createCoreSchedulingGroup } = await import("../sys/prctl.ts");
    const { leaveSession } = await import("./session.ts");
    // The cookie is for a process group, and the launcher's is the manager's to signal.
    leaveSession();
    try {
      createCoreSchedulingGroup();
    } catch (caught) {
      const message = `set SCHED_CORE: this kernel or machine has no core scheduling: ${messageOf(caught)}`;
      throw new HawserError(Code.FailedPrecondition, message, { cause: caught });
    }
  }
}

function dirOf(input: BootstrapInput, env: NodeJS.ProcessEnv): string {
  return socketDir({
    socketDir: input.socketDir,
    configuredDir: env["SHIM_SOCKET_DIR"],
    uid: process.geteuid?.() ?? 0,
    xdgRuntimeDir: env["XDG_RUNTIME_DIR"],
    isWritable: (dir) => lstatSync(dir, { throwIfNoEntry: false })?.uid === process.geteuid?.(),
  });
}

function readConfig(bundleDir: string): string {
  try {
    return readFileSync(bundleFile(bundleDir, BundleFile.config), "utf8");
  } catch (caught) {
    const reason = isErrno(caught, "ENOENT") ? "there is no such file" : messageOf(caught);
    const message = `read config.json in "${bundleDir}": ${reason}`;
    throw new HawserError(Code.InvalidArgument, message, { cause: caught });
  }
}

// Beside and renamed: a manager that reloads reads all of it or none.
function writeAddress(bundleDir: string, address: string): void {
  const path = bundleFile(bundleDir, BundleFile.address);
  const beside = bundleFile(bundleDir, BundleFile.address).replace(/[^/]+$/, ".address");
  try {
    writeFileSync(beside, address, { mode: 0o600 });
    renameSync(beside, path);
  } catch (caught) {
    throw new HawserError(Code.Unknown, `write address: ${messageOf(caught)}`, { cause: caught });
  }
}

function writeReply(reply: Uint8Array): void {
  let written = 0;
  try {
    while (written < reply.length) written += writeSync(STDOUT, reply, written);
  } catch (caught) {
    throw new HawserError(Code.Canceled, "start: nobody reads the reply", { cause: caught });
  }
}

function nobodyWaits(): HawserError {
  return new HawserError(Code.Canceled, "start: nobody waits for it any more");
}
