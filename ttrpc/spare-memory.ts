// Memory of large frames that the kernel has taken, for the next large frames to be written into: a stream of them makes
// no garbage at its sender. One per process, bounded, and empty for ever where no large frame is sent. Memory that is
// given must be referenced by nobody else any more: the next frame overwrites it.

/** Frames of at least this size are worth it. */
export const LARGE_FRAME_BYTES = 32 * 1024;

/** As much as an outbox holds and some frames more; what is given beyond that is left to the garbage collector. */
const MAX_BYTES = 1024 * 1024;

/** Sizes are rounded up to this, so that one a little larger than the last still fits. */
const STEP_BYTES = 16 * 1024;

/** A stack of buffers. */
export class SpareMemory {
  readonly #spares: ArrayBuffer[] = [];
  #bytes = 0;
  /** What was made here, and so belongs to one frame alone: Node cuts many a buffer out of a shared one. */
  readonly #own = new WeakSet<ArrayBufferLike>();

  /** How much is held, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Memory of at least `bytes`; the caller owns it. */
  take(bytes: number): Buffer {
    const spare = this.#spares.pop();
    if (spare !== undefined) {
      this.#bytes -= spare.byteLength;
      // One that is too small is dropped: sizes that grow replace what they have outgrown.
      if (spare.byteLength >= bytes) return Buffer.from(spare);
    }
    const made = Buffer.allocUnsafeSlow(Math.ceil(bytes / STEP_BYTES) * STEP_BYTES);
    this.#own.add(made.buffer);
    return made;
  }

  /** Takes the memory under a frame, when it came from here. */
  give(frame: Buffer): void {
    const { buffer } = frame;
    if (!this.#own.has(buffer) || this.#bytes + buffer.byteLength > MAX_BYTES) return;
    this.#spares.push(buffer as ArrayBuffer);
    this.#bytes += buffer.byteLength;
  }
}

let shared: SpareMemory | undefined;

/** The process's. */
export function spareMemory(): SpareMemory {
  shared ??= new SpareMemory();
  return shared;
}
