// A snapshotter that keeps a directory for each snapshot. Pairs records with directories: both are made in one transaction, a
// record goes before its directory. So a crash anywhere leaves directories without a record, which `sweep` frees, and never a
// record without its directory; a power cut may, since nothing waits for the disk here, and then that is said.
import { existsSync } from "node:fs";
import { Code, HawserError } from "../../proto/errors.ts";
import type { Mount } from "../../proto/gen/mount.ts";
import { type Info, Kind } from "../../proto/gen/snapshots.ts";
import type { Database } from "../metadata/database.ts";
import type { SnapshotRecords, SnapshotRow, SnapshotUsage } from "../metadata/snapshot-records.ts";
import { jobError } from "../trees/job-error.ts";
import type { WorkerPool } from "../trees/worker-pool.ts";
import type { SnapshotDirectories } from "./snapshot-directories.ts";
import type { SnapshotLayout } from "./snapshot-layout.ts";
import type { CommitOptions, PrepareOptions, Snapshotter } from "./snapshotter.ts";

/** What a snapshotter is made of. It owns the directories. */
export interface DirectorySnapshotterOptions {
  readonly name: string;
  readonly records: SnapshotRecords;
  readonly database: Database;
  readonly directories: SnapshotDirectories;
  readonly layout: SnapshotLayout;
  readonly pool: WorkerPool;
}

/** Snapshots as directories, in one of the layouts. */
export class DirectorySnapshotter implements Snapshotter, AsyncDisposable {
  readonly name: string;
  readonly root: string;
  readonly capabilities: readonly string[] = [];
  readonly #options: DirectorySnapshotterOptions;

  constructor(options: DirectorySnapshotterOptions) {
    this.name = options.name;
    this.root = options.directories.dir;
    this.#options = options;
  }

  prepare(namespace: string, key: string, parent: string, options: PrepareOptions = {}): Promise<Mount[]> {
    return this.#make(namespace, key, parent, "active", options);
  }

  view(namespace: string, key: string, parent: string, options: PrepareOptions = {}): Promise<Mount[]> {
    return this.#make(namespace, key, parent, "view", options);
  }

  mounts(namespace: string, key: string): Mount[] {
    return this.#mountsOf(this.#options.records.get(namespace, this.name, key));
  }

  async commit(namespace: string, name: string, key: string, options: CommitOptions = {}): Promise<void> {
    const { records } = this.#options;
    const { labels = {}, parent, lease, signal } = options;
    const { info } = records.get(namespace, this.name, key);
    // Made on nothing, it was shown by a bind: what its layer hides was not marked, and could not be found out now.
    if (parent && parent !== info.parent) {
      const reason = `its parent is ${JSON.stringify(info.parent)}; this snapshotter has no rebase`;
      throw new HawserError(Code.FailedPrecondition, `commit snapshot ${JSON.stringify(key)}: ${reason}`);
    }
    const usage =
      info.kind === Kind.ACTIVE
        ? await this.usage(namespace, key, { signal })
        : { sizeBytes: 0n, inodes: 0n };
    records.commit(namespace, this.name, { name, key, labels, parent }, { usage, lease });
  }

  remove(namespace: string, key: string): void {
    const { records, directories } = this.#options;
    const { storageId } = records.get(namespace, this.name, key);
    records.remove(namespace, this.name, key);
    directories.discard(String(storageId));
  }

  stat(namespace: string, key: string): Info {
    return this.#options.records.get(namespace, this.name, key).info;
  }

  update(namespace: string, info: Info, maskPaths: readonly string[]): Info {
    return this.#options.records.update(namespace, this.name, info, maskPaths).info;
  }

  list(namespace: string, filters: readonly string[]): Iterable<Info> {
    return this.#options.records.list(namespace, this.name, filters);
  }

  async usage(
    namespace: string,
    key: string,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<SnapshotUsage> {
    const { records, directories, pool } = this.#options;
    const row = records.get(namespace, this.name, key);
    if (row.info.kind !== Kind.ACTIVE) return row.usage ?? { sizeBytes: 0n, inodes: 0n };
    const measured = await pool.run("measureTree", { dir: directories.fsDir(row.storageId) }, { signal });
    return { sizeBytes: BigInt(measured.sizeBytes), inodes: BigInt(measured.inodes) };
  }

  sweep(): Promise<number> {
    const { records, directories } = this.#options;
    return directories.sweep(() => new Set(records.storageIds(this.name)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#options.directories[Symbol.asyncDispose]();
  }

  async #make(
    namespace: string,
    key: string,
    parent: string,
    kind: "active" | "view",
    { labels = {}, lease, signal }: PrepareOptions,
  ): Promise<Mount[]> {
    const { records, database, directories, layout } = this.#options;
    const what = `prepare snapshot ${JSON.stringify(key)}`;
    if (records.find(namespace, this.name, key) !== undefined) {
      throw new HawserError(Code.AlreadyExists, `${what}: it exists in namespace "${namespace}"`);
    }
    const below = parent === "" ? undefined : records.get(namespace, this.name, parent);
    if (below !== undefined) this.#requireDirectories(below);
    const parentFsDir = below && directories.fsDir(below.storageId);
    try {
      const staged = directories.stage(parentFsDir);
      try {
        if (parentFsDir !== undefined && kind === "active")
          await layout.fill(parentFsDir, staged.fsDir, { signal });
        return database.transaction(() => {
          const row = records.prepare(namespace, this.name, { key, parent, kind, labels }, { lease });
          directories.adopt(staged, row.storageId);
          return this.#mountsOf(row);
        });
      } catch (caught) {
        directories.discard(staged.name);
        throw caught;
      }
    } catch (caught) {
      if (caught instanceof HawserError) throw caught;
      throw jobError(caught).wrap(what);
    }
  }

  #mountsOf(row: SnapshotRow): Mount[] {
    const { layout } = this.#options;
    const { kind, name } = row.info;
    if (kind === Kind.COMMITTED) {
      const reason = "it is committed; make a view of it, or prepare one on top of it";
      throw new HawserError(Code.FailedPrecondition, `mount snapshot ${JSON.stringify(name)}: ${reason}`);
    }
    const parents = this.#requireDirectories(row);
    return layout.mounts({ storageId: row.storageId, isReadOnly: kind === Kind.VIEW, parents });
  }

  // Said here, in words, instead of by the mount in a shim: the kernel's ENOENT names no layer. Returns what is below.
  #requireDirectories(row: SnapshotRow): number[] {
    const { records, directories } = this.#options;
    const parents = records.parents(row).map(({ storageId }) => storageId);
    for (const id of [row.storageId, ...parents]) {
      if (existsSync(directories.fsDir(id))) continue;
      const what = `mount snapshot ${JSON.stringify(row.info.name)}`;
      const wayOut = "remove the snapshot and import the image again";
      throw new HawserError(
        Code.DataLoss,
        `${what}: the directory "${directories.fsDir(id)}" is missing; ${wayOut}`,
      );
    }
    return parents;
  }
}
