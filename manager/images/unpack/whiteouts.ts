// Whiteouts: entries of a layer that hide what the layers below have. `.wh.name` hides one name, `.wh..wh..opq` everything in
// its directory. They say nothing about what their own layer brings, whichever comes first in the archive.
// In an overlay's upper directory they become the character device 0/0 and the attribute trusted.overlay.opaque; where the
// directory is everything there is, what they hide is removed.
import { readdirSync } from "node:fs";
import { codeOfError } from "../../../sys/errno.ts";
import { FileType, makeNode } from "../../../sys/file-node.ts";
import { type BytePath, baseOf, joinPath, refusal } from "./byte-path.ts";
import { findBelow } from "./lower-layers.ts";
import type { LayerTarget, RootDirectories } from "./root-directories.ts";

const PREFIX = ".wh.";
/** Names that AUFS kept its own things under; one of them means something. */
const META_PREFIX = ".wh..wh.";
const OPAQUE = ".wh..wh..opq";

/** What a name hides: one name beside it, everything beside it; or it is AUFS's own and means nothing. */
export type Whiteout = { readonly hides: BytePath } | "opaque" | "ignored";

/** What whiteouts need of the writer of a layer. */
export interface WhiteoutWriter {
  readonly target: LayerTarget;
  readonly directories: RootDirectories;
  readonly beganEmpty: boolean;
  isMade(path: BytePath): boolean;
  remove(path: BytePath): void;
  setOpaque(path: BytePath): void;
}

/** Whether a clean name is a whiteout, and of what. Throws InvalidArgument where it would hide "." or "..". */
export function whiteoutOf(name: BytePath): Whiteout | undefined {
  if (!name.includes(PREFIX)) return undefined;
  const base = baseOf(name);
  if (base === OPAQUE) return "opaque";
  if (name.split("/").some((part) => part.startsWith(META_PREFIX))) return "ignored";
  if (!base.startsWith(PREFIX)) return undefined;
  const hides = base.slice(PREFIX.length);
  if (hides === "" || hides === "." || hides === "..") throw refusal(name, "it is a whiteout of no name");
  return { hides };
}

/** Hides what the layers below have in a real directory. */
export function applyWhiteout(
  writer: WhiteoutWriter,
  dir: BytePath,
  whiteout: Exclude<Whiteout, "ignored">,
): void {
  if (whiteout === "opaque") hideAll(writer, dir);
  else hideOne(writer, joinPath(dir, whiteout.hides));
}

function hideOne(writer: WhiteoutWriter, path: BytePath): void {
  const { directories, target } = writer;
  const stats = directories.stat(path);
  if (stats !== undefined && writer.isMade(path)) {
    // The layer's own: it stays, and so does what it has put into it.
    if (stats.isDirectory()) hideAll(writer, path);
    return;
  }
  if (stats !== undefined) writer.remove(path);
  if (target.kind !== "overlay") return;
  // A whiteout of nothing shows in listings, as a name that is not there, where the directory is of this layer alone.
  if (findBelow(target.lowerDirs, path) !== undefined)
    makeNode(directories.absolute(path), FileType.characterDevice, 0);
}

function hideAll(writer: WhiteoutWriter, dir: BytePath): void {
  if (!writer.beganEmpty) removeForeign(writer, dir);
  if (writer.target.kind !== "overlay") return;
  if (dir === "") hideRoots(writer);
  else writer.setOpaque(dir);
}

function removeForeign(writer: WhiteoutWriter, dir: BytePath): void {
  for (const name of namesIn(writer.directories.absolute(dir))) {
    const path = joinPath(dir, name);
    if (!writer.isMade(path)) writer.remove(path);
    else if (writer.directories.stat(path)?.isDirectory()) removeForeign(writer, path);
  }
}

// The root of an overlay cannot be opaque: the kernel does not ask it. Each name below is hidden by itself.
function hideRoots(writer: WhiteoutWriter): void {
  for (const lower of writer.target.lowerDirs) {
    for (const name of namesIn(lower)) {
      const path = writer.directories.absolute(name);
      try {
        makeNode(path, FileType.characterDevice, 0);
      } catch (error) {
        if (codeOfError(error) !== "EEXIST") throw error;
        const stats = writer.directories.stat(name);
        if (stats?.isDirectory()) writer.setOpaque(name);
      }
    }
  }
}

function namesIn(dir: string | Buffer): BytePath[] {
  return readdirSync(dir, { encoding: "buffer" }).map((name) => name.toString("latin1"));
}
