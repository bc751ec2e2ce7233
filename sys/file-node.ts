// What can be said of a file by its path and Node has no exact word for: making a device, a fifo or a socket as a node of the
// filesystem, and setting times to the nanosecond (Node's are doubles: a quarter of a microsecond is lost). Symlinks are
// not followed. See mknodat(2), utimensat(2), syncfs(2).
import { systemError } from "./errno.ts";
import { syscall, trySyscall } from "./libc.ts";
import { pathArgument } from "./xattr.ts";

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const NANOSECONDS = 1_000_000_000n;

/** The type bits of a mode (inode(7)). */
export const FileType = {
  mask: 0o170000,
  socket: 0o140000,
  link: 0o120000,
  regular: 0o100000,
  blockDevice: 0o060000,
  directory: 0o040000,
  characterDevice: 0o020000,
  fifo: 0o010000,
} as const;

/** The number of a device as the kernel has it in `st_rdev` (linux/kdev_t.h). */
export function deviceNumber(major: number, minor: number): number {
  return (minor & 0xff) | ((major & 0xfff) << 8) | ((minor & 0xfff00) << 12);
}

/** The parts of {@link deviceNumber}. */
export function deviceParts(device: number): { major: number; minor: number } {
  return { major: (device >>> 8) & 0xfff, minor: (device & 0xff) | ((device >>> 12) & 0xfff00) };
}

/** Makes a node; `mode` holds the type and, as far as the umask allows, the permissions. EEXIST when the name is taken. */
export function makeNode(path: string | Uint8Array, mode: number, device = 0): void {
  syscall("mknodat", [AT_FDCWD, pathArgument(path), mode, device], { path: String(path) });
}

// struct timespec[2]; one for all calls of a thread.
let times: Buffer | undefined;

/** Sets both times, in nanoseconds since the epoch, of a path or of an open file (a number). */
export function setTimes(file: string | Uint8Array | number, accessed: bigint, modified: bigint): void {
  times ??= Buffer.alloc(32);
  writeTime(times, 0, accessed);
  writeTime(times, 16, modified);
  const isOpen = typeof file === "number";
  const result = isOpen
    ? trySyscall("utimensat", file, null, times, 0)
    : trySyscall("utimensat", AT_FDCWD, pathArgument(file), times, AT_SYMLINK_NOFOLLOW);
  if (result >= 0) return;
  throw systemError(-result, { syscall: "utimensat", ...(isOpen ? {} : { path: String(file) }) });
}

// Division of bigints rounds towards zero, and tv_nsec is never negative.
function writeTime(buffer: Buffer, offset: number, nanoseconds: bigint): void {
  let seconds = nanoseconds / NANOSECONDS;
  let rest = nanoseconds - seconds * NANOSECONDS;
  if (rest < 0n) {
    seconds -= 1n;
    rest += NANOSECONDS;
  }
  buffer.writeBigInt64LE(seconds, offset);
  buffer.writeBigInt64LE(rest, offset + 8);
}

/** Writes everything of the filesystem behind a descriptor to its disk; blocks as long as that takes. */
export function syncFilesystem(fd: number): void {
  syscall("syncfs", [fd]);
}
