// One fifo of a client that output goes to, directly from the container or copied from a terminal. Owns a reading end
// that is never read from: while it is there, a writer gets no EPIPE when the client goes away, the client that comes
// back finds what was written meanwhile, and so does one that comes after the process has ended. It is no writing end:
// the client sees the end of the stream when the last process that has one is gone, and never because of us.
// See fifo(7), pipe(7) and fs/pipe.c of Linux.
import { constants } from "node:fs";
import { codeOfError } from "../../sys/errno.ts";
import { type OwnedFd, setPipeSize } from "../../sys/fd.ts";
import { type FdPoll, pollFd, syscall } from "../../sys/libc.ts";
import type { Drained, OnNotice } from "./contract.ts";
import type { PathHandle } from "./path-handle.ts";

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const FIONREAD = 0x541b;
const F_GETPIPE_SZ = 1032;
/**
 * Room in a pipe, so that writer and reader take turns less often; memory is used only for what is in it. Four times
 * the kernel's own: 3.5–3.9 GB/s against 1.8–3.4, and four times that again gave no more (2 GiB, dd, blocks of 32 and
 * 64 KiB, 2 cores, Linux 6.18).
 */
const PIPE_BYTES = 256 * 1024;
/** How soon, and after a while how often, somebody who waits in open(2) is looked for once all writers have gone. */
const FIRST_RELEASE_MS = 20;
const LAST_RELEASE_MS = 2_000;

/** Makes room in a pipe or fifo, as far as we may: see pipe-max-size and pipe-user-pages-soft in proc(5). */
export function widenPipe(fd: number): void {
  try {
    if (syscall("fcntl", [fd, F_GETPIPE_SZ]) < PIPE_BYTES) setPipeSize(fd, PIPE_BYTES);
  } catch {
    // As narrow as it was, it works too.
  }
}

/** The fifo, from the first writing end that we open to the disposal. */
export class OutputFifo implements Disposable {
  readonly #handle: PathHandle;
  readonly #onNotice: OnNotice;
  #hold: OwnedFd | undefined;
  #watch: FdPoll | undefined;
  #release: NodeJS.Timeout | undefined;
  #hasEnded = false;

  /** Borrows `handle`, which must stay open until this is disposed of. */
  constructor(handle: PathHandle, onNotice: OnNotice) {
    this.#handle = handle;
    this.#onNotice = onNotice;
    this.#hold = handle.open(O_RDONLY | O_NONBLOCK);
    try {
      widenPipe(this.#hold.fd);
      // The hang-up comes once, when the last of the writers has gone; a fifo that never had one has none.
      this.#watch = pollFd(this.#hold.fd, { disconnect: true }, () => this.#end());
      this.#watch.unref();
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** A blocking writing end; opens at once, because we hold a reading one. The caller's. */
  openForContainer(): OwnedFd {
    return this.#handle.open(O_WRONLY);
  }

  /** The same, non-blocking. The caller's. */
  openForCopy(): OwnedFd {
    return this.#handle.open(O_WRONLY | O_NONBLOCK);
  }

  /**
   * What there is to say once the process has ended and its descriptors are closed. Waits for nobody: while a process
   * writes or a client reads, the stream is theirs and lives without us; where nobody does, nobody is to be waited for.
   */
  async settled(): Promise<Drained> {
    if (this.#hold === undefined) return "cut";
    // The kernel has hung up already if it is going to; what is missing is our turn at poll.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (!this.#hasEnded) return "direct";
    this.#releaseOpeners();
    const unread = this.#unread();
    if (unread === 0) return "complete";
    if (this.#hasOtherReader()) return "direct";
    this.#onNotice(`${unread} bytes in "${this.#handle.path}" were never read, dropping them`);
    return "cut";
  }

  #unread(): number {
    if (this.#hold === undefined) return 0;
    const count = Buffer.alloc(4);
    syscall("ioctl", [this.#hold.fd, FIONREAD, count]);
    return count.readInt32LE(0);
  }

  #end(): void {
    this.#hasEnded = true;
    this.#watch?.close();
    this.#watch = undefined;
    // Who opens the fifo for reading now waits in open(2) for a writer, and nobody will ever be one: a client that is
    // slower to open than its process is to end would wait for ever. Nothing tells of it, so we look from time to time.
    this.#releaseSoon(FIRST_RELEASE_MS);
  }

  #releaseSoon(delayMs: number): void {
    this.#release = setTimeout(() => {
      this.#releaseOpeners();
      this.#releaseSoon(Math.min(delayMs * 2, LAST_RELEASE_MS));
    }, delayMs);
    this.#release.unref();
  }

  /** A writer for a moment: who waits in open(2) goes on, reads what is there and then the end. */
  #releaseOpeners(): void {
    try {
      this.openForCopy()[Symbol.dispose]();
    } catch {
      // Out of descriptors: again in a moment.
    }
  }

  // Without a reader, opening for writing is refused with ENXIO. To ask, our own reading end has to go for a moment,
  // during which a writing end keeps what is in the pipe. Only after the last writer has gone: one that wrote in that
  // moment would get SIGPIPE.
  #hasOtherReader(): boolean {
    using _keeper = this.openForCopy();
    this.#hold?.[Symbol.dispose]();
    try {
      this.openForCopy()[Symbol.dispose]();
      return true;
    } catch (error) {
      if (codeOfError(error) === "ENXIO") return false;
      throw error;
    } finally {
      this.#hold = this.#handle.open(O_RDONLY | O_NONBLOCK);
    }
  }

  /** Lets go: what nobody else holds is gone. */
  [Symbol.dispose](): void {
    clearTimeout(this.#release);
    if (this.#hasEnded && this.#hold?.isOpen) this.#releaseOpeners();
    this.#watch?.close();
    this.#watch = undefined;
    this.#hold?.[Symbol.dispose]();
    this.#hold = undefined;
  }
}
