// A lock that ends with its holder: flock(2) on a directory. It leaves no file behind and cannot be left locked.
// Held for moments only: taking it blocks the thread, and with it the event loop.
import { constants } from "node:fs";
import { systemError } from "../sys/errno.ts";
import { OwnedFd } from "../sys/fd.ts";
import { lastErrno, libcFunction } from "../sys/libc.ts";

const LOCK_EX = 2;
const EINTR = 4;

/** Waits for the lock of a directory and holds it until it is disposed of. Throws the system's error. */
export function flock(dir: string): Disposable {
  const fd = OwnedFd.open(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  const lock = libcFunction("flock", "int", ["int", "int"]);
  while (lock(fd.fd, LOCK_EX) !== 0) {
    const errno = lastErrno();
    if (errno === EINTR) continue;
    fd.close();
    throw systemError(errno, { syscall: "flock", path: dir });
  }
  return fd;
}
