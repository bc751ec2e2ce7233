// Bytes through a descriptor on the event loop: pipes, fifos, ptys and sockets, without a stream and without a pool
// thread. Pull, not push: nothing is read until somebody asks, nothing is buffered here, so whoever is slow holds
// back only their own peer. Readers and writers own their descriptor, which they make non-blocking (a property of
// the open file: shared with everyone who holds a duplicate).
import { systemError } from "./errno.ts";
import { type OwnedFd, setNonBlocking } from "./fd.ts";
import { type FdPoll, pollFd, trySyscall } from "./libc.ts";

const EIO = 5;
const EAGAIN = 11;
const EINTR = 4;
/** The most that one read returns: the capacity of a pipe. */
const CHUNK_BYTES = 64 * 1024;
/** How many reads or writes in a row may succeed before the event loop gets its turn. */
const BURST = 16;

// One for all readers: a read is synchronous and its bytes are copied out before anything else runs. Idle readers
// then cost no buffer.
let scratch: Buffer | undefined;

/** One read(2): the bytes, an empty buffer at end of file, or undefined when there is nothing yet. */
export function tryRead(fd: number): Buffer | undefined {
  scratch ??= Buffer.allocUnsafeSlow(CHUNK_BYTES);
  const count = trySyscall("read", fd, scratch, CHUNK_BYTES);
  if (count >= 0) return Buffer.from(scratch.subarray(0, count));
  if (count === -EAGAIN || count === -EINTR) return undefined;
  throw systemError(-count, { syscall: "read" });
}

/** The same into `target`, which is the caller's: how much, 0 at end of file, or undefined when there is nothing yet. */
export function tryReadInto(fd: number, target: Uint8Array): number | undefined {
  const count = trySyscall("read", fd, target, target.length);
  if (count >= 0) return count;
  if (count === -EAGAIN || count === -EINTR) return undefined;
  throw systemError(-count, { syscall: "read" });
}

/** One write(2): how much was taken, 0 when there is no room. EPIPE when no reader is left. */
export function tryWrite(fd: number, bytes: Uint8Array): number {
  const count = trySyscall("write", fd, bytes, bytes.length);
  if (count >= 0) return count;
  if (count === -EAGAIN || count === -EINTR) return 0;
  throw systemError(-count, { syscall: "write" });
}

/** Waits for one kind of readiness at a time. Its poll exists from the first wait on and stops between waits. */
class Readiness {
  readonly #fd: OwnedFd;
  readonly #writable: boolean;
  #poll: FdPoll | undefined;
  #wake: ((error?: unknown) => void) | undefined;

  constructor(fd: OwnedFd, writable: boolean) {
    this.#fd = fd;
    this.#writable = writable;
  }

  wait(signal: AbortSignal | undefined): Promise<void> {
    if (this.#wake) return Promise.reject(new Error("one operation at a time"));
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const onAbort = () => this.#wake?.(signal?.reason);
      this.#wake = (error) => {
        this.#wake = undefined;
        this.#poll?.stop();
        signal?.removeEventListener("abort", onAbort);
        if (error === undefined) resolve();
        else reject(error);
      };
      try {
        if (this.#poll) this.#poll.start();
        else
          this.#poll = pollFd(this.#fd.fd, this.#writable ? { writable: true } : { readable: true }, () =>
            this.#wake?.(),
          );
      } catch (error) {
        this.#wake(error);
        return;
      }
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  close(): void {
    this.#poll?.close();
    this.#poll = undefined;
    this.#wake?.(systemError(9, { syscall: "read", reason: "closed while waiting" }));
  }
}

/** What a reader should know of its descriptor. */
export interface ReaderOptions {
  /** EIO is the end: what a pty master says when the last of the other side is gone. */
  readonly hangUpIsEnd?: boolean;
}

/** The reading side. `for await (const bytes of reader)` runs to the end of the file and leaves it open. */
export class FdReader implements AsyncIterable<Buffer>, Disposable {
  readonly #fd: OwnedFd;
  readonly #hangUpIsEnd: boolean;
  readonly #readiness: Readiness;
  #burst = BURST;

  /** Takes `fd`. */
  constructor(fd: OwnedFd, options: ReaderOptions = {}) {
    setNonBlocking(fd.fd, true);
    this.#fd = fd;
    this.#hangUpIsEnd = options.hangUpIsEnd ?? false;
    this.#readiness = new Readiness(fd, false);
  }

  /**
   * The next bytes, at most 64 KiB, or undefined at the end; the caller's to keep. One call at a time. Waits for
   * readiness before the first read: a fifo that never had a writer would otherwise look ended. Rejects with EBADF
   * when closed meanwhile, with the reason of `signal` (nothing is lost then), or with a system error.
   */
  async read(options: { signal?: AbortSignal | undefined } = {}): Promise<Buffer | undefined> {
    for (;;) {
      options.signal?.throwIfAborted();
      if (++this.#burst > BURST) {
        await this.#readiness.wait(options.signal);
        this.#burst = 0;
      }
      const bytes = this.tryRead();
      if (bytes) return bytes.length === 0 ? undefined : bytes;
      this.#burst = BURST;
    }
  }

  /** What is there now: bytes, an empty buffer at the end, or undefined when there is nothing yet. */
  tryRead(): Buffer | undefined {
    try {
      return tryRead(this.#fd.fd);
    } catch (error) {
      if (this.#hangUpIsEnd && (error as NodeJS.ErrnoException).errno === -EIO) return Buffer.alloc(0);
      throw error;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    for (let bytes = await this.read(); bytes; bytes = await this.read()) yield bytes;
  }

  /** Closes the descriptor and ends a read under way with EBADF. */
  [Symbol.dispose](): void {
    this.#readiness.close();
    this.#fd[Symbol.dispose]();
  }
}

/** The writing side. */
export class FdWriter implements Disposable {
  readonly #fd: OwnedFd;
  readonly #readiness: Readiness;

  /** Takes `fd`. */
  constructor(fd: OwnedFd) {
    setNonBlocking(fd.fd, true);
    this.#fd = fd;
    this.#readiness = new Readiness(fd, true);
  }

  /** Writes what fits now and returns how much that was, 0 when full. EPIPE when no reader is left. */
  tryWrite(bytes: Uint8Array): number {
    return tryWrite(this.#fd.fd, bytes);
  }

  /** Resolves when there is room, or nobody reads any more; one call at a time. Rejects with the reason of `signal`. */
  writable(options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    return this.#readiness.wait(options.signal);
  }

  /**
   * Writes all of `bytes`, which must not change meanwhile; one call at a time. When `signal` ends it, an unknown
   * part was written: the thrown reason comes as it is, so whoever must know uses {@link tryWrite}.
   */
  async write(bytes: Uint8Array, options: { signal?: AbortSignal | undefined } = {}): Promise<void> {
    let rest = bytes;
    for (let burst = 0; rest.length > 0; burst++) {
      options.signal?.throwIfAborted();
      const count = this.tryWrite(rest);
      rest = rest.subarray(count);
      if (rest.length > 0 && (count === 0 || burst % BURST === BURST - 1)) {
        await this.#readiness.wait(options.signal);
      }
    }
  }

  /** Closes the descriptor and ends a write under way with EBADF. */
  [Symbol.dispose](): void {
    this.#readiness.close();
    this.#fd[Symbol.dispose]();
  }
}
