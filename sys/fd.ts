// Ownership of file descriptors: who opens owns, who owns closes, giving away is a method call. A plain number
// borrows; a parameter of type OwnedFd takes. Every descriptor made here is close-on-exec from birth.
// Knows nothing about what is behind the descriptor.
import { closeSync, constants, openSync } from "node:fs";
import { systemError } from "./errno.ts";
import { syscall } from "./libc.ts";

const F_GETFD = 1;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const F_DUPFD_CLOEXEC = 1030;
const F_SETPIPE_SZ = 1031;
const FD_CLOEXEC = 1;
const CLOSE_RANGE_CLOEXEC = 4;
// The same on every architecture we run on; Node's constants lack O_CLOEXEC.
const O_CLOEXEC = 0o2000000;
const { O_NONBLOCK } = constants;

/** A descriptor with one owner. Use with `using`, or close it; a forgotten one leaks. */
export class OwnedFd implements Disposable {
  #fd: number;

  /** Takes `fd`: nobody else may close it from here on. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * open(2), synchronous: not for a file whose open can block (a fifo without O_NONBLOCK; see `fifo.ts`).
   * Close-on-exec is added to `flags`.
   */
  static open(path: string | Buffer, flags: number, mode = 0o600): OwnedFd {
    return new OwnedFd(openSync(path, flags | O_CLOEXEC, mode));
  }

  /** The number, borrowed: valid until this is closed or released. Throws EBADF after that. */
  get fd(): number {
    if (this.#fd < 0)
      throw systemError(9, { syscall: "fcntl", reason: "descriptor was closed or given away" });
    return this.#fd;
  }

  get isOpen(): boolean {
    return this.#fd >= 0;
  }

  /** A second descriptor for the same open file (shared offset and flags), never 0, 1 or 2. */
  dup(): OwnedFd {
    return duplicate(this.fd);
  }

  /** Gives the number away: the caller owns it, this object owns nothing. */
  release(): number {
    const fd = this.fd;
    this.#fd = -1;
    return fd;
  }

  /**
   * Closes; again does nothing. Linux has let go of the descriptor even when close(2) reports an error (a delayed
   * write error, mostly EIO or EDQUOT), so it is thrown for information and never a reason to try again.
   */
  close(): void {
    if (this.#fd >= 0) closeSync(this.release());
  }

  /** Closes and never throws. */
  [Symbol.dispose](): void {
    try {
      this.close();
    } catch {
      // see close(): nothing is left to do
    }
  }
}

/** A new owner for a duplicate of a borrowed descriptor, whose number is at least `from`. Throws EBADF, EMFILE. */
export function duplicate(fd: number, from = 3): OwnedFd {
  return new OwnedFd(syscall("fcntl", [fd, F_DUPFD_CLOEXEC, from]));
}

/** pipe2(2): both ends, blocking unless told. Closing is the caller's. */
export function pipe(options: { nonBlocking?: boolean } = {}): { read: OwnedFd; write: OwnedFd } {
  const pair = Buffer.alloc(8);
  syscall("pipe2", [pair, O_CLOEXEC | (options.nonBlocking ? O_NONBLOCK : 0)]);
  return { read: new OwnedFd(pair.readInt32LE(0)), write: new OwnedFd(pair.readInt32LE(4)) };
}

/** eventfd(2), non-blocking: eight bytes, little endian, added on write and taken on read. */
export function eventFd(): OwnedFd {
  return new OwnedFd(syscall("eventfd2", [0, O_CLOEXEC | O_NONBLOCK]));
}

/** Whether close-on-exec is set. */
export function isCloseOnExec(fd: number): boolean {
  return (syscall("fcntl", [fd, F_GETFD]) & FD_CLOEXEC) !== 0;
}

/** Sets or clears close-on-exec. Clearing on the main thread leaks into every child spawned until it is set again. */
export function setCloseOnExec(fd: number, on: boolean): void {
  const flags = syscall("fcntl", [fd, F_GETFD]);
  syscall("fcntl", [fd, F_SETFD, on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC]);
}

/**
 * Marks every open descriptor from `first` on close-on-exec (close_range(2), kernel 5.11). For the start of a process:
 * what our parent leaked to us must not reach a container.
 */
export function closeOnExecFrom(first: number): void {
  syscall("close_range", [first, 0xffff_ffff, CLOSE_RANGE_CLOEXEC]);
}

/** The status flags of the open file (O_ACCMODE, O_NONBLOCK, O_APPEND…). */
export function statusFlags(fd: number): number {
  return syscall("fcntl", [fd, F_GETFL]);
}

/** Sets or clears O_NONBLOCK: a property of the open file, shared with everyone who holds a duplicate. */
export function setNonBlocking(fd: number, on: boolean): void {
  const flags = statusFlags(fd);
  syscall("fcntl", [fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK]);
}

/**
 * Asks for a pipe or fifo capacity in bytes and returns what the kernel gave: a power of two, at least a page.
 * EPERM above /proc/sys/fs/pipe-max-size without CAP_SYS_RESOURCE, EBUSY when more than that is in it.
 */
export function setPipeSize(fd: number, sizeBytes: number): number {
  return syscall("fcntl", [fd, F_SETPIPE_SZ, sizeBytes]);
}
