// A place in the file system that was looked at once and is opened by that from then on (O_PATH, see open(2)): a fifo
// whose name is removed or replaced meanwhile stays the same fifo. Looking neither opens a fifo nor counts as one of
// its ends. Needs /proc.
import { constants, fstatSync, type Stats } from "node:fs";
import { OwnedFd, setNonBlocking } from "../../sys/fd.ts";

const O_PATH = 0o10000000;
const { O_NOCTTY, O_NONBLOCK } = constants;

/** Owns the handle, not what is opened through it. */
export class PathHandle implements Disposable {
  readonly path: string;
  readonly stat: Stats;
  readonly #handle: OwnedFd;

  /** Throws system errors of open(2). */
  constructor(path: string) {
    using handle = OwnedFd.open(path, O_PATH);
    this.path = path;
    this.stat = fstatSync(handle.fd);
    this.#handle = new OwnedFd(handle.release());
  }

  get isFifo(): boolean {
    return this.stat.isFIFO();
  }

  /** Whether both are the same file, by whatever names. */
  isSameAs(other: PathHandle): boolean {
    return this.stat.dev === other.stat.dev && this.stat.ino === other.stat.ino;
  }

  /** A new open file; the caller's. Blocks where open(2) of a fifo does: have the other end first, or O_NONBLOCK. */
  open(flags: number): OwnedFd {
    return OwnedFd.open(`/proc/self/fd/${this.#handle.fd}`, flags | O_NOCTTY);
  }

  /**
   * Like {@link open}, for a container: does not wait in open(2) (a serial line without a carrier would), and the open
   * file that comes out is blocking, because O_NONBLOCK would reach the programs in the container (EAGAIN in `cat`).
   */
  openForContainer(flags: number): OwnedFd {
    using fd = this.open(flags | O_NONBLOCK);
    setNonBlocking(fd.fd, false);
    return new OwnedFd(fd.release());
  }

  [Symbol.dispose](): void {
    this.#handle[Symbol.dispose]();
  }
}
