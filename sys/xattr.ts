// Extended attributes, of the file itself and never of what a symlink points to. Node has no calls for them.
// Names and values are the caller's to judge: a value is bytes (security.capability is binary), a name may belong to a
// namespace that only root may write (trusted.*). See xattr(7).
import { systemError } from "./errno.ts";
import { type Arg, trySyscall } from "./libc.ts";

const ENODATA = 61;
const ERANGE = 34;
const ENOTSUP = 95;
/** The kernel's limits (linux/limits.h): no value and no list of names is longer. */
const MAX_BYTES = 65_536;

// One for all calls of a thread: what was read is copied out before anything else runs.
let scratch: Buffer | undefined;

/** A path as the kernel takes it: text, or bytes where a name is not UTF-8. Bytes get the NUL that C wants. */
export function pathArgument(path: string | Uint8Array): Arg {
  return typeof path === "string" ? path : Buffer.concat([path, Buffer.alloc(1)]);
}

/** The names of a file's attributes; none where the filesystem has no attributes at all. */
export function listXattrs(path: string | Uint8Array): string[] {
  scratch ??= Buffer.alloc(MAX_BYTES);
  const count = trySyscall("llistxattr", pathArgument(path), scratch, MAX_BYTES);
  if (count === -ENOTSUP || count === 0) return [];
  if (count < 0) throw systemError(-count, { syscall: "llistxattr", path: String(path) });
  return scratch.toString("utf8", 0, count - 1).split("\0");
}

/** The value of an attribute, the caller's to keep; undefined when the file does not have it. */
export function getXattr(path: string | Uint8Array, name: string): Buffer | undefined {
  scratch ??= Buffer.alloc(MAX_BYTES);
  const count = trySyscall("lgetxattr", pathArgument(path), name, scratch, MAX_BYTES);
  if (count === -ENODATA || count === -ENOTSUP) return undefined;
  if (count < 0) throw systemError(-count, { syscall: "lgetxattr", path: String(path) });
  return Buffer.from(scratch.subarray(0, count));
}

/**
 * Sets an attribute of a path, or of an open file (a number). Throws ENOTSUP where the filesystem, or this kind of file, has
 * none of that namespace, and ENOSPC or E2BIG where there is no room.
 */
export function setXattr(file: string | Uint8Array | number, name: string, value: Uint8Array): void {
  const isOpen = typeof file === "number";
  if (value.length > MAX_BYTES) throw failure(ERANGE, file);
  const target = isOpen ? file : pathArgument(file);
  const result = trySyscall(isOpen ? "fsetxattr" : "lsetxattr", target, name, value, value.length, 0);
  if (result < 0) throw failure(-result, file);
}

function failure(errno: number, file: string | Uint8Array | number): Error {
  return typeof file === "number"
    ? systemError(errno, { syscall: "fsetxattr" })
    : systemError(errno, { syscall: "lsetxattr", path: String(file) });
}
