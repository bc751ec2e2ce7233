// Reading a small file of an image: inside its root file system and nowhere else. The image is a stranger's: its
// /etc/passwd may be a link to the host's, a fifo that never answers, a device that never ends. Links are followed as from
// inside the container (openat2, RESOLVE_IN_ROOT; or image-root.ts, where nothing is mounted); only a regular file is read,
// and only so much of it.
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { Code, HawserError } from "../../proto/errors.ts";
import { codeOfError } from "../../sys/errno.ts";
import { resolveInRoot } from "../../sys/mount.ts";
import type { ImageRoot } from "./image-root.ts";

/** A passwd of 100,000 users fits. */
const MAX_BYTES = 16 * 1024 * 1024;

/** The text of a file, or undefined when the image has none. Throws FailedPrecondition for what is not to be read. */
export function readRootfsFile(root: string | ImageRoot, path: string): string | undefined {
  try {
    using place = typeof root === "string" ? resolveInRoot(root, path) : root.open(path);
    const stats = fstatSync(place.fd);
    if (!stats.isFile()) throw unreadable(path, "it is no regular file");
    if (stats.size > MAX_BYTES) throw unreadable(path, `it is longer than ${MAX_BYTES >> 20} MiB`);
    // The handle cannot be read from; its magic link opens the very file that was looked at.
    const fd = openSync(`/proc/self/fd/${place.fd}`, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return readUpTo(fd, stats.size);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const code = codeOfError(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    if (code === "ELOOP") throw unreadable(path, "its links go round in a circle");
    throw error;
  }
}

// Up to the size it had: a file that grows under our eyes is not followed.
function readUpTo(fd: number, size: number): string {
  const buffer = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const count = readSync(fd, buffer, length, size - length, length);
    if (count === 0) break;
    length += count;
  }
  return buffer.toString("utf8", 0, length);
}

function unreadable(path: string, why: string): HawserError {
  return new HawserError(Code.FailedPrecondition, `read "${path}" of the image: ${why}`);
}
