// A snapshot as a row of its table: the message of the API, and what the API does not show; and what its makers ask for.
import { Info } from "../../proto/gen/snapshots.ts";
import { shown } from "./labels.ts";
import { decodeRecord, encodeRecord } from "./record-table.ts";

/** What a snapshot takes on disk, without its parents. */
export interface SnapshotUsage {
  readonly sizeBytes: bigint;
  readonly inodes: bigint;
}

/** A snapshot. */
export interface SnapshotRow {
  /** Names its directory; never used again. */
  readonly storageId: number;
  readonly info: Info;
  /** The directory below; undefined for none. */
  readonly parentId?: number;
  /** Known from the commit on. */
  readonly usage?: SnapshotUsage;
}

/** What is asked for by `prepare`. */
export interface NewSnapshot {
  readonly key: string;
  /** Name of a committed snapshot; empty for none. */
  readonly parent: string;
  readonly kind: "active" | "view";
  readonly labels: Readonly<Record<string, string>>;
}

/** What is asked for by `commit`. */
export interface SnapshotCommitment {
  readonly name: string;
  readonly key: string;
  readonly labels: Readonly<Record<string, string>>;
  /** A parent for a snapshot that was made without one. */
  readonly parent?: string | undefined;
}

/** The columns of SNAPSHOT_COLUMNS, read as bigint. */
export interface SnapshotColumns {
  readonly storage_id: bigint;
  readonly parent_id: bigint | null;
  readonly record: Uint8Array;
  readonly size_bytes: bigint | null;
  readonly inodes: bigint | null;
}

/** What a row is read from. */
export const SNAPSHOT_COLUMNS = "storage_id, parent_id, record, size_bytes, inodes";

/** Throws DataLoss for a damaged record; `path` is that of the database. */
export function snapshotRowOf(columns: SnapshotColumns, path: string): SnapshotRow {
  const { size_bytes: sizeBytes, inodes } = columns;
  return {
    storageId: Number(columns.storage_id),
    info: decodeRecord("snapshot", Info, columns.record, path),
    ...(columns.parent_id === null ? {} : { parentId: Number(columns.parent_id) }),
    ...(sizeBytes === null || inodes === null ? {} : { usage: { sizeBytes, inodes } }),
  };
}

/** Throws InvalidArgument for one that is too large. */
export function encodeSnapshot(info: Info): Uint8Array {
  return encodeRecord(`snapshot ${shown(info.name)}`, Info, info);
}
