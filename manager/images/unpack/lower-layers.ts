// What shows through from below in an overlay, found as the kernel finds it: from the nearest layer down, until something hides
// the rest. Only looks, and never through a symlink: one in a lower layer leads to the host's files.
import { type BigIntStats, lstatSync } from "node:fs";
import { getXattr } from "../../../sys/xattr.ts";
import { type BytePath, toBytePath, toSystemPath } from "./byte-path.ts";

/** Marks a directory of an overlay's layer as all there is: what lies below is hidden. */
export const OVERLAY_OPAQUE = "trusted.overlay.opaque";

/** Something in a lower layer. */
export interface LowerFile {
  readonly path: string | Buffer;
  readonly stats: BigIntStats;
}

/** What the layers below have under a clean name, nearest first; undefined when nothing shows through. */
export function findBelow(lowerDirs: readonly string[], name: BytePath): LowerFile | undefined {
  for (const lower of lowerDirs) {
    const found = findIn(toBytePath(lower), name.split("/"));
    if (found === "hidden") return undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether this is a whiteout of an overlay: the character device 0/0. */
export function isWhiteout(stats: BigIntStats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0n;
}

/** Whether a directory hides what lies below it. */
export function isOpaque(dir: string | Buffer): boolean {
  return getXattr(dir, OVERLAY_OPAQUE)?.toString() === "y";
}

function findIn(lower: BytePath, parts: readonly string[]): LowerFile | "hidden" | undefined {
  const above: (string | Buffer)[] = [];
  let at = lower;
  for (const [index, part] of parts.entries()) {
    at = `${at}/${part}`;
    const path = toSystemPath(at);
    const stats = lstatSync(path, { throwIfNoEntry: false, bigint: true });
    if (stats === undefined) return above.some(isOpaque) ? "hidden" : undefined;
    if (isWhiteout(stats)) return "hidden";
    if (index === parts.length - 1) return { path, stats };
    if (!stats.isDirectory()) return "hidden";
    above.push(path);
  }
  return undefined;
}
