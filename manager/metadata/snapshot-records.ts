// Snapshots as they are known: trees of names, each with the number of a directory. The directories are the snapshotters'; a
// number is never used twice, so that what is left of an old one is never taken for a new one.
// Always true: the parent of a snapshot is committed and there; an active one becomes a committed one in place, with its number.
import { Code, HawserError } from "../../proto/errors.ts";
import { SnapshotCommit, SnapshotPrepare, SnapshotRemove } from "../../proto/gen/events.ts";
import { Info, Kind } from "../../proto/gen/snapshots.ts";
import { fromDate } from "../../proto/timestamp.ts";
import type { Database } from "./database.ts";
import { mergeMap, parseMask } from "./field-mask.ts";
import { parseFilters } from "./filter.ts";
import { checkLabels, checkName, checkSnapshotter, gcLabelsOf, shown } from "./labels.ts";
import { type LeaseStore, SNAPSHOT_RESOURCE_PREFIX } from "./leases.ts";
import type { NamespaceStore } from "./namespaces.ts";
import { snapshotFields } from "./snapshot-fields.ts";
import {
  encodeSnapshot,
  type NewSnapshot,
  SNAPSHOT_COLUMNS,
  type SnapshotColumns,
  type SnapshotCommitment,
  type SnapshotRow,
  type SnapshotUsage,
  snapshotRowOf,
} from "./snapshot-row.ts";
import { announce, type LeaseOption, type StoreOptions } from "./store-options.ts";

export type { NewSnapshot, SnapshotCommitment, SnapshotRow, SnapshotUsage } from "./snapshot-row.ts";

const BY_NAME = "namespace = ? AND snapshotter = ? AND name = ?";
const PAGE_ROWS = 100;
const ID_PAGE_ROWS = 1000;

/** The records of all snapshotters' snapshots, of all namespaces. */
export class SnapshotRecords {
  readonly #database: Database;
  readonly #options: StoreOptions;
  readonly #namespaces: NamespaceStore;
  readonly #leases: LeaseStore;

  constructor(options: StoreOptions, namespaces: NamespaceStore, leases: LeaseStore) {
    this.#database = options.database;
    this.#options = options;
    this.#namespaces = namespaces;
    this.#leases = leases;
  }

  /**
   * Records a new snapshot, under the lease of the call; its directory is made after that. Throws AlreadyExists for a key
   * that is taken, NotFound for a parent that is not there, InvalidArgument for one that is not committed.
   */
  prepare(
    namespace: string,
    snapshotter: string,
    { key, parent, kind, labels }: NewSnapshot,
    { lease }: LeaseOption = {},
  ): SnapshotRow {
    checkSnapshotter(snapshotter);
    checkName("snapshot key", key);
    const now = fromDate(this.#options.now());
    const info = Info.create({
      name: key,
      parent,
      kind: kind === "view" ? Kind.VIEW : Kind.ACTIVE,
      createdAt: now,
      updatedAt: now,
      labels: checkLabels(`snapshot ${shown(key)}`, labels),
    });
    return this.#database.transaction(() => {
      this.#leases.keep(namespace, lease, { type: SNAPSHOT_RESOURCE_PREFIX + snapshotter, id: key });
      this.#namespaces.ensure(namespace);
      const parentId = parent === "" ? undefined : this.#committed(namespace, snapshotter, parent).storageId;
      this.#requireFree("prepare", namespace, snapshotter, key);
      this.#database
        .statement(
          "INSERT INTO snapshots (namespace, snapshotter, name, parent_id, record, gc_labels) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .run(namespace, snapshotter, key, parentId ?? null, encodeSnapshot(info), gcLabelsOf(info.labels));
      announce(this.#options, "mutation", {
        publish: (events) => {
          events.publish(namespace, SnapshotPrepare, { key, parent, snapshotter });
        },
      });
      return this.get(namespace, snapshotter, key);
    });
  }

  /**
   * Gives an active snapshot its name; the leases that kept its key keep the name. Throws NotFound, AlreadyExists for a name
   * that is taken, FailedPrecondition for what is not active.
   */
  commit(
    namespace: string,
    snapshotter: string,
    { name, key, labels, parent }: SnapshotCommitment,
    { usage, lease }: { usage: SnapshotUsage } & LeaseOption,
  ): SnapshotRow {
    checkName("snapshot name", name);
    return this.#database.transaction(() => {
      const active = this.get(namespace, snapshotter, key);
      if (active.info.kind !== Kind.ACTIVE) {
        throw new HawserError(Code.FailedPrecondition, `commit snapshot ${shown(key)}: it is not active`);
      }
      this.#requireFree("commit", namespace, snapshotter, name);
      const parentId = this.#parentAtCommit(namespace, snapshotter, active, parent ?? "");
      const now = fromDate(this.#options.now());
      const info = Info.create({
        name,
        parent: parent || active.info.parent,
        kind: Kind.COMMITTED,
        createdAt: now,
        updatedAt: now,
        labels: checkLabels(`snapshot ${shown(name)}`, labels),
      });
      this.#database
        .statement(
          "UPDATE snapshots SET name = ?, parent_id = ?, record = ?, size_bytes = ?, inodes = ?, gc_labels = ? " +
            "WHERE storage_id = ?",
        )
        .run(
          name,
          parentId ?? null,
          encodeSnapshot(info),
          usage.sizeBytes,
          usage.inodes,
          gcLabelsOf(info.labels),
          active.storageId,
        );
      const type = SNAPSHOT_RESOURCE_PREFIX + snapshotter;
      this.#leases.renameResource(namespace, type, key, name);
      this.#leases.keep(namespace, lease, { type, id: name });
      announce(this.#options, "mutation", {
        publish: (events) => {
          events.publish(namespace, SnapshotCommit, { key, name, snapshotter });
        },
      });
      return this.get(namespace, snapshotter, name);
    });
  }

  /** Throws NotFound. */
  get(namespace: string, snapshotter: string, key: string): SnapshotRow {
    return this.find(namespace, snapshotter, key) ?? notFound("get", namespace, snapshotter, key);
  }

  find(namespace: string, snapshotter: string, key: string): SnapshotRow | undefined {
    const columns = this.#database
      .statement<SnapshotColumns>(`SELECT ${SNAPSHOT_COLUMNS} FROM snapshots WHERE ${BY_NAME}`, {
        bigints: true,
      })
      .get(namespace, snapshotter, key);
    return columns === undefined ? undefined : this.#rowOf(columns);
  }

  /** The snapshots below one, nearest first. */
  parents(row: SnapshotRow): SnapshotRow[] {
    const sql = `SELECT ${SNAPSHOT_COLUMNS} FROM snapshots WHERE storage_id = ?`;
    const parents: SnapshotRow[] = [];
    // A child is made after its parent, or was given one before it had children: there are no circles.
    for (let next = row.parentId; next !== undefined; next = parents.at(-1)?.parentId) {
      const columns = this.#database.statement<SnapshotColumns>(sql, { bigints: true }).get(next);
      if (columns === undefined) {
        throw new HawserError(
          Code.DataLoss,
          `walk below snapshot ${shown(row.info.name)}: parent ${next} is missing`,
        );
      }
      parents.push(this.#rowOf(columns));
    }
    return parents;
  }

  /** Replaces the labels, or sets those that the mask names; nothing else of a snapshot can change. Throws NotFound. */
  update(namespace: string, snapshotter: string, given: Info, maskPaths: readonly string[]): SnapshotRow {
    const what = `snapshot ${shown(given.name)}`;
    const paths = parseMask(what, maskPaths, { fields: ["labels"], maps: ["labels"] });
    return this.#database.transaction(() => {
      const { storageId, info } = this.get(namespace, snapshotter, given.name);
      for (const { key } of paths) info.labels = mergeMap(info.labels, given.labels, key);
      info.labels = checkLabels(what, info.labels);
      info.updatedAt = fromDate(this.#options.now());
      this.#database
        .statement("UPDATE snapshots SET record = ?, gc_labels = ? WHERE storage_id = ?")
        .run(encodeSnapshot(info), gcLabelsOf(info.labels), storageId);
      announce(this.#options, "mutation");
      return this.get(namespace, snapshotter, given.name);
    });
  }

  /** Forgets a snapshot; its directory goes after that. Throws NotFound, and FailedPrecondition for a parent of others. */
  remove(namespace: string, snapshotter: string, key: string): void {
    this.#database.transaction(() => {
      const { storageId } =
        this.find(namespace, snapshotter, key) ?? notFound("remove", namespace, snapshotter, key);
      const child = this.#database
        .statement<{ name: string }>("SELECT name FROM snapshots WHERE parent_id = ? LIMIT 1")
        .get(storageId);
      if (child !== undefined) {
        throw new HawserError(
          Code.FailedPrecondition,
          `remove snapshot ${shown(key)}: ${shown(child.name)} is on top of it; remove that first`,
        );
      }
      this.#database.statement("DELETE FROM snapshots WHERE storage_id = ?").run(storageId);
      announce(this.#options, "deletion", {
        publish: (events) => {
          events.publish(namespace, SnapshotRemove, { key, snapshotter });
        },
      });
    });
  }

  /** Those that any of the filters wants (`name`, `parent`, `kind`, `labels.KEY`), by name. */
  list(namespace: string, snapshotter: string, filters: readonly string[]): Iterable<Info> {
    return this.#pages(namespace, snapshotter, parseFilters(filters));
  }

  *#pages(namespace: string, snapshotter: string, matches: ReturnType<typeof parseFilters>): Generator<Info> {
    const sql =
      `SELECT ${SNAPSHOT_COLUMNS} FROM snapshots WHERE namespace = ? AND snapshotter = ? AND name > ? ` +
      `ORDER BY name LIMIT ${PAGE_ROWS}`;
    for (let after = ""; ; ) {
      const rows = this.#database
        .statement<SnapshotColumns>(sql, { bigints: true })
        .all(namespace, snapshotter, after);
      for (const columns of rows) {
        const { info } = this.#rowOf(columns);
        after = info.name;
        if (matches(snapshotFields(info))) yield info;
      }
      if (rows.length < PAGE_ROWS) return;
    }
  }

  /** The directories of a snapshotter, of all namespaces, in ascending order. */
  *storageIds(snapshotter: string): Generator<number> {
    const sql =
      "SELECT storage_id FROM snapshots WHERE snapshotter = ? AND storage_id > ? " +
      `ORDER BY storage_id LIMIT ${ID_PAGE_ROWS}`;
    for (let after = 0; ; ) {
      const rows = this.#database.statement<{ storage_id: number }>(sql).all(snapshotter, after);
      for (const row of rows) yield row.storage_id;
      after = rows.at(-1)?.storage_id ?? after;
      if (rows.length < ID_PAGE_ROWS) return;
    }
  }

  #committed(namespace: string, snapshotter: string, name: string): SnapshotRow {
    const row = this.find(namespace, snapshotter, name) ?? notFound("build on", namespace, snapshotter, name);
    if (row.info.kind === Kind.COMMITTED) return row;
    throw new HawserError(Code.InvalidArgument, `build on snapshot ${shown(name)}: it is not committed`);
  }

  #parentAtCommit(
    namespace: string,
    snapshotter: string,
    { info, parentId }: SnapshotRow,
    parent: string,
  ): number | undefined {
    if (parent === "" || parent === info.parent) return parentId;
    if (info.parent === "") return this.#committed(namespace, snapshotter, parent).storageId;
    throw new HawserError(
      Code.FailedPrecondition,
      `commit snapshot ${shown(info.name)}: its parent is ${shown(info.parent)}, not ${shown(parent)}`,
    );
  }

  #requireFree(action: string, namespace: string, snapshotter: string, name: string): void {
    if (this.find(namespace, snapshotter, name) === undefined) return;
    throw new HawserError(
      Code.AlreadyExists,
      `${action} snapshot ${shown(name)}: it exists in namespace "${namespace}" of snapshotter "${snapshotter}"`,
    );
  }

  #rowOf(columns: SnapshotColumns): SnapshotRow {
    return snapshotRowOf(columns, this.#database.path);
  }
}

function notFound(action: string, namespace: string, snapshotter: string, key: string): never {
  throw new HawserError(
    Code.NotFound,
    `${action} snapshot ${shown(key)}: not found in namespace "${namespace}" of snapshotter "${snapshotter}"`,
  );
}
