// The files of a container, for whoever copies them: what its process sees (volumes and all) while it has one, its snapshot when it
// has none.
import { constants } from "node:fs";
import { Code, HawserError, isNotFound } from "../../proto/errors.ts";
import { OwnedFd } from "../../sys/fd.ts";
import type { Client } from "../client/client.ts";
import type { CallOptions } from "../client/connection.ts";
import type { Container } from "../client/container.ts";
import type { TreePlace } from "./tree-process.ts";

const { O_DIRECTORY } = constants;
const O_PATH = 0o10000000;

/** A place that may hold a descriptor; disposing of it closes that. */
export interface ContainerPlace extends Disposable {
  readonly place: TreePlace;
}

/** Opens it. Throws NotFound for a container that is gone, FailedPrecondition for one that has no files that could be found. */
export async function openContainerPlace(
  client: Client,
  container: Container,
  options: CallOptions = {},
): Promise<ContainerPlace> {
  const fd = await openRoot(container, options);
  if (fd !== undefined) {
    return { place: { kind: "directory", fd }, [Symbol.dispose]: () => fd[Symbol.dispose]() };
  }
  const { snapshotter, snapshotKey } = await container.info(options);
  if (snapshotKey === "") {
    const reason = "it does not run and has no snapshot; start it first";
    throw new HawserError(Code.FailedPrecondition, `copy files of container "${container.id}": ${reason}`);
  }
  const mounts = await client.snapshots(snapshotter).mounts(snapshotKey, options);
  return { place: { kind: "mounts", mounts }, [Symbol.dispose]: () => undefined };
}

// A pid may be another process's by the time it is looked up: what was opened counts when the container has it still.
async function openRoot(container: Container, options: CallOptions): Promise<OwnedFd | undefined> {
  const pid = await livingPid(container, options);
  if (pid === undefined) return undefined;
  let root: OwnedFd;
  try {
    root = OwnedFd.open(`/proc/${pid}/root`, O_PATH | O_DIRECTORY);
  } catch {
    return undefined; // it has just ended
  }
  if ((await livingPid(container, options)) === pid) return root;
  root[Symbol.dispose]();
  return undefined;
}

async function livingPid(container: Container, options: CallOptions): Promise<number | undefined> {
  try {
    await using task = await container.task(options);
    const { status, pid } = await task.state(options);
    return status === "stopped" || status === "unknown" || pid === 0 ? undefined : pid;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
