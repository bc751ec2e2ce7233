// Where a shim's socket is, from names alone. Pure. The path is containerd's: whoever knows a manager's address, a
// namespace and a group finds the shim, which is how the second container of a pod finds that of the first.
import { posix } from "node:path";
import { Code, HawserError, messageOf } from "../proto/errors.ts";
import { sha256Hex } from "./sha256.ts";

/** containerd refuses longer ones; the kernel would take one more. */
export const MAX_SOCKET_PATH_BYTES = 106;

const DEFAULT_DIR = "/run/containerd/s";

/** What the choice of a directory depends on. */
export interface SocketDirContext {
  /** Of the BootstrapParams: the manager's word is the last. */
  readonly socketDir: string | undefined;
  /** SHIM_SOCKET_DIR: our own override. */
  readonly configuredDir: string | undefined;
  readonly uid: number;
  readonly xdgRuntimeDir: string | undefined;
  /** Asks whether a directory exists and can be written. */
  readonly isWritable: (dir: string) => boolean;
}

/** The directory for sockets. Throws InvalidArgument when it is given and is not absolute. */
export function socketDir(context: SocketDirContext): string {
  const given = context.socketDir || context.configuredDir;
  if (given) {
    if (!given.startsWith("/")) {
      throw new HawserError(Code.InvalidArgument, `socket directory "${given}": the path is not absolute`);
    }
    return posix.normalize(given).replace(/(?<=.)\/$/, "");
  }
  if (context.uid === 0) return DEFAULT_DIR;
  if (context.xdgRuntimeDir?.startsWith("/")) return posix.join(context.xdgRuntimeDir, "containerd/s");
  const runDir = `/run/${context.uid}`;
  return context.isWritable(runDir) ? `${runDir}/containerd/s` : `/tmp/containerd-s-${context.uid}`;
}

/**
 * The path of the socket of a group. Throws InvalidArgument when it is longer than a socket's path can be, and for a group
 * that climbs out of its namespace.
 */
export function socketPathOf(dir: string, grpcAddress: string, namespace: string, groupId: string): string {
  // The join takes ".." for what it is, and an annotation is a user's: it would name the shim of another namespace.
  if (groupId.split("/").includes("..")) {
    throw new HawserError(Code.InvalidArgument, `group "${groupId}": it leaves the namespace`);
  }
  const path = `${dir}/${sha256Hex(posix.join(grpcAddress, namespace, groupId))}`;
  const sizeBytes = Buffer.byteLength(path);
  if (sizeBytes <= MAX_SOCKET_PATH_BYTES) return path;
  throw new HawserError(
    Code.InvalidArgument,
    `socket path "${path}": ${sizeBytes} bytes, and a socket's path has at most ${MAX_SOCKET_PATH_BYTES}; ` +
      `choose a directory of at most ${MAX_SOCKET_PATH_BYTES - 65} bytes`,
  );
}

const GROUP_ANNOTATIONS = ["io.containerd.runc.v2.group", "io.kubernetes.cri.sandbox-id"] as const;

/**
 * The group that a container belongs to: containers of one group share a shim. From annotations of its config.json, else
 * it is a group by itself. A config without annotations, or an empty one as sandboxes have, is fine; one that is no JSON
 * throws InvalidArgument.
 */
export function groupIdOf(configJson: string, id: string): string {
  let config: unknown;
  try {
    config = configJson.trim() === "" ? undefined : JSON.parse(configJson);
  } catch (caught) {
    const reason = messageOf(caught);
    throw new HawserError(Code.InvalidArgument, `read config.json: ${reason}`, { cause: caught });
  }
  const annotations = field(config, "annotations");
  for (const name of GROUP_ANNOTATIONS) {
    const group = field(annotations, name);
    if (typeof group === "string" && group !== "") return group;
  }
  return id;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
