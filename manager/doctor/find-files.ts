// What lies below the directories of a manager: bundles, work directories, snapshots, blobs, ingests, sockets, and what was
// being removed. Looks only where hawserd puts things, never follows a symlink, and takes what goes away meanwhile for gone.
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { codeOfError } from "../../sys/errno.ts";
import { Ingest } from "../images/ingest.ts";
import type { Layout } from "../layout.ts";
import { isAnswered } from "../socket-probe.ts";
import type {
  BlobFact,
  ContainerDirFact,
  Facts,
  IngestFact,
  PlaceFact,
  SnapshotDirFact,
  SocketFact,
} from "./facts.ts";

/** What is on disk. Sockets of shims are where records say, too: some are in a directory that all managers share. */
export async function findFiles(
  layout: Layout,
  shimSockets: readonly string[] = [],
): Promise<
  Pick<
    Facts["found"],
    "bundles" | "workDirs" | "containerDirs" | "snapshotDirs" | "blobs" | "ingests" | "hidden" | "sockets"
  >
> {
  const hidden: PlaceFact[] = [];
  const names = (dir: string) => visibleNames(dir, hidden);
  return {
    bundles: containerDirs(layout.bundlesDir, names),
    workDirs: containerDirs(layout.workDir, names),
    containerDirs: containerDirs(layout.containersDir, names),
    snapshotDirs: snapshotDirs(layout.snapshotsDir, names),
    blobs: blobs(join(layout.contentDir, "blobs"), names),
    ingests: await ingests(join(layout.contentDir, "ingest"), names),
    sockets: await sockets(layout, shimSockets),
    hidden,
  };
}

/** A path as it is now; undefined when there is nothing. */
export function placeAt(path: string): (PlaceFact & { readonly sizeBytes: number }) | undefined {
  try {
    const { ino, ctime, size } = lstatSync(path, { bigint: true });
    return { path, inode: ino, changedAt: ctime, sizeBytes: Number(size) };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

type Names = (dir: string) => string[];

// Names that begin with a dot are work in progress or rubbish, everywhere; who lists a directory skips them.
function visibleNames(dir: string, hidden: PlaceFact[]): string[] {
  let all: string[];
  try {
    all = readdirSync(dir);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
  for (const name of all) {
    const place = name.startsWith(".") ? placeAt(join(dir, name)) : undefined;
    if (place !== undefined) hidden.push(place);
  }
  return all.filter((name) => !name.startsWith(".")).sort();
}

function containerDirs(dir: string, names: Names): ContainerDirFact[] {
  const found: ContainerDirFact[] = [];
  for (const namespace of names(dir)) {
    for (const id of names(join(dir, namespace))) {
      const place = placeAt(join(dir, namespace, id));
      if (place !== undefined) found.push({ ...place, namespace, id });
    }
  }
  return found;
}

function snapshotDirs(dir: string, names: Names): SnapshotDirFact[] {
  const found: SnapshotDirFact[] = [];
  for (const snapshotter of names(dir)) {
    for (const name of names(join(dir, snapshotter))) {
      const place = placeAt(join(dir, snapshotter, name));
      if (place !== undefined && /^[1-9]\d*$/.test(name)) {
        found.push({ ...place, snapshotter, storageId: Number(name) });
      }
    }
  }
  return found;
}

function blobs(dir: string, names: Names): BlobFact[] {
  const found: BlobFact[] = [];
  for (const algorithm of names(dir)) {
    for (const hex of names(join(dir, algorithm))) {
      const place = placeAt(join(dir, algorithm, hex));
      if (place !== undefined) found.push({ ...place, digest: `${algorithm}:${hex}` });
    }
  }
  return found;
}

// Writing changes the files in an ingest, not its directory.
async function ingests(dir: string, names: Names): Promise<IngestFact[]> {
  const found: IngestFact[] = [];
  for (const key of names(dir)) {
    const path = join(dir, key);
    const place = placeAt(path);
    if (place === undefined) continue;
    const times = names(path).map((name) => placeAt(join(path, name))?.changedAt.getTime() ?? 0);
    const changedAt = new Date(Math.max(place.changedAt.getTime(), ...times));
    const { namespace = "", ref = "", lease = "" } = (await Ingest.load(path))?.about ?? {};
    found.push({ ...place, changedAt, namespace, ref, lease });
  }
  return found;
}

async function sockets(layout: Layout, shimSockets: readonly string[]): Promise<SocketFact[]> {
  const own = [layout.address, layout.ttrpcAddress];
  const found: SocketFact[] = [];
  const ours = visibleNames(layout.shimSocketDir, []).map((name) => join(layout.shimSocketDir, name));
  for (const path of new Set([...own, ...ours, ...shimSockets])) {
    const place = placeAt(path);
    if (place !== undefined && lstatSync(path, { throwIfNoEntry: false })?.isSocket()) {
      found.push({ ...place, isAnswered: await isAnswered(path).catch(() => true) });
    }
  }
  return found;
}

function isGone(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(codeOfError(error) ?? "");
}
