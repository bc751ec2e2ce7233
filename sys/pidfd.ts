// A process held by a pidfd: a descriptor that means one process for ever, whoever gets its pid later. Sending,
// waiting for the end, and (kernel 6.15 and later) learning how it ended even when somebody else reaped it.
// Owns its descriptor; owns no process: disposing it leaves the process alone. See pidfd_open(2).
import { systemError } from "./errno.ts";
import { OwnedFd } from "./fd.ts";
import { type FdPoll, pollFd, syscall, trySyscall } from "./libc.ts";
import { startTimeOf } from "./process-stat.ts";
import { type ChildExit, decodeWaitStatus } from "./wait.ts";

const ESRCH = 3;
const EINVAL = 22;
const ENOTTY = 25;
// _IOWR(0xFF, 11, struct pidfd_info) in its first version of 64 bytes: mask u64 at 0, exit_code i32 at 60. The
// kernel takes any size from there on.
const PIDFD_INFO_SIZE = 64;
const PIDFD_GET_INFO = 0xc000_0000 + PIDFD_INFO_SIZE * 0x1_0000 + 0xff0b;
const PIDFD_INFO_EXIT = 1n << 3n;

/** One process, for as long as this is open. */
export class PidFd implements Disposable {
  readonly pid: number;
  readonly #fd: OwnedFd;

  private constructor(pid: number, fd: OwnedFd) {
    this.pid = pid;
    this.#fd = fd;
  }

  /**
   * Opens the process that has this pid now; a zombie will do. With `startTime` (ticks, see `process-stat.ts`) it
   * must be that very process. Throws ESRCH when there is none, or another.
   */
  static open(pid: number, startTime?: bigint): PidFd {
    using fd = new OwnedFd(syscall("pidfd_open", [pid, 0]));
    // In this order: the descriptor pins the process, so a start time read afterwards and still matching is its own.
    if (startTime !== undefined && startTimeOf(pid) !== startTime) {
      throw systemError(ESRCH, { syscall: "pidfd_open", reason: `process ${pid} is another one by now` });
    }
    return new PidFd(pid, new OwnedFd(fd.release()));
  }

  /** Takes a pidfd that came from elsewhere (a socket, clone). */
  static adopt(pid: number, fd: OwnedFd): PidFd {
    return new PidFd(pid, fd);
  }

  /** The descriptor, borrowed. */
  get fd(): number {
    return this.#fd.fd;
  }

  /** Sends a signal (0: only checks). Returns false when the process has been reaped. Throws EPERM, EINVAL. */
  send(signal: number): boolean {
    const result = trySyscall("pidfd_send_signal", this.fd, signal, null, 0);
    if (result < 0 && result !== -ESRCH) throw systemError(-result, { syscall: "pidfd_send_signal" });
    return result >= 0;
  }

  /**
   * Resolves when the process has ended (it may be a zombie still), on the event loop. Rejects with the reason of
   * `signal`. Keeps the process alive while somebody waits.
   */
  ended(options: { signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      let poll: FdPoll | undefined;
      const onAbort = () => {
        poll?.close();
        reject(signal?.reason);
      };
      poll = pollFd(this.fd, { readable: true }, () => {
        poll?.close();
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /**
   * How the process ended, from the kernel's own memory of it: only once it was *reaped*, by anybody, and only if
   * this was open before. Undefined while it was not, and on kernels before 6.15.
   */
  exit(): ChildExit | undefined {
    const info = Buffer.alloc(PIDFD_INFO_SIZE);
    info.writeBigUInt64LE(PIDFD_INFO_EXIT, 0);
    const result = trySyscall("ioctl", this.fd, PIDFD_GET_INFO, info);
    // ENOTTY, EINVAL: not known to this kernel. ESRCH: known, reaped, but without memory of the exit.
    if (result === -ENOTTY || result === -EINVAL || result === -ESRCH) return undefined;
    if (result < 0) throw systemError(-result, { syscall: "ioctl" });
    if ((info.readBigUInt64LE(0) & PIDFD_INFO_EXIT) === 0n) return undefined;
    return decodeWaitStatus(this.pid, info.readInt32LE(60));
  }

  [Symbol.dispose](): void {
    this.#fd[Symbol.dispose]();
  }
}
