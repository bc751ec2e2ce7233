// How much room the file systems of containers take: what each has written itself, and what it shares with its image. Asked for
// few at a time: the daemon walks directories for an answer.
import { isNotFound } from "../../proto/errors.ts";
import type { Client } from "../client/client.ts";
import { boundedMap } from "./bounded-map.ts";

/** A size in two parts. */
export interface SnapshotSize {
  /** Of its own. Bytes. */
  readonly ownBytes: bigint;
  /** With everything below. Bytes. */
  readonly totalBytes: bigint;
}

/** Asked for at the same time. */
const AT_ONCE = 4;

// Those that are gone meanwhile are left out.
async function snapshotSizes(
  client: Client,
  snapshotter: string,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, SnapshotSize>> {
  const snapshots = client.snapshots(snapshotter);
  const parents = new Map<string, string>();
  for await (const { name, parent } of snapshots.list({}, { signal })) parents.set(name, parent);
  const usages = new Map<string, Promise<bigint>>();
  const usage = (name: string): Promise<bigint> => {
    const known = usages.get(name) ?? snapshots.usage(name, { signal }).then(({ sizeBytes }) => sizeBytes);
    usages.set(name, known);
    return known;
  };
  const sizes = new Map<string, SnapshotSize>();
  const measure = async (key: string): Promise<void> => {
    const ownBytes = await usage(key);
    let totalBytes = ownBytes;
    for (let at = parents.get(key); at !== undefined && at !== ""; at = parents.get(at))
      totalBytes += await usage(at);
    sizes.set(key, { ownBytes, totalBytes });
  };
  const unlessGone = async (key: string): Promise<void> => {
    try {
      await measure(key);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  };
  await boundedMap(keys, unlessGone, AT_ONCE);
  return sizes;
}

/** Sizes of the snapshots of containers, by their keys; containers without one have none. */
export async function snapshotSizesOf(
  client: Client,
  rows: readonly { readonly snapshotter: string; readonly snapshotKey: string }[],
  signal: AbortSignal,
): Promise<Map<string, SnapshotSize>> {
  const all = new Map<string, SnapshotSize>();
  const withSnapshot = rows.filter(({ snapshotKey }) => snapshotKey !== "");
  for (const [snapshotter, group] of Map.groupBy(withSnapshot, (row) => row.snapshotter)) {
    const keys = group.map(({ snapshotKey }) => snapshotKey);
    for (const [key, size] of await snapshotSizes(client, snapshotter, keys, signal)) all.set(key, size);
  }
  return all;
}
