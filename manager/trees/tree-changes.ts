// What has changed between two trees, or what an overlay's upper directory says has: names in the order of their bytes, parents
// before children, so that the same trees always give the same list. Only looks; follows nothing.
// A directory that is the same but holds changes is in the list, too: a layer must say whose it is.
import {
  type BigIntStats,
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from "node:fs";
import { codeOfError } from "../../sys/errno.ts";
import { getXattr, listXattrs } from "../../sys/xattr.ts";
import { type BytePath, joinPath, toBytePath, toSystemPath } from "../images/unpack/byte-path.ts";
import { findBelow, isOpaque, isWhiteout } from "../images/unpack/lower-layers.ts";

/** Something is there, newly or changed; something is gone; everything that was in a directory is gone. */
export type TreeChange =
  | { readonly kind: "present"; readonly path: BytePath; readonly stats: BigIntStats }
  | { readonly kind: "removed"; readonly path: BytePath }
  | { readonly kind: "emptied"; readonly path: BytePath };

const COMPARE_BYTES = 256 * 1024;
const NANOSECONDS = 1_000_000_000n;

/** Compares `right` with `left`; without `left` everything is new. */
export function* compareTrees(
  left: string | undefined,
  right: string,
): Generator<TreeChange, void, undefined> {
  const pair = { left: left === undefined ? undefined : toBytePath(left), right: toBytePath(right) };
  yield* compareDirectory(pair, "", left !== undefined);
}

interface Pair {
  readonly left: BytePath | undefined;
  readonly right: BytePath;
}

function* compareDirectory(
  pair: Pair,
  dir: BytePath,
  hasLeft: boolean,
): Generator<TreeChange, boolean, undefined> {
  const before = new Set(hasLeft ? namesIn(under(pair.left ?? "", dir)) : []);
  const after = new Set(namesIn(under(pair.right, dir)));
  let hasChanged = false;
  for (const name of [...before.union(after)].sort(byBytes)) {
    const path = joinPath(dir, name);
    if (!after.has(name)) {
      yield { kind: "removed", path };
      hasChanged = true;
      continue;
    }
    const old = before.has(name) ? statOf(under(pair.left ?? "", path)) : undefined;
    const stats = statOf(under(pair.right, path));
    if (stats === undefined) continue;
    const isChanged = old === undefined || !isSame(pair, path, old, stats);
    if (!stats.isDirectory()) {
      if (!isChanged) continue;
      yield { kind: "present", path, stats };
      hasChanged = true;
      continue;
    }
    if (isChanged) {
      yield { kind: "present", path, stats };
      yield* compareDirectory(pair, path, old?.isDirectory() ?? false);
      hasChanged = true;
      continue;
    }
    // Its own line comes before those of what is in it, but only when there are any.
    const inside = compareDirectory(pair, path, true);
    const first = inside.next();
    if (first.done) continue;
    yield { kind: "present", path, stats };
    yield first.value;
    yield* inside;
    hasChanged = true;
  }
  return hasChanged;
}

function isSame(pair: Pair, path: BytePath, a: BigIntStats, b: BigIntStats): boolean {
  if (a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid || a.rdev !== b.rdev) return false;
  const [left, right] = [under(pair.left ?? "", path), under(pair.right, path)];
  if (a.isDirectory()) return haveSameAttributes(left, right);
  if (a.dev === b.dev && a.ino === b.ino) return true;
  if (a.size !== b.size || a.mtimeNs !== b.mtimeNs) return false;
  if (a.isSymbolicLink() && readlinkSync(left) !== readlinkSync(right)) return false;
  if (!haveSameAttributes(left, right)) return false;
  // Whole seconds come from archives, where two versions of a file may well have the same.
  if (a.isFile() && a.size > 0n && a.mtimeNs % NANOSECONDS === 0n) return haveSameData(left, right);
  return true;
}

function haveSameAttributes(left: string | Buffer, right: string | Buffer): boolean {
  const names = listXattrs(left).filter(isOfLayer).sort(byBytes);
  if (names.join("\0") !== listXattrs(right).filter(isOfLayer).sort(byBytes).join("\0")) return false;
  return names.every((name) => getXattr(left, name)?.equals(getXattr(right, name) ?? Buffer.alloc(0)));
}

/** Whether an attribute belongs to the file: those of the administrator belong to this machine. */
export function isOfLayer(name: string): boolean {
  return !name.startsWith("trusted.");
}

function haveSameData(left: string | Buffer, right: string | Buffer): boolean {
  const [a, b] = [Buffer.allocUnsafe(COMPARE_BYTES), Buffer.allocUnsafe(COMPARE_BYTES)];
  const leftFd = openSync(left, "r");
  try {
    const rightFd = openSync(right, "r");
    try {
      for (;;) {
        const count = readSync(leftFd, a);
        if (count !== readSync(rightFd, b)) return false;
        if (count === 0) return true;
        if (!a.subarray(0, count).equals(b.subarray(0, count))) return false;
      }
    } finally {
      closeSync(rightFd);
    }
  } finally {
    closeSync(leftFd);
  }
}

/** Reads the changes off an overlay's upper directory. `lowerDirs` tells which of its directories can hide something. */
export function* upperChanges(
  upper: string,
  lowerDirs: readonly string[],
): Generator<TreeChange, void, undefined> {
  yield* upperDirectory(toBytePath(upper), lowerDirs, "");
}

function* upperDirectory(
  upper: BytePath,
  lowerDirs: readonly string[],
  dir: BytePath,
): Generator<TreeChange, void, undefined> {
  for (const name of namesIn(under(upper, dir)).sort(byBytes)) {
    const path = joinPath(dir, name);
    const stats = statOf(under(upper, path));
    if (stats === undefined) continue;
    if (isWhiteout(stats)) {
      yield { kind: "removed", path };
      continue;
    }
    yield { kind: "present", path, stats };
    if (!stats.isDirectory()) continue;
    // The kernel marks every new directory opaque, which only says something where there was another one.
    if (isOpaque(under(upper, path)) && findBelow(lowerDirs, path)?.stats.isDirectory()) {
      yield { kind: "emptied", path };
    }
    yield* upperDirectory(upper, lowerDirs, path);
  }
}

function under(root: BytePath, path: BytePath): string | Buffer {
  return toSystemPath(path === "" ? root : `${root}/${path}`);
}

// Undefined also for what lies behind something that is no directory in this tree.
function statOf(path: string | Buffer): BigIntStats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false, bigint: true });
  } catch (error) {
    if (codeOfError(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

function namesIn(dir: string | Buffer): BytePath[] {
  return readdirSync(dir, { encoding: "buffer" }).map((name) => name.toString("latin1"));
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
