// Locks that end with their holder: flock(2) on a file or a directory. On a directory they leave nothing behind, and none
// can be left locked: the kernel lets go when the last duplicate of the descriptor is closed, however the process ended.
// The descriptor is close-on-exec, so a child does not hold the lock of its parent.
import { constants } from "node:fs";
import { systemError } from "./errno.ts";
import { OwnedFd } from "./fd.ts";
import { trySyscall } from "./libc.ts";

const LOCK_EX = 2;
const LOCK_NB = 4;
const EINTR = 4;
const EAGAIN = 11;

/**
 * Waits for the lock of a directory and holds it until it is disposed of. For moments only: waiting blocks the thread, and
 * with it the event loop. Throws the system's error.
 */
export function flock(dir: string): Disposable {
  const fd = OwnedFd.open(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    lock(fd.fd, LOCK_EX, dir);
    return fd;
  } catch (error) {
    fd[Symbol.dispose]();
    throw error;
  }
}

/**
 * Takes the lock of an open file without waiting: whether it is ours now. It is held until `fd` (borrowed) and all its
 * duplicates are closed. Throws the system's error.
 */
export function tryFlock(fd: number): boolean {
  return lock(fd, LOCK_EX | LOCK_NB, undefined);
}

function lock(fd: number, operation: number, path: string | undefined): boolean {
  for (;;) {
    const result = trySyscall("flock", fd, operation);
    if (result >= 0) return true;
    if (result === -EINTR) continue;
    if (result === -EAGAIN && (operation & LOCK_NB) !== 0) return false;
    throw systemError(-result, { syscall: "flock", path });
  }
}
