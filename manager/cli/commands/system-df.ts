// `hawser system df`: where the room goes, of this namespace.
import { isErrno, isNotFound } from "../../../proto/errors.ts";
import type { Descriptor } from "../../../proto/gen/descriptor.ts";
import type { Client } from "../../client/client.ts";
import type { Image } from "../../client/image.ts";
import { DEFAULT_SNAPSHOTTER, type Snapshot } from "../../client/snapshots.ts";
import { Layout } from "../../layout.ts";
import { measureTree } from "../../trees/measure-tree.ts";
import { boundedMap } from "../bounded-map.ts";
import type { Cli, DefineCommand, Example } from "../cli.ts";
import { type ContainerRow, listContainerRows } from "../container-row.ts";
import { type Field, FORMAT_HELP, type Format, parseFormat, printRows } from "../format.ts";
import { listImageRows } from "../image-row.ts";
import { formatSize } from "../size-text.ts";
import { snapshotSizesOf } from "../snapshot-size.ts";

export const examples: readonly Example[] = [
  ["system df", "images, unpacked layers, containers and their logs"],
];

/** A kind of thing. */
interface Row {
  readonly type: string;
  readonly total: number;
  /** Those that containers use; undefined where that is no question. */
  readonly active: number | undefined;
  readonly sizeBytes: bigint;
  /** Of those that are not used. */
  readonly reclaimableBytes: bigint;
}

const fields: readonly Field<Row>[] = [
  { name: "Type", title: "TYPE", of: ({ type }) => type },
  { name: "TotalCount", title: "TOTAL", of: ({ total }) => total },
  { name: "Active", title: "ACTIVE", of: ({ active }) => active ?? "-" },
  { name: "Size", title: "SIZE", of: ({ sizeBytes }) => formatSize(sizeBytes) },
  { name: "Reclaimable", title: "RECLAIMABLE", of: reclaimableText },
];

export const define: DefineCommand = (command, cli) => {
  command
    .description(
      "Shows where the room goes, of this namespace: images as they are stored, their layers as they are unpacked, what containers " +
        "have written, and their logs. What several images share is counted once.",
    )
    .option("--format <format>", FORMAT_HELP, parseFormat)
    .action(async ({ format }: { format: Format | undefined }) => {
      const columns = fields.map(({ name }) => name);
      await printRows(cli.out, await measure(cli), { fields, columns, format });
    });
};

async function measure(cli: Cli): Promise<Row[]> {
  const { signal } = cli;
  const client = await cli.client();
  const containers = await listContainerRows(client, { signal });
  return [
    await measureImages(client, containers, signal),
    await measureLayers(client, containers, signal),
    await measureContainers(client, containers, signal),
    ...(await measureLogs(client.namespace, containers, cli)),
  ];
}

async function measureImages(
  client: Client,
  containers: readonly ContainerRow[],
  signal: AbortSignal,
): Promise<Row> {
  const rows = await listImageRows(client, { signal });
  const used = new Set(containers.map(({ image }) => image));
  const blobs = new Map<string, { readonly size: bigint; readonly isUsed: boolean }>();
  await boundedMap(rows, async ({ image, name }) => {
    for (const { digest, size } of await blobsOf(image, signal)) {
      blobs.set(digest, { size, isUsed: blobs.get(digest)?.isUsed === true || used.has(name) });
    }
  });
  const sizes = [...blobs.values()];
  return {
    type: "Images",
    total: rows.length,
    active: rows.filter(({ name }) => used.has(name)).length,
    sizeBytes: sum(sizes.map(({ size }) => size)),
    reclaimableBytes: sum(sizes.filter(({ isUsed }) => !isUsed).map(({ size }) => size)),
  };
}

// Of this machine's platform; one that has come without it takes nothing that could be counted here.
async function blobsOf(
  image: Image,
  signal: AbortSignal,
): Promise<readonly Pick<Descriptor, "digest" | "size">[]> {
  try {
    const { config, layers } = await image.manifest({ signal });
    return [image.target, config, ...layers];
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

async function measureLayers(
  client: Client,
  containers: readonly ContainerRow[],
  signal: AbortSignal,
): Promise<Row> {
  const snapshotters = new Set([DEFAULT_SNAPSHOTTER, ...containers.map(({ snapshotter }) => snapshotter)]);
  const layers: { readonly sizeBytes: bigint; readonly isUsed: boolean }[] = [];
  for (const snapshotter of snapshotters) {
    if (snapshotter === "") continue;
    const snapshots = client.snapshots(snapshotter);
    const all = new Map<string, Snapshot>();
    for await (const snapshot of snapshots.list({}, { signal })) all.set(snapshot.name, snapshot);
    const used = new Set<string>();
    for (const { name, kind } of all.values()) {
      if (kind === "committed") continue;
      for (let at = all.get(name); at !== undefined && !used.has(at.name); at = all.get(at.parent))
        used.add(at.name);
    }
    const committed = [...all.values()].filter(({ kind }) => kind === "committed");
    layers.push(
      ...(await boundedMap(committed, async ({ name }) => ({
        sizeBytes: (await snapshots.usage(name, { signal })).sizeBytes,
        isUsed: used.has(name),
      }))),
    );
  }
  return {
    type: "Unpacked layers",
    total: layers.length,
    active: layers.filter(({ isUsed }) => isUsed).length,
    sizeBytes: sum(layers.map(({ sizeBytes }) => sizeBytes)),
    reclaimableBytes: sum(layers.filter(({ isUsed }) => !isUsed).map(({ sizeBytes }) => sizeBytes)),
  };
}

async function measureContainers(
  client: Client,
  containers: readonly ContainerRow[],
  signal: AbortSignal,
): Promise<Row> {
  const sizes = await snapshotSizesOf(client, containers, signal);
  const total = (rows: readonly ContainerRow[]) =>
    sum(rows.map((row) => sizes.get(row.snapshotKey)?.ownBytes ?? 0n));
  const idle = containers.filter(isIdle);
  return {
    type: "Containers",
    total: containers.length,
    active: containers.length - idle.length,
    sizeBytes: total(containers),
    reclaimableBytes: total(idle),
  };
}

// hawserd has no word for their size: who may read its directory sees it there.
async function measureLogs(namespace: string, containers: readonly ContainerRow[], cli: Cli): Promise<Row[]> {
  const { rootDir, stateDir, address } = await cli.daemon();
  const layout = new Layout({ root: rootDir, state: stateDir, address });
  const sizeOf = ({ id }: ContainerRow) =>
    BigInt(measureTree({ dir: layout.containerDir(namespace, id) }).sizeBytes);
  try {
    return [
      {
        type: "Logs",
        total: containers.length,
        active: undefined,
        sizeBytes: sum(containers.map(sizeOf)),
        reclaimableBytes: sum(containers.filter(isIdle).map(sizeOf)),
      },
    ];
  } catch (error) {
    if (isErrno(error, "EACCES")) return [];
    throw error;
  }
}

function isIdle({ state }: ContainerRow): boolean {
  return state === "created" || state === "exited";
}

function reclaimableText({ sizeBytes, reclaimableBytes }: Row): string {
  const percent = sizeBytes === 0n ? 0n : (reclaimableBytes * 100n) / sizeBytes;
  return `${formatSize(reclaimableBytes)} (${percent}%)`;
}

function sum(sizes: readonly bigint[]): bigint {
  return sizes.reduce((total, size) => total + size, 0n);
}
