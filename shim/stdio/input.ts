// Where the input of one process comes from. Of a client's fifo it owns a writing end until CloseIO: the process sees
// the end of its input by CloseIO alone, and clients may come, go, and come again. It never owns a reading end that
// outlives the process: a client that writes to a dead process is to get EPIPE, not to fill a pipe that nobody reads.
import { constants } from "node:fs";
import type { OwnedFd } from "../../sys/fd.ts";
import { openError } from "./open-error.ts";
import { PathHandle } from "./path-handle.ts";

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

/** The reading end is made at once, and taken with {@link take} by whoever reads. */
export class Input implements Disposable {
  #reader: OwnedFd | undefined;
  #hold: OwnedFd | undefined;

  /**
   * Opens a fifo, or anything that can be read. `mode` is who reads: the container gets a blocking open file, a copy
   * into a terminal a non-blocking one. Throws a HawserError that names the path.
   */
  constructor(path: string, mode: "container" | "copy") {
    try {
      using handle = new PathHandle(path);
      const isBlocking = mode === "container";
      if (!handle.isFifo) {
        this.#reader = isBlocking ? handle.openForContainer(O_RDONLY) : handle.open(O_RDONLY | O_NONBLOCK);
        return;
      }
      // In this order nothing waits in open(2): each has its other end already.
      const first = handle.open(O_RDONLY | O_NONBLOCK);
      this.#reader = first;
      this.#hold = handle.open(O_WRONLY | O_NONBLOCK);
      if (isBlocking) {
        this.#reader = handle.open(O_RDONLY);
        first[Symbol.dispose]();
      }
    } catch (error) {
      this[Symbol.dispose]();
      throw openError("open stdin", path, error);
    }
  }

  /** The reading end; the caller's. Once. */
  take(): OwnedFd {
    const reader = this.#reader;
    if (reader === undefined) throw new Error("the reading end of stdin was taken before");
    this.#reader = undefined;
    return reader;
  }

  /** CloseIO: from here on the end comes when the client has closed, or at once when it has. */
  closeWriter(): void {
    this.#hold?.[Symbol.dispose]();
    this.#hold = undefined;
  }

  [Symbol.dispose](): void {
    this.closeWriter();
    this.#reader?.[Symbol.dispose]();
    this.#reader = undefined;
  }
}
