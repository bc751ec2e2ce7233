// Removing what nobody uses: containers that do not run, and images that no container was made from. What begins to be used
// meanwhile stays, and is no error.
import { isFailedPrecondition, isNotFound } from "../../proto/errors.ts";
import type { Client } from "../client/client.ts";
import { boundedMap } from "./bounded-map.ts";
import { clearTask } from "./clear-task.ts";
import type { ContainerRow } from "./container-row.ts";
import { listContainerRows } from "./container-row.ts";
import { removeNames } from "./image-removal.ts";
import type { ImageRow } from "./image-row.ts";
import { listImageRows } from "./image-row.ts";
import { snapshotSizesOf } from "./snapshot-size.ts";

/** What has gone. */
export interface Pruned {
  /** Ids of containers, or names of images. */
  readonly names: readonly string[];
  readonly reclaimedBytes: bigint;
}

/** Removes containers that do not run and that `isMeant` picks. */
export async function pruneContainers(
  client: Client,
  isMeant: (row: ContainerRow) => boolean,
  signal: AbortSignal,
): Promise<Pruned> {
  const rows = await listContainerRows(client, { signal });
  const idle = rows.filter((row) => (row.state === "created" || row.state === "exited") && isMeant(row));
  const sizes = await snapshotSizesOf(client, idle, signal);
  const gone = await boundedMap(
    idle,
    async (row) => await unlessUsed(() => removeContainer(client, row.id, signal)),
  );
  const removed = idle.filter((_, at) => gone[at]);
  const reclaimedBytes = removed.reduce((sum, row) => sum + (sizes.get(row.snapshotKey)?.ownBytes ?? 0n), 0n);
  return { names: removed.map(({ id }) => id), reclaimedBytes };
}

/** Removes images that no container was made from and that `isMeant` picks. */
export async function pruneImages(
  client: Client,
  isMeant: (row: ImageRow) => boolean,
  signal: AbortSignal,
): Promise<Pruned> {
  const rows = await listImageRows(client, { withSizes: true, signal });
  const containers = await listContainerRows(client, { signal });
  const used = new Set(containers.map(({ image }) => image));
  const usedDigests = new Set(rows.filter(({ name }) => used.has(name)).map(({ digest }) => digest));
  const names: string[] = [];
  let reclaimedBytes = 0n;
  for (const row of rows) {
    if (used.has(row.name) || usedDigests.has(row.digest) || !isMeant(row)) continue;
    const hasGone = await unlessUsed(async () => {
      const { deleted } = await removeNames(client, [row.image], { force: false, signal });
      if (deleted !== undefined) reclaimedBytes += row.sizeBytes ?? 0n;
    });
    if (hasGone) names.push(row.name);
  }
  return { names, reclaimedBytes };
}

async function removeContainer(client: Client, id: string, signal: AbortSignal): Promise<void> {
  const container = await client.containers.get(id, { signal });
  await clearTask(container, signal);
  await container.delete({ signal });
}

async function unlessUsed(body: () => Promise<void>): Promise<boolean> {
  try {
    await body();
    return true;
  } catch (error) {
    if (isFailedPrecondition(error) || isNotFound(error)) return false;
    throw error;
  }
}
