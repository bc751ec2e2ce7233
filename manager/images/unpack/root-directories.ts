// Directories beneath the root that a layer is unpacked into, found without ever leaving it. A name is walked part by part with
// lstat; a symlink on the way is followed as if the root were "/", the way it will be inside the container.
// Why a walk and a cache are safe here, without openat2 for every entry: the directory belongs to one snapshot that is being
// prepared, under a directory of mode 0700, so nobody but this layer's own writer changes it, and that tells us of every
// directory or symlink it takes away (`forget`). What the cache names was a real directory, all the way, and still is.
// Missing directories are made, with what the layers below say about them.
import {
  type BigIntStats,
  chmodSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  unlinkSync,
} from "node:fs";
import { FileType } from "../../../sys/file-node.ts";
import { getXattr, listXattrs, setXattr } from "../../../sys/xattr.ts";
import {
  type BytePath,
  baseOf,
  directoryOf,
  joinPath,
  refusal,
  toBytePath,
  toSystemPath,
} from "./byte-path.ts";
import { findBelow, isWhiteout, OVERLAY_OPAQUE } from "./lower-layers.ts";

/** As many as the kernel follows (path_resolution(7)). */
const MAX_LINKS = 40;

/** What is unpacked into, and how things below it are hidden. */
export interface LayerTarget {
  /** An overlay's upper directory, or a directory that is everything there is. */
  readonly kind: "overlay" | "plain";
  readonly rootDir: string;
  /** What lies below an overlay's upper directory, nearest first. */
  readonly lowerDirs: readonly string[];
}

/** The directories of one root, for one writer. */
export class RootDirectories {
  readonly #root: BytePath;
  readonly #lowerDirs: readonly string[];
  readonly #isOverlay: boolean;
  /** Directory as a name says it → the same without symlinks in it. */
  readonly #real = new Map<BytePath, BytePath>();
  readonly #onMade: (dir: BytePath) => void;

  /** `onMade` hears of each directory that was made because it was missing. */
  constructor(target: LayerTarget, onMade: (dir: BytePath) => void) {
    this.#root = toBytePath(target.rootDir);
    this.#lowerDirs = target.lowerDirs;
    this.#isOverlay = target.kind === "overlay";
    this.#onMade = onMade;
  }

  /** A real path beneath the root, as calls take it. */
  absolute(real: BytePath): string | Buffer {
    return toSystemPath(real === "" ? this.#root : `${this.#root}/${real}`);
  }

  /** What is there, of itself; undefined when nothing is. */
  stat(real: BytePath): BigIntStats | undefined {
    return lstatSync(this.absolute(real), { throwIfNoEntry: false, bigint: true });
  }

  /**
   * The real path of a clean directory name. What is missing is made, or refused unless `make`. Throws InvalidArgument when
   * something else than a directory is in the way.
   */
  resolve(dir: BytePath, make = true): BytePath {
    if (dir === "") return "";
    const known = this.#real.get(dir);
    if (known !== undefined) return known;
    const parent = this.resolve(directoryOf(dir), make);
    const real = this.#step(parent, baseOf(dir), dir, make, { links: 0 });
    this.#real.set(dir, real);
    return real;
  }

  /** Says that a directory or a symlink is gone: nothing that was found through it holds any more. */
  forget(): void {
    this.#real.clear();
  }

  /** Whether this is a whiteout of an overlay: the character device 0/0. */
  isWhiteout(stats: BigIntStats): boolean {
    return this.#isOverlay && isWhiteout(stats);
  }

  #step(
    parent: BytePath,
    name: BytePath,
    asked: BytePath,
    make: boolean,
    budget: { links: number },
  ): BytePath {
    const path = joinPath(parent, name);
    const stats = this.stat(path);
    if (stats?.isDirectory()) return path;
    if (stats?.isSymbolicLink()) return this.#follow(parent, path, asked, make, budget);
    const isWhiteout = stats !== undefined && this.isWhiteout(stats);
    if (stats !== undefined && !isWhiteout) throw refusal(asked, "a file is where a directory should be");
    if (!make) throw refusal(asked, "there is no such directory in this layer");
    if (isWhiteout) unlinkSync(this.absolute(path));
    mkdirSync(this.absolute(path), { mode: 0o755 });
    chmodSync(this.absolute(path), 0o755);
    this.#copyFromBelow(path);
    // The layer itself has said that what lies below this name is gone.
    if (isWhiteout) setXattr(this.absolute(path), OVERLAY_OPAQUE, Buffer.from("y"));
    this.#onMade(path);
    return path;
  }

  #follow(
    parent: BytePath,
    link: BytePath,
    asked: BytePath,
    make: boolean,
    budget: { links: number },
  ): BytePath {
    budget.links += 1;
    if (budget.links > MAX_LINKS) throw refusal(asked, "too many symlinks on the way");
    const target = readlinkSync(this.absolute(link), { encoding: "buffer" }).toString("latin1");
    let real = target.startsWith("/") ? "" : parent;
    for (const part of target.split("/")) {
      if (part === "" || part === ".") continue;
      // Above the root is the root, as for "/".
      real = part === ".." ? directoryOf(real) : this.#step(real, part, asked, make, budget);
    }
    return real;
  }

  // A directory that the layer does not mention would hide its owner and mode in the layers below.
  #copyFromBelow(real: BytePath): void {
    const below = findBelow(this.#lowerDirs, real);
    if (!below?.stats.isDirectory()) return;
    const own = this.absolute(real);
    lchownSync(own, Number(below.stats.uid), Number(below.stats.gid));
    chmodSync(own, Number(below.stats.mode) & ~FileType.mask);
    for (const name of listXattrs(below.path)) {
      if (name.startsWith("trusted.overlay.")) continue;
      const value = getXattr(below.path, name);
      if (value !== undefined) setXattr(own, name, value);
    }
  }
}
