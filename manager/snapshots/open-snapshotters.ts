// The snapshotters of a manager, opened: "overlayfs", and "native", which keeps whole copies. Where overlays do not work,
// "overlayfs" keeps copies as well, so that clients that ask for it by name find what they need.
// How the snapshots of "overlayfs" are kept is written beside them: one way of keeping them cannot read the other's.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Code, HawserError } from "../../proto/errors.ts";
import { writeFileAtomic } from "../../sys/atomic-file.ts";
import { codeOfError } from "../../sys/errno.ts";
import type { Log } from "../log.ts";
import type { Database } from "../metadata/database.ts";
import type { SnapshotRecords } from "../metadata/snapshot-records.ts";
import type { WorkerPool } from "../trees/worker-pool.ts";
import { DirectorySnapshotter } from "./directory-snapshotter.ts";
import { whyNoOverlay } from "./overlay-probe.ts";
import { SnapshotDirectories } from "./snapshot-directories.ts";
import { copyLayout, overlayLayout, type SnapshotLayout } from "./snapshot-layout.ts";
import { Snapshotters } from "./snapshotter.ts";

/** What the snapshotters need. Everything is borrowed. */
export interface SnapshotterOptions {
  /** Each snapshotter has a directory of its name in it. */
  readonly dir: string;
  readonly records: SnapshotRecords;
  readonly database: Database;
  readonly pool: WorkerPool;
  readonly log: Log;
}

/** Name of the file that says how snapshots are kept. */
const LAYOUT_FILE = "layout";

/** Opens the snapshotters and finds out what works here. Throws system errors when their directories cannot be made. */
export async function openSnapshotters(options: SnapshotterOptions): Promise<Snapshotters> {
  const { dir, records, database, pool, log } = options;
  const open = async (
    name: string,
    choose: (directories: SnapshotDirectories) => SnapshotLayout | Promise<SnapshotLayout>,
  ): Promise<DirectorySnapshotter> => {
    const directories = new SnapshotDirectories(join(dir, name), pool, log.with({ snapshotter: name }));
    const layout = await choose(directories);
    return new DirectorySnapshotter({ name, records, database, directories, layout, pool });
  };
  const overlay = await open("overlayfs", (directories) => chooseLayout(directories, options));
  const native = await open("native", (directories) => copyLayout(directories, pool));
  return new Snapshotters([overlay, native]);
}

async function chooseLayout(
  directories: SnapshotDirectories,
  options: SnapshotterOptions,
): Promise<SnapshotLayout> {
  const { records, pool, log } = options;
  const file = join(directories.dir, LAYOUT_FILE);
  const why = await whyNoOverlay(directories.dir);
  const isEmpty = [...records.storageIds("overlayfs")].length === 0;
  const kept = isEmpty ? undefined : readLayout(file);
  const kind = kept ?? (why === undefined ? "overlay" : "copy");
  if (kind !== kept) writeFileAtomic(file, `${kind}\n`);
  if (kind === "copy") {
    const reason = why ?? "its snapshots were made so";
    log.warn('snapshotter "overlayfs" keeps whole copies', { dir: directories.dir, reason });
    return copyLayout(directories, pool);
  }
  if (why === undefined) return overlayLayout(directories);
  log.error('snapshotter "overlayfs": its snapshots are overlays, which do not work here any more', {
    reason: why,
  });
  return unusableLayout(directories.dir, why);
}

function readLayout(file: string): "overlay" | "copy" {
  try {
    return readFileSync(file, "utf8").trim() === "copy" ? "copy" : "overlay";
  } catch (error) {
    if (codeOfError(error) === "ENOENT") return "overlay";
    throw error;
  }
}

// Containers that run have their mounts already, and lists and removal need none: everything else of the manager works.
function unusableLayout(dir: string, why: string): SnapshotLayout {
  const refuse = (): never => {
    const wayOut = "make overlays work again, or remove the images and snapshots and import them again";
    throw new HawserError(Code.FailedPrecondition, `use overlays in "${dir}": ${why}; ${wayOut}`);
  };
  return { kind: "overlay", fill: async () => refuse(), mounts: refuse };
}
