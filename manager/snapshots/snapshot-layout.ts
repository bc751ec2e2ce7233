// What is different between snapshotters that keep directories: how a new snapshot comes to hold what its parent has, and how
// it is shown. Two layouts: overlay (a snapshot holds what has changed) and copy (a snapshot holds everything).
// They only say; directories are made and removed by SnapshotDirectories, and mounts by whoever runs the container.
import { existsSync } from "node:fs";
import type { Init } from "../../proto/codec.ts";
import { Mount } from "../../proto/gen/mount.ts";
import type { WorkerPool } from "../trees/worker-pool.ts";
import type { SnapshotDirectories } from "./snapshot-directories.ts";

/** A snapshot that is to be shown. */
export interface ShownSnapshot {
  readonly storageId: number;
  readonly isReadOnly: boolean;
  /** Numbers of what is below, nearest first. */
  readonly parents: readonly number[];
}

/** How the snapshots of one snapshotter are kept. */
export interface SnapshotLayout {
  readonly kind: "overlay" | "copy";
  /** Fills a new snapshot from its parent. */
  fill(parentFsDir: string, fsDir: string, options: { signal?: AbortSignal | undefined }): Promise<void>;
  mounts(snapshot: ShownSnapshot): Mount[];
}

const INDEX_PARAMETER = "/sys/module/overlay/parameters/index";

/** Layers over each other: what is written goes into the upper directory. */
export function overlayLayout(directories: SnapshotDirectories): SnapshotLayout {
  // With an index, a layer below could not be shared by two overlays.
  const common = existsSync(INDEX_PARAMETER) ? ["index=off"] : [];
  return {
    kind: "overlay",
    fill: async () => undefined,
    mounts({ storageId, isReadOnly, parents }) {
      const [nearest] = parents;
      if (nearest === undefined) return [bind(directories.fsDir(storageId), isReadOnly)];
      if (isReadOnly && parents.length === 1) return [bind(directories.fsDir(nearest), true)];
      const upper = [`workdir=${directories.workDir(storageId)}`, `upperdir=${directories.fsDir(storageId)}`];
      const lower = `lowerdir=${parents.map((parent) => directories.fsDir(parent)).join(":")}`;
      const options = [...common, ...(isReadOnly ? [] : upper), lower];
      return [mount({ type: "overlay", source: "overlay", options })];
    },
  };
}

/** Whole copies, which share data with their parents where the filesystem can do that. */
export function copyLayout(directories: SnapshotDirectories, pool: WorkerPool): SnapshotLayout {
  return {
    kind: "copy",
    async fill(source, target, { signal }) {
      await pool.run("copyTree", { source, target }, { signal });
    },
    mounts({ storageId, isReadOnly, parents }) {
      // Nothing is ever written into a view, so it needs no copy of its own.
      const shown = isReadOnly ? (parents[0] ?? storageId) : storageId;
      return [bind(directories.fsDir(shown), isReadOnly)];
    },
  };
}

function bind(source: string, isReadOnly: boolean): Mount {
  return mount({ type: "bind", source, options: [isReadOnly ? "ro" : "rw", "rbind"] });
}

function mount(init: Init<Mount>): Mount {
  return Mount.create(init);
}
