// One thing of a tree as tar has it: headers, then data. Knows under which name it has written an inode first, so that hard links
// stay hard links. Only looks, and follows nothing; what lies behind the last part of a path is the caller's to have settled.
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from "node:fs";
import { Code, HawserError } from "../../proto/errors.ts";
import { deviceParts } from "../../sys/file-node.ts";
import { getXattr, listXattrs } from "../../sys/xattr.ts";
import { type BytePath, quotePath } from "../images/unpack/byte-path.ts";
import { type TarEntryInit, tarHeader, tarPadding } from "./tar-writer.ts";
import { isOfLayer } from "./tree-changes.ts";

const PIECE_BYTES = 256 * 1024;
const MODE_BITS = 0o7777;

/** Writes the entries of one archive. */
export class EntryWriter {
  readonly #latestNs: bigint | undefined;
  /** Inode → the first name under which this archive has it. */
  readonly #linked = new Map<string, BytePath>();

  /** No time in the archive is later than `latestNs`, nanoseconds since the epoch. */
  constructor(latestNs?: bigint) {
    this.#latestNs = latestNs;
  }

  /**
   * The bytes of what is at `absolute`, called `name` in the archive. Nothing for a socket: an archive has no word for it, and
   * nobody listens on this one any more. Throws Aborted when a file has become shorter, or something else, meanwhile.
   */
  *entry(name: BytePath, absolute: string | Buffer, stats: BigIntStats): Generator<Buffer, void, undefined> {
    if (stats.isSocket()) return;
    const common = {
      name,
      mode: Number(stats.mode) & MODE_BITS,
      uid: Number(stats.uid),
      gid: Number(stats.gid),
      mtimeNs: this.#time(stats.mtimeNs),
      attributes: attributesOf(absolute),
    };
    const hasNames = !stats.isDirectory() && stats.nlink > 1n;
    const inode = `${stats.dev}:${stats.ino}`;
    const first = hasNames ? this.#linked.get(inode) : undefined;
    if (first !== undefined) {
      yield tarHeader({ ...common, flag: "1", linkName: first });
      return;
    }
    if (hasNames) this.#linked.set(inode, name);
    if (stats.isDirectory()) yield tarHeader({ ...common, name: `${name}/`, flag: "5" });
    else if (stats.isSymbolicLink()) {
      const linkName = readlinkSync(absolute, { encoding: "buffer" }).toString("latin1");
      yield tarHeader({ ...common, flag: "2", linkName });
    } else if (stats.isFile()) {
      const size = Number(stats.size);
      yield tarHeader({ ...common, flag: "0", size });
      yield* fileBytes(absolute, stats, name);
      yield tarPadding(size);
    } else {
      const flag = stats.isFIFO() ? "6" : stats.isBlockDevice() ? "4" : "3";
      yield tarHeader({ ...common, flag, ...(flag === "6" ? {} : deviceParts(Number(stats.rdev))) });
    }
  }

  #time(time: bigint): bigint {
    return this.#latestNs !== undefined && time > this.#latestNs ? this.#latestNs : time;
  }
}

function attributesOf(path: string | Buffer): NonNullable<TarEntryInit["attributes"]> {
  const names = listXattrs(path).filter(isOfLayer);
  names.sort((a, b) => (a < b ? -1 : 1));
  return names.map((name) => [name, getXattr(path, name) ?? Buffer.alloc(0)] as const);
}

// Exactly as many bytes as the header has said: a file that somebody changes meanwhile would shift everything behind it.
function* fileBytes(
  file: string | Buffer,
  { size }: BigIntStats,
  name: BytePath,
): Generator<Buffer, void, undefined> {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!fstatSync(fd).isFile()) throw changed(name, "something else than a file");
    for (let left = Number(size); left > 0; ) {
      const piece = Buffer.allocUnsafe(Math.min(left, PIECE_BYTES));
      const count = readSync(fd, piece);
      if (count === 0) throw changed(name, "shorter");
      left -= count;
      yield piece.subarray(0, count);
    }
  } finally {
    closeSync(fd);
  }
}

function changed(name: BytePath, what: string): HawserError {
  const message = `read ${quotePath(name)}: it has become ${what} meanwhile; try again`;
  return new HawserError(Code.Aborted, message);
}
