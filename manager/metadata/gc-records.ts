// What the garbage collector reads and drops: the columns of metadata.db that lead from one record to another, without
// decoding a record. Used inside of a transaction only: what was read must still be true when something is dropped.
import type { Database } from "./database.ts";
import { type GcReference, NO_GC_LABELS, readGcLabels } from "./gc-labels.ts";
import type { GcBlob, GcRecords } from "./gc-mark.ts";
import { CONTENT_RESOURCE, IMAGE_RESOURCE, SNAPSHOT_RESOURCE_PREFIX } from "./leases.ts";

interface LabelRow {
  readonly key: string;
  readonly gc_labels: string | null;
}

/** The names of all namespaces. */
export function namespaceNames(database: Database): string[] {
  const sql = "SELECT name FROM namespaces ORDER BY name";
  return database
    .statement<{ name: string }>(sql)
    .all()
    .map((row) => row.name);
}

/** Everything of one namespace. */
export function readGcRecords(database: Database, namespace: string): GcRecords {
  const rows = <Row>(sql: string) => database.statement<Row>(sql).all(namespace);
  const resources = new Map<string, GcReference[]>();
  type ResourceRow = { lease: string; type: string; id: string };
  for (const { lease, type, id } of rows<ResourceRow>(
    "SELECT lease, type, id FROM lease_resources WHERE namespace = ?",
  )) {
    const reference = referenceOf(type, id);
    if (reference === undefined) continue;
    const list = resources.get(lease);
    if (list === undefined) resources.set(lease, [reference]);
    else list.push(reference);
  }
  return {
    leases: rows<LabelRow>("SELECT id AS key, gc_labels FROM leases WHERE namespace = ?").map((row) => ({
      id: row.key,
      labels: readGcLabels(row.gc_labels),
      resources: resources.get(row.key) ?? [],
    })),
    images: rows<LabelRow & { target: string }>(
      "SELECT name AS key, target, gc_labels FROM images WHERE namespace = ?",
    ).map((row) => ({ name: row.key, target: row.target, labels: readGcLabels(row.gc_labels) })),
    containers: rows<LabelRow & { snapshotter: string; snapshot_key: string }>(
      "SELECT id AS key, snapshotter, snapshot_key, gc_labels FROM containers WHERE namespace = ?",
    ).map((row) => ({
      id: row.key,
      snapshot: row.snapshotter === "" ? undefined : `${row.snapshotter}/${row.snapshot_key}`,
      labels: readGcLabels(row.gc_labels),
    })),
    content: readBlobs(database, namespace),
    snapshots: rows<LabelRow & { parent: string | null }>(
      "SELECT s.snapshotter || '/' || s.name AS key, p.snapshotter || '/' || p.name AS parent, s.gc_labels " +
        "FROM snapshots AS s LEFT JOIN snapshots AS p ON p.storage_id = s.parent_id WHERE s.namespace = ?",
    ).map((row) => ({ key: row.key, parent: row.parent ?? undefined, labels: readGcLabels(row.gc_labels) })),
  };
}

// Most blobs are layers, which refer to nothing, and there are many of them. So both queries read an index alone, and the
// digests come as one text: together a quarter of what a row for each costs.
function readBlobs(database: Database, namespace: string): GcBlob[] {
  const labelled = database
    .statement<LabelRow>(
      "SELECT digest AS key, gc_labels FROM content WHERE namespace = ? AND gc_labels IS NOT NULL",
    )
    .all(namespace);
  const labels = new Map(labelled.map((row) => [row.key, readGcLabels(row.gc_labels)]));
  const row = database
    .statement<{ digests: string }>(
      "SELECT json_group_array(digest) AS digests FROM content WHERE namespace = ?",
    )
    .get(namespace);
  const digests = JSON.parse(row?.digests ?? "[]") as string[];
  return digests.map((digest) => ({ digest, labels: labels.get(digest) ?? NO_GC_LABELS }));
}

function referenceOf(type: string, id: string): GcReference | undefined {
  if (type === CONTENT_RESOURCE) return { kind: "content", key: id };
  if (type === IMAGE_RESOURCE) return { kind: "image", key: id };
  if (!type.startsWith(SNAPSHOT_RESOURCE_PREFIX)) return undefined;
  return { kind: "snapshot", key: `${type.slice(SNAPSHOT_RESOURCE_PREFIX.length)}/${id}` };
}

/** A snapshot's key, taken apart. */
export function splitSnapshotKey(key: string): { readonly snapshotter: string; readonly name: string } {
  const border = key.indexOf("/");
  return { snapshotter: key.slice(0, border), name: key.slice(border + 1) };
}

/** Drops a record. Snapshots may be dropped in any order: their parents are looked at when the transaction ends. */
export const dropGarbage = {
  leases: (database: Database, namespace: string, id: string): void => {
    database.statement("DELETE FROM leases WHERE namespace = ? AND id = ?").run(namespace, id);
  },
  images: (database: Database, namespace: string, name: string): void => {
    database.statement("DELETE FROM images WHERE namespace = ? AND name = ?").run(namespace, name);
  },
  content: (database: Database, namespace: string, digest: string): void => {
    database.statement("DELETE FROM content WHERE namespace = ? AND digest = ?").run(namespace, digest);
  },
  snapshots: (database: Database, namespace: string, key: string): void => {
    const { snapshotter, name } = splitSnapshotKey(key);
    const sql = "DELETE FROM snapshots WHERE namespace = ? AND snapshotter = ? AND name = ?";
    database.statement(sql).run(namespace, snapshotter, name);
  },
} as const;
