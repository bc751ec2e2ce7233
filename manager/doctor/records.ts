// What the records of a manager say is owned: read from its databases, whether or not it runs, and never written. A database
// that is not there owns nothing, and then nothing that it would own is judged; one that cannot be read is an error.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { posix } from "node:path";
import { parse } from "smol-toml";
import { is, unpack } from "../../proto/any.ts";
import type { Any } from "../../proto/gen/any.ts";
import { Container } from "../../proto/gen/containers.ts";
import { Options } from "../../proto/gen/runc-options.ts";
import { Options as GenericOptions } from "../../proto/gen/runtime-options.ts";
import type { Layout } from "../layout.ts";
import { Database } from "../metadata/database.ts";
import { INGEST_RESOURCE } from "../metadata/leases.ts";
import { METADATA_SCHEMA } from "../metadata/schema.ts";
import { RUNTIME_SCHEMA } from "../runtime/runtime-schema.ts";
import type { Facts, TaskFact } from "./facts.ts";
import type { NamedCgroup } from "./find-cgroups.ts";

/** Where shims listen that are not told where, containerd's and ours. */
const SHARED_SOCKET_DIR = "/run/containerd/s";

/** What is owned, and what the records of containers name that may be left of them. */
export interface Records {
  readonly owned: Facts["owned"];
  readonly containers: readonly NamedCgroup[];
  /** Where OCI runtimes keep the state of these containers, other than the usual place. */
  readonly runtimeRoots: readonly string[];
  /** Where shims of tasks listen, and where one of a container without a task may have listened. */
  readonly shimSockets: readonly string[];
}

/** Reads both databases. Throws what opening one throws. */
export function readRecords(layout: Layout): Records {
  const rows = existsSync(layout.runtimePath) ? readTasks(layout.runtimePath) : [];
  const tasks = rows.map((row) => row.task);
  const shimSockets = rows.flatMap(({ address }) =>
    address.startsWith("unix:///") ? [address.slice("unix://".length)] : [],
  );
  if (!existsSync(layout.metadataPath)) {
    const nothing = new Set<string>();
    const owned = {
      ...{ tasks, containers: undefined, digests: undefined, snapshots: undefined },
      ...{ leases: nothing, leasedIngests: nothing },
    };
    return { owned, containers: [], runtimeRoots: [], shimSockets };
  }
  using database = Database.openReadOnly(layout.metadataPath, METADATA_SCHEMA);
  const setOf = (sql: string) =>
    new Set(
      database
        .statement<{ name: string }>(sql)
        .all()
        .map((row) => row.name),
    );
  const containers = readContainers(database);
  const names = containers.map((one) => one.named);
  return {
    owned: {
      tasks,
      containers: new Set(names.map(({ namespace, id }) => `${namespace}/${id}`)),
      digests: setOf("SELECT DISTINCT digest AS name FROM content"),
      snapshots: setOf("SELECT snapshotter || '/' || storage_id AS name FROM snapshots"),
      leases: setOf("SELECT namespace || '/' || id AS name FROM leases"),
      leasedIngests: setOf(
        `SELECT namespace || '/' || id AS name FROM lease_resources WHERE type = '${INGEST_RESOURCE}'`,
      ),
    },
    containers: names,
    runtimeRoots: containers.flatMap((one) => (one.runtimeRoot === "" ? [] : [one.runtimeRoot])),
    shimSockets: [...shimSockets, ...names.map((name) => sharedSocketOf(layout.address, name))],
  };
}

/**
 * The socket of a container's shim in the directory that shims of all managers share: its name is a digest of the manager's
 * address and the container's name, so one that has it is ours, and what has another nobody can tell.
 */
export function sharedSocketOf(
  address: string,
  { namespace, id }: { namespace: string; id: string },
): string {
  const name = createHash("sha256")
    .update(posix.join(address, namespace, id))
    .digest("hex");
  return `${SHARED_SOCKET_DIR}/${name}`;
}

function readTasks(path: string): { task: TaskFact; address: string }[] {
  using database = Database.openReadOnly(path, RUNTIME_SCHEMA);
  const pids = new Map<string, number[]>();
  const processes = database.statement<{ name: string; pid: number }>(
    "SELECT namespace || '/' || container_id AS name, pid FROM processes WHERE pid > 0",
  );
  for (const { name, pid } of processes.all()) pids.set(name, [...(pids.get(name) ?? []), pid]);
  const tasks = database.statement<{ namespace: string; id: string; address: string; shim_pid: number }>(
    "SELECT namespace, id, address, shim_pid FROM tasks",
  );
  return tasks.all().map(({ namespace, id, address, shim_pid }) => {
    const known = [...(pids.get(`${namespace}/${id}`) ?? []), ...(shim_pid > 0 ? [shim_pid] : [])];
    return { task: { namespace, id, pids: known }, address };
  });
}

function readContainers(database: Database): { named: NamedCgroup; runtimeRoot: string }[] {
  const rows = database.statement<{ namespace: string; record: Uint8Array }>(
    "SELECT namespace, record FROM containers",
  );
  return rows.all().map(({ namespace, record }) => {
    const { id, spec, runtime } = Container.decode(record);
    const runtimeRoot = runtimeRootOf(runtime?.options);
    return { named: { namespace, id, cgroupsPath: cgroupsPathOf(spec?.value) }, runtimeRoot };
  });
}

// Where nothing can be read, the container could not be made with it either.
function runtimeRootOf(options: Any | undefined): string {
  try {
    if (options === undefined) return "";
    if (is(options, Options)) return unpack(options, Options).root;
    if (!is(options, GenericOptions)) return "";
    const root = parse(Buffer.from(unpack(options, GenericOptions).configBody).toString())["Root"];
    return typeof root === "string" ? root : "";
  } catch {
    return "";
  }
}

// systemd's notation (slice:prefix:name) names no path that we know how to find.
function cgroupsPathOf(spec: Uint8Array | undefined): string | undefined {
  try {
    const parsed = JSON.parse(Buffer.from(spec ?? []).toString()) as {
      linux?: { cgroupsPath?: unknown };
    } | null;
    const path = parsed?.linux?.cgroupsPath;
    return typeof path === "string" && path !== "" && !path.includes(":") ? path : undefined;
  } catch {
    return undefined;
  }
}
