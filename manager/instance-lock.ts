// One hawserd per root directory and per state directory: two would undo each other's work. The lock of each directory is
// flock(2) on its file `hawserd.lock`, which holds the pid of whoever has it, for people. The file stays; the lock ends
// with the process, however it ends, so a stale file locks nobody out.
import { constants, ftruncateSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Code, HawserError, isErrno, messageOf } from "../proto/errors.ts";
import { makeDirectories } from "../sys/directory.ts";
import { OwnedFd } from "../sys/fd.ts";
import { tryFlock } from "../sys/file-lock.ts";

/** The name of the file in each directory. */
export const LOCK_FILE = "hawserd.lock";

/** A directory that is to be ours alone. */
export interface LockedDirectory {
  readonly path: string;
  /** Mode of the directory when it has to be made. */
  readonly mode: number;
  /** How its user calls it: `--root`. */
  readonly flag: string;
}

/** Holds the locks until it is disposed of. */
export class InstanceLock implements Disposable {
  readonly #fds: readonly OwnedFd[];

  private constructor(fds: readonly OwnedFd[]) {
    this.#fds = fds;
  }

  /**
   * Makes the directories where they are missing and takes their locks, in this order. Throws FailedPrecondition that
   * names the holder when another hawserd has one; PermissionDenied or FailedPrecondition when a directory cannot be
   * written; nothing is locked then.
   */
  static acquire(directories: readonly LockedDirectory[]): InstanceLock {
    const fds: OwnedFd[] = [];
    try {
      for (const directory of directories) fds.push(lock(directory));
      return new InstanceLock(fds);
    } catch (error) {
      for (const fd of fds) fd[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const fd of this.#fds) fd[Symbol.dispose]();
  }
}

function lock(directory: LockedDirectory): OwnedFd {
  const path = join(directory.path, LOCK_FILE);
  const fd = open(directory, path);
  try {
    if (!tryFlock(fd.fd)) throw inUse(directory, path);
    ftruncateSync(fd.fd);
    writeSync(fd.fd, `${process.pid}\n`, 0);
    return fd;
  } catch (error) {
    fd[Symbol.dispose]();
    throw translated(error, directory);
  }
}

function open(directory: LockedDirectory, path: string): OwnedFd {
  try {
    makeDirectories(directory.path, directory.mode);
    // Not truncated: until we have the lock, the pid in it is somebody else's.
    return OwnedFd.open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    throw translated(error, directory);
  }
}

function inUse({ path, flag }: LockedDirectory, lockPath: string): HawserError {
  const pid = /^\d+$/.exec(readFileSync(lockPath, "utf8").trim())?.[0];
  const holder = pid === undefined ? "another hawserd" : `another hawserd, pid ${pid},`;
  return new HawserError(
    Code.FailedPrecondition,
    `lock "${path}": ${holder} is using it; stop that one, or choose another directory with ${flag}`,
  );
}

const REASONS: readonly (readonly [errno: string, code: Code, reason: string])[] = [
  ["EACCES", Code.PermissionDenied, "it cannot be written by this user: run hawserd as root"],
  ["EPERM", Code.PermissionDenied, "it cannot be written by this user: run hawserd as root"],
  ["EROFS", Code.FailedPrecondition, "it is on a read-only file system"],
  ["ENOSPC", Code.ResourceExhausted, "its file system is full"],
  ["EDQUOT", Code.ResourceExhausted, "its disk quota is used up"],
  ["ENOTDIR", Code.FailedPrecondition, "a part of the path is not a directory"],
  ["EEXIST", Code.FailedPrecondition, "there is something that is not a directory"],
  ["ELOOP", Code.FailedPrecondition, `its ${LOCK_FILE} is a symbolic link`],
];

function translated(error: unknown, { path, flag }: LockedDirectory): HawserError {
  if (error instanceof HawserError) return error;
  const known = REASONS.find(([errno]) => isErrno(error, errno));
  const [, code, reason] = known ?? ["", Code.Unknown, messageOf(error)];
  const message = `use directory "${path}": ${reason}; or choose another one with ${flag}`;
  return new HawserError(code, message, { cause: error });
}
