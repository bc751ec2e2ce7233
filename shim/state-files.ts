// What `delete` and a successor of this shim need to take a container over, in one small file of its bundle.
// Always true: the file is there whole or not at all; who takes over trusts a pid only together with its start time.
// A field that this version does not know survives a rewrite, so that an older successor does not rob a newer one;
// what would be misread must raise the version, and a file of another version is not read at all.
// Knows nothing about options.json, runtime and address: they are containerd's, and written for its own tools.
import { BundleFile, bundleFile } from "../proto/bundle-files.ts";
import { writeFileAtomic } from "../sys/atomic-file.ts";
import {
  booleanAt,
  type Found,
  isObject,
  type JsonObject,
  naturalAt,
  readJsonFile,
  stringAt,
  ticksAt,
} from "./json-file.ts";

const VERSION = 1;

/** A process that cannot be mistaken for a later one with its pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Of /proc/<pid>/stat: clock ticks since boot. */
  readonly startTime: bigint;
}

/** Where a process's stdio goes, as Create or Exec said; empty: nowhere. */
export interface StdioState {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly isTerminal: boolean;
}

export interface ExecState {
  readonly execId: string;
  readonly stdio: StdioState;
  /** Absent until it was started. */
  readonly process?: ProcessIdentity | undefined;
}

/** Everything about one container that is not in the OCI runtime's own state. */
export interface ContainerState {
  readonly containerId: string;
  readonly namespace: string;
  readonly bundleDir: string;
  /** Where the shim serves. */
  readonly socketAddress: string;
  readonly stdio: StdioState;
  /** Absent until Create has run. */
  readonly init?: ProcessIdentity | undefined;
  readonly execs: readonly ExecState[];
  readonly runtime: { readonly binary: string; readonly root: string };
  /** What we mounted, in that order: unmount in the reverse one. */
  readonly rootfsMounts: readonly string[];
  /** Directories by controller; version 2 is "". */
  readonly cgroups: Readonly<Record<string, string>>;
}

/** The file of one container; remembers what it read and did not understand. */
export class StateFile {
  readonly #path: string;
  #unknown: JsonObject = {};
  #written = "";

  constructor(bundleDir: string) {
    this.#path = bundleFile(bundleDir, BundleFile.state);
  }

  /** The state that was written last, by whomever; or why it cannot be known. */
  read(): Found<ContainerState> {
    return readJsonFile(this.#path, VERSION, (object) => {
      const state = parse(object);
      const known = new Set(Object.keys(toJson(state)));
      this.#unknown = Object.fromEntries(Object.entries(object).filter(([key]) => !known.has(key)));
      return state;
    });
  }

  /** Writes the state; nothing when it is what was written last. Throws the system's error (ENOSPC…). */
  write(state: ContainerState): void {
    const text = `${JSON.stringify({ ...this.#unknown, ...toJson(state) })}\n`;
    if (text === this.#written) return;
    writeFileAtomic(this.#path, text);
    this.#written = text;
  }
}

function toJson(state: ContainerState): JsonObject {
  return {
    version: VERSION,
    containerId: state.containerId,
    namespace: state.namespace,
    bundleDir: state.bundleDir,
    socketAddress: state.socketAddress,
    stdio: state.stdio,
    init: identityToJson(state.init),
    execs: state.execs.map(({ execId, stdio, process }) => ({
      execId,
      stdio,
      process: identityToJson(process),
    })),
    runtime: { binary: state.runtime.binary, root: state.runtime.root },
    rootfsMounts: state.rootfsMounts,
    cgroups: state.cgroups,
  };
}

function identityToJson(identity: ProcessIdentity | undefined): JsonObject | undefined {
  return identity && { pid: identity.pid, startTime: identity.startTime.toString() };
}

function parse(object: JsonObject): ContainerState {
  const runtime = objectAt(object, "runtime");
  return {
    containerId: stringAt(object, "containerId"),
    namespace: stringAt(object, "namespace"),
    bundleDir: stringAt(object, "bundleDir"),
    socketAddress: stringAt(object, "socketAddress"),
    stdio: parseStdio(objectAt(object, "stdio")),
    init: parseIdentity(object, "init"),
    execs: listAt(object, "execs").map((item) => {
      if (!isObject(item)) throw new Error("an exec is not an object");
      return {
        execId: stringAt(item, "execId"),
        stdio: parseStdio(objectAt(item, "stdio")),
        process: parseIdentity(item, "process"),
      };
    }),
    runtime: { binary: stringAt(runtime, "binary"), root: stringAt(runtime, "root") },
    rootfsMounts: listAt(object, "rootfsMounts").map((item) => {
      if (typeof item !== "string") throw new Error("a rootfs mount is not a string");
      return item;
    }),
    cgroups: parseCgroups(objectAt(object, "cgroups")),
  };
}

function parseStdio(object: JsonObject): StdioState {
  return {
    stdin: stringAt(object, "stdin"),
    stdout: stringAt(object, "stdout"),
    stderr: stringAt(object, "stderr"),
    isTerminal: booleanAt(object, "isTerminal"),
  };
}

function parseIdentity(parent: JsonObject, key: string): ProcessIdentity | undefined {
  if (parent[key] === undefined) return undefined;
  const object = objectAt(parent, key);
  return { pid: naturalAt(object, "pid"), startTime: ticksAt(object, "startTime") };
}

function parseCgroups(object: JsonObject): Record<string, string> {
  return Object.fromEntries(
    Object.keys(object).map((controller) => [controller, stringAt(object, controller)]),
  );
}

function objectAt(parent: JsonObject, key: string): JsonObject {
  const value = parent[key];
  if (!isObject(value)) throw new Error(`${key} is not an object`);
  return value;
}

function listAt(parent: JsonObject, key: string): readonly unknown[] {
  const value = parent[key];
  if (!Array.isArray(value)) throw new Error(`${key} is not a list`);
  return value;
}
