// The containers of a namespace with their processes, as `hawser ps` and its like want them: records from one list, processes from
// another, put together here. Nothing asks a shim.
// The specification of a container is the larger part of its record: it is kept only for those who look into it.
import { unpackJson } from "../../proto/any.ts";
import { type Container as ContainerRecord, Containers } from "../../proto/gen/containers.ts";
import { toDate } from "../../proto/timestamp.ts";
import type { Client } from "../client/client.ts";
import type { ListedProcess, ListedState } from "../client/processes.ts";
import { NAME_LABEL } from "../labels.ts";
import type { OciSpec } from "../oci/spec.ts";

/** What a container does, in docker's words. */
export type ContainerState = "created" | "running" | "paused" | "restarting" | "exited" | "unknown";

/** A container. */
export interface ContainerRow {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Full name of the image; empty for none. */
  readonly image: string;
  readonly runtime: string;
  readonly snapshotter: string;
  readonly snapshotKey: string;
  readonly createdAt: Date | undefined;
  readonly state: ContainerState;
  /** Its init process, living or ended; undefined when none was ever made. */
  readonly process: ListedProcess | undefined;
  /** Undefined when it was not asked for, and for one that cannot be read. */
  readonly spec: OciSpec | undefined;
}

/** Which containers, and how much of them. */
export interface ContainerRowOptions {
  /** Only those whose process runs, is frozen, or is about to be started again. */
  readonly onlyRunning?: boolean;
  readonly withSpec?: boolean;
  readonly signal?: AbortSignal;
}

/** Up to so many ids are asked for by name; beyond, reading all is less work. */
const MAX_ASKED = 200;

/** What the state of a container's process means for the container. */
function stateOf(process: ListedState | undefined): ContainerState {
  if (process === "stopped") return "exited";
  return process ?? "created";
}

/** Containers in these states are listed without --all. */
const RUNNING: ReadonlySet<ContainerState> = new Set(["running", "paused", "restarting", "unknown"]);

/** Lists them, the newest first. */
export async function listContainerRows(
  client: Client,
  { onlyRunning = false, withSpec = false, signal }: ContainerRowOptions = {},
): Promise<ContainerRow[]> {
  const processes = await client.processes({ signal });
  const byId = new Map(processes.map((process) => [process.containerId, process]));
  const isWanted = (state: ContainerState) => !onlyRunning || RUNNING.has(state);
  const running = processes.filter(({ state }) => isWanted(stateOf(state)));
  if (onlyRunning && running.length === 0) return [];
  const filters =
    onlyRunning && running.length <= MAX_ASKED
      ? running.map(({ containerId }) => `id==${JSON.stringify(containerId)}`)
      : [];
  const rows: ContainerRow[] = [];
  for await (const { container } of client.service(Containers).listStream({ filters }, { signal })) {
    if (container === undefined) continue;
    const row = rowOf(container, byId.get(container.id), withSpec);
    if (isWanted(row.state)) rows.push(row);
  }
  return rows.sort((a, b) => timeOf(b) - timeOf(a) || (a.id < b.id ? -1 : 1));
}

/** Puts a record and a process together. */
export function rowOf(
  record: ContainerRecord,
  process: ListedProcess | undefined,
  withSpec: boolean,
): ContainerRow {
  const { id, labels, image, runtime, snapshotter, snapshotKey, createdAt } = record;
  return {
    id,
    name: labels[NAME_LABEL] ?? labels["nerdctl/name"] ?? id,
    labels,
    image,
    runtime: runtime?.name ?? "",
    snapshotter,
    snapshotKey,
    createdAt: toDate(createdAt),
    state: stateOf(process?.state),
    process,
    spec: withSpec ? specOf(record) : undefined,
  };
}

// Another client may have stored what is no specification of ours: one such container must not hide the others.
function specOf({ spec }: ContainerRecord): OciSpec | undefined {
  try {
    return spec === undefined ? undefined : (unpackJson(spec) as OciSpec);
  } catch {
    return undefined;
  }
}

function timeOf({ createdAt }: ContainerRow): number {
  return createdAt?.getTime() ?? 0;
}
