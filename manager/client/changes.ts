// What has changed in a snapshot since it was made, read from its files: for programs on the daemon's machine, as root. An overlay's
// upper directory tells it; where there is none, two trees are compared.
import { Code, HawserError } from "../../proto/errors.ts";
import type { Mount } from "../../proto/gen/mount.ts";
import { Snapshots } from "../../proto/gen/snapshots.ts";
import { bindOf, overlayOf } from "../images/mount-target.ts";
import { toSystemPath } from "../images/unpack/byte-path.ts";
import { findBelow } from "../images/unpack/lower-layers.ts";
import { compareTrees, type TreeChange, upperChanges } from "../trees/tree-changes.ts";
import type { CallOptions } from "./connection.ts";
import { withParentView } from "./parent-view.ts";
import type { Session } from "./session.ts";

/** Something that is not as it was. */
export interface FileChange {
  readonly kind: "added" | "changed" | "deleted";
  /** Absolute, as the container has it. A name that is not UTF-8 is shown as well as it can be. */
  readonly path: string;
}

/** The changes, parents before what is in them. Throws Unimplemented for a snapshotter whose mounts cannot be read as directories. */
export async function snapshotChanges(
  session: Session,
  snapshotter: string,
  key: string,
  options: CallOptions = {},
): Promise<FileChange[]> {
  const { mounts } = await session.service(Snapshots).mounts({ snapshotter, key }, options);
  const overlay = overlayOf(mounts);
  if (overlay?.upperDir !== undefined) {
    const { upperDir, lowerDirs } = overlay;
    const wasThere = (path: string): boolean => findBelow(lowerDirs, path) !== undefined;
    return collect(upperChanges(upperDir, lowerDirs), wasThere, options);
  }
  const right = directoryOf(mounts);
  if (right === undefined) throw unreadable(snapshotter, key);
  return await withParentView(session, { snapshotter, key, ...options }, async (below) => {
    const left = below.length === 0 ? undefined : directoryOf(below);
    if (left === undefined && below.length > 0) throw unreadable(snapshotter, key);
    const wasThere = (path: string): boolean => left !== undefined && findBelow([left], path) !== undefined;
    return collect(compareTrees(left, right), wasThere, options);
  });
}

function collect(
  changes: Iterable<TreeChange>,
  wasThere: (path: string) => boolean,
  { signal }: CallOptions,
): FileChange[] {
  const found: FileChange[] = [];
  for (const { kind, path } of changes) {
    signal?.throwIfAborted();
    // The directory itself has its own line.
    if (kind === "emptied") continue;
    const shown = `/${Buffer.from(toSystemPath(path)).toString()}`;
    if (kind === "removed") found.push({ kind: "deleted", path: shown });
    else found.push({ kind: wasThere(path) ? "changed" : "added", path: shown });
  }
  return found;
}

function directoryOf(mounts: readonly Mount[]): string | undefined {
  return bindOf(mounts)?.source;
}

function unreadable(snapshotter: string, key: string): HawserError {
  const reason = `snapshotter "${snapshotter}" mounts it in a way that cannot be read as directories`;
  return new HawserError(Code.Unimplemented, `find what has changed in snapshot "${key}": ${reason}`);
}
