// Copying a whole tree, as a job of a worker: everything that belongs to a file goes with it (owner, mode, times to the
// nanosecond, attributes, hard links among the copied, devices, fifos, sockets). Data is shared with the original where the
// filesystem can do that (reflink), otherwise copied in the kernel.
// Always true: nothing is followed, and nothing outside of the target is touched. Runs as root over trees that nobody changes.
import {
  type BigIntStats,
  chmodSync,
  constants,
  copyFileSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
} from "node:fs";
import { codeOfError } from "../../sys/errno.ts";
import { makeNode, setTimes } from "../../sys/file-node.ts";
import { getXattr, listXattrs, setXattr } from "../../sys/xattr.ts";
import type { CopyTreeJob } from "./jobs.ts";

const SLASH = Buffer.from("/");
const MODE_BITS = 0o7777;

/** Copies what is in `source` into `target`, an empty directory, which gets the owner, mode, times and attributes of `source`. */
export function copyTree({ source, target }: CopyTreeJob): undefined {
  const from = Buffer.from(source);
  const to = Buffer.from(target);
  const linked = new Map<bigint, Buffer>();
  copyInto(from, to, linked);
  copyMetadata(from, to, lstatSync(from, { bigint: true }));
  return undefined;
}

function copyInto(from: Buffer, to: Buffer, linked: Map<bigint, Buffer>): void {
  for (const name of readdirSync(from, { encoding: "buffer" })) {
    copyOne(Buffer.concat([from, SLASH, name]), Buffer.concat([to, SLASH, name]), linked);
  }
}

function copyOne(from: Buffer, to: Buffer, linked: Map<bigint, Buffer>): void {
  const stats = lstatSync(from, { bigint: true });
  const isShared = !stats.isDirectory() && stats.nlink > 1n;
  const first = isShared ? linked.get(stats.ino) : undefined;
  if (first !== undefined) {
    linkSync(first, to);
    return;
  }
  if (isShared) linked.set(stats.ino, to);
  if (stats.isDirectory()) {
    mkdirSync(to, { mode: 0o700 });
    copyInto(from, to, linked);
  } else if (stats.isSymbolicLink()) {
    symlinkSync(readlinkSync(from, { encoding: "buffer" }), to);
  } else if (stats.isFile()) {
    copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  } else {
    makeNode(to, Number(stats.mode), Number(stats.rdev));
  }
  // A directory's times come after what is in it.
  copyMetadata(from, to, stats);
}

function copyMetadata(from: Buffer, to: Buffer, stats: BigIntStats): void {
  lchownSync(to, Number(stats.uid), Number(stats.gid));
  for (const name of listXattrs(from)) copyAttribute(from, to, name);
  if (!stats.isSymbolicLink()) chmodSync(to, Number(stats.mode) & MODE_BITS);
  setTimes(to, stats.atimeNs, stats.mtimeNs);
}

function copyAttribute(from: Buffer, to: Buffer, name: string): void {
  const value = getXattr(from, name);
  if (value === undefined) return;
  try {
    setXattr(to, name, value);
  } catch (error) {
    // What the kernel makes itself (security.selinux without a policy) it may not let us set.
    if (codeOfError(error) !== "ENOTSUP") throw error;
  }
}
