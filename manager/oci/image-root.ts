// The root file system of an image that nobody has mounted: the directories that a snapshotter would put on top of each other,
// looked through as the kernel would. Nothing is mounted, so nothing is left when the program dies, and it takes microseconds.
// Symlinks are followed as from inside and never out; layers of an image do not change under our eyes.
// Where only the kernel knows what is in a mount (a block device), there is no such root.
import { constants, readlinkSync } from "node:fs";
import type { Init } from "../../proto/codec.ts";
import type { Mount } from "../../proto/gen/mount.ts";
import { systemError } from "../../sys/errno.ts";
import { OwnedFd } from "../../sys/fd.ts";
import { bindOf, overlayOf } from "../images/mount-target.ts";
import { type BytePath, toBytePath } from "../images/unpack/byte-path.ts";
import { findBelow } from "../images/unpack/lower-layers.ts";

const O_PATH = 0o10000000;
const ENOENT = 2;
const ELOOP = 40;
/** The kernel's own limit (path_resolution(7)). */
const MAX_LINKS = 40;

/** Directories on top of each other. */
export class ImageRoot {
  readonly #layers: readonly string[];

  /** The nearest first. */
  constructor(layers: readonly string[]) {
    this.#layers = layers;
  }

  /** What the mounts of a snapshot come to; undefined where only the kernel knows. */
  static of(mounts: readonly Init<Mount>[]): ImageRoot | undefined {
    const bind = bindOf(mounts);
    if (bind !== undefined) return new ImageRoot([bind.source]);
    const overlay = overlayOf(mounts);
    if (overlay === undefined) return undefined;
    return new ImageRoot([
      ...(overlay.upperDir === undefined ? [] : [overlay.upperDir]),
      ...overlay.lowerDirs,
    ]);
  }

  /** A handle (O_PATH) of what is at a path, the caller's. Throws ENOENT, and ELOOP for links that go round in a circle. */
  open(path: string): OwnedFd {
    const left = toBytePath(path).split("/");
    let at: string[] = [];
    let links = 0;
    let found = findBelow(this.#layers, "");
    for (let part = left.shift(); part !== undefined; part = left.shift()) {
      if (part === "" || part === ".") continue;
      if (part === "..") {
        at.pop();
        continue;
      }
      found = findBelow(this.#layers, [...at, part].join("/"));
      if (found === undefined) throw systemError(ENOENT, { syscall: "open", path });
      if (!found.stats.isSymbolicLink()) {
        at.push(part);
        continue;
      }
      if (++links > MAX_LINKS) throw systemError(ELOOP, { syscall: "open", path });
      const target = linkAt(found.path);
      if (target.startsWith("/")) at = [];
      left.unshift(...target.split("/"));
    }
    if (found === undefined) throw systemError(ENOENT, { syscall: "open", path });
    return OwnedFd.open(found.path, O_PATH | constants.O_NOFOLLOW);
  }
}

function linkAt(path: string | Buffer): BytePath {
  return readlinkSync(path, "latin1");
}
