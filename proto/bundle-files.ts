// The names of the files in a bundle directory: who writes each, and what it holds. Two processes rely on every one
// of them (shim and manager, or shim and OCI runtime), so the names have one home, here.
// Only names: how a file is read or written is the business of whoever does it. A file that its reader misses is
// not an error of this page: older peers do not write all of them.
import { join } from "node:path";
import { validateId } from "./identifiers.ts";

/** File names, relative to the bundle directory. */
export const BundleFile = {
  /** Manager: the container's OCI spec, JSON. A sandbox's may be next to empty. */
  config: "config.json",
  /** Manager: a directory, mode 0711, where Create mounts the rootfs. */
  rootfs: "rootfs",
  /** Manager: a symlink to the container's persistent directory, where criu logs. */
  work: "work",
  /** Manager: a fifo, mode 0700, held open by the manager, which copies what the shim logs to its own log. */
  log: "log",
  /** Manager after `start`, mode 0600: the path of the shim's binary. A later `delete` runs that one. */
  shimBinaryPath: "shim-binary-path",
  /** Manager from containerd 2.0 on, mode 0644: version, address and protocol of the shim, JSON. */
  bootstrap: "bootstrap.json",
  /** Manager from containerd 2.0 on: the id of the sandbox, for its members only. */
  sandbox: "sandbox",
  /** Shim: the address of its socket. Managers read it when there is no bootstrap.json. */
  address: "address",
  /** OCI runtime: pid of init, decimal, without a newline. Pids of execs: `execPidFile`. */
  initPid: "init.pid",
  /** Shim, mode 0600: the containerd.runc.v1.Options of Create, JSON with Go's names. `delete` reads it. */
  options: "options.json",
  /** Shim, mode 0600: name or path of the OCI runtime's binary. `delete` reads it. */
  runtime: "runtime",
  /** OCI runtime: its log, a JSON object a line; the shim takes the texts of errors from it. */
  runtimeLog: "log.json",
  /** Shim of containerd from 2.3 on: a symlink to the directory of its sockets. */
  socketDir: "s",
  /** Our shim, mode 0600: how init ended, JSON; durable before the exit event leaves. Of execs: `execExitRecordFile`. */
  exitRecord: "exit.json",
  /** Our shim, mode 0600: events the manager has not acknowledged. In a pod's shim, for all its containers. */
  events: "events",
  /** Older shims: the shim's pid, decimal. Nobody relies on it. */
  shimPid: "shim.pid",
} as const;

/** The name of a file in a bundle. */
export type BundleFile = (typeof BundleFile)[keyof typeof BundleFile];

/** The path of a file in a bundle. */
export function bundleFile(bundleDir: string, file: BundleFile): string {
  return join(bundleDir, file);
}

/**
 * The path of the file in which the OCI runtime leaves the pid of an exec: `<exec id>.pid`, decimal, without a
 * newline. An exec that is called "init" or "shim" gets a dot in front, where no other id can be: its file would
 * be somebody else's. Throws InvalidArgument for what is not an exec id.
 */
export function execPidFile(bundleDir: string, execId: string): string {
  const name = `${validateId("exec", execId)}.pid`;
  const isTaken = name === BundleFile.initPid || name === BundleFile.shimPid;
  return join(bundleDir, isTaken ? `.${name}` : name);
}

/**
 * The path of the record of how an exec ended: `<exec id>.exit.json`, written by our shim. No exec id makes it
 * `exit.json`, which is init's. Throws InvalidArgument for what is not an exec id.
 */
export function execExitRecordFile(bundleDir: string, execId: string): string {
  return join(bundleDir, `${validateId("exec", execId)}.${BundleFile.exitRecord}`);
}
