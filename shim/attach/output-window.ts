// The latest output of one process, in memory: bytes with their places, streams and times. Whoever reads it (the log, each
// session) keeps a place of its own and borrows the bytes: they are written once and stay as they are until the last borrower has
// let go of them. Owns no descriptor and decides nothing: what may be forgotten is told by `forget`.
// Always true: places are contiguous from `start` to `end`. Places are numbers here: 2^53 bytes are nine petabytes.
import type { OutputStream } from "../../proto/attach-frame.ts";

/** 1 is stdout, 2 is stderr. */
export type Stream = (typeof OutputStream)[keyof typeof OutputStream];

/** Some output of one stream. */
export interface Piece {
  /** Place of the first byte: how many bytes of output, of both streams together, came before it. */
  readonly offset: number;
  readonly stream: Stream;
  /** When the first of them was read; milliseconds since 1970. */
  readonly timeMs: number;
  /** Borrowed until the window forgets them, or for as long as they are wanted after {@link OutputWindow.pin}; never changed. */
  readonly bytes: Uint8Array;
}

/** The most that one read returns, and the longest record of a log. */
const READ_BYTES = 64 * 1024;
/** Where small output is gathered: the first chunk is small, because most processes say little. */
const FIRST_CHUNK_BYTES = 2 * 1024;
const LAST_CHUNK_BYTES = 64 * 1024;
/** Output of this length is kept as it was read, what is shorter is copied to where there is room. */
const OWN_CHUNK_BYTES = 48 * 1024;
/** What the engine needs for one piece, beside its bytes. */
const PIECE_COST_BYTES = 128;
/** Output that comes closer together than this has one time. Milliseconds. */
const SAME_TIME_MS = 1;

/** Buffers of READ_BYTES that are read into again: as much garbage as a busy process prints costs more than its copying. */
const MAX_SPARE = 8;

interface Kept {
  readonly offset: number;
  readonly stream: Stream;
  readonly timeMs: number;
  readonly chunk: Buffer;
  readonly at: number;
  length: number;
  /** Whether the chunk can be read into again when this is forgotten: no other piece is in it, and nobody has its bytes still. */
  isReusable: boolean;
}

// For all processes of a shim, whose reads come one after the other.
const spare: Buffer[] = [];

/** A buffer to read into, for {@link OutputWindow.append}; the caller's until it is taken. */
export function readBuffer(): Buffer {
  return spare.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES);
}

/** A stretch of output that ends with the latest byte. */
export class OutputWindow {
  /** Oldest first. */
  readonly #pieces: Kept[] = [];
  #end: number;
  #chunk = Buffer.alloc(0);
  #used = 0;
  /** Pieces that begin before this are finished: somebody has them as they are. */
  #sealed: number;

  /** Empty, at the place where the output goes on. */
  constructor(start: number) {
    this.#end = start;
    this.#sealed = start;
  }

  /** Place of the oldest byte that is kept. */
  get start(): number {
    return this.#pieces[0]?.offset ?? this.#end;
  }

  /** Place behind the latest byte. */
  get end(): number {
    return this.#end;
  }

  /** What it costs to keep it: the bytes, and what there is around them. */
  get costBytes(): number {
    return this.#end - this.start + this.#pieces.length * PIECE_COST_BYTES;
  }

  /**
   * Adds the first `length` bytes of `buffer`. Whether it was taken, and is not to be used again by the caller; else they were
   * copied.
   */
  append(stream: Stream, buffer: Buffer, length: number, timeMs: number): boolean {
    const kept = { offset: this.#end, stream, timeMs };
    if (length >= OWN_CHUNK_BYTES) {
      this.#pieces.push({ ...kept, chunk: buffer, at: 0, length, isReusable: buffer.length === READ_BYTES });
      this.#end += length;
      return true;
    }
    if (this.#chunk.length - this.#used < length) {
      const size = Math.min(LAST_CHUNK_BYTES, Math.max(FIRST_CHUNK_BYTES, this.#chunk.length * 2));
      this.#chunk = Buffer.allocUnsafeSlow(Math.max(size, length));
      this.#used = 0;
    }
    buffer.copy(this.#chunk, this.#used, 0, length);
    const last = this.#pieces.at(-1);
    if (last !== undefined && this.#joins(last, stream, timeMs)) last.length += length;
    else this.#pieces.push({ ...kept, chunk: this.#chunk, at: this.#used, length, isReusable: false });
    this.#used += length;
    this.#end += length;
    return false;
  }

  #joins(last: Kept, stream: Stream, timeMs: number): boolean {
    return (
      last.stream === stream &&
      last.chunk === this.#chunk &&
      last.at + last.length === this.#used &&
      last.offset >= this.#sealed &&
      timeMs - last.timeMs <= SAME_TIME_MS
    );
  }

  /**
   * What is at `offset`: at least one byte and at most `maxBytes`, of one stream. Undefined at the end. The place must not lie
   * before `start`.
   */
  at(offset: number, maxBytes: number): Piece | undefined {
    const index = this.#indexOf(offset);
    const kept = this.#pieces[index];
    return kept === undefined ? undefined : pieceOf(kept, offset, maxBytes);
  }

  /** Pieces from `offset` on, of about `maxBytes` together, as they are: later output is added to none of them. */
  from(offset: number, maxBytes: number): Piece[] {
    const pieces: Piece[] = [];
    let sizeBytes = 0;
    for (let index = this.#indexOf(offset); sizeBytes < maxBytes; index++) {
      const kept = this.#pieces[index];
      if (kept === undefined) break;
      const piece = pieceOf(kept, Math.max(offset, kept.offset), Number.MAX_SAFE_INTEGER);
      pieces.push(piece);
      sizeBytes += piece.bytes.length;
      this.#sealed = kept.offset + kept.length;
    }
    return pieces;
  }

  /** Whoever has borrowed what is at `offset` may keep it for longer than the window does. */
  pin(offset: number): void {
    const kept = this.#pieces[this.#indexOf(offset)];
    if (kept !== undefined) kept.isReusable = false;
  }

  /** Forgets the oldest output until the rest costs at most `budgetBytes`, but nothing at or behind `keepFrom`. */
  forget(budgetBytes: number, keepFrom: number): void {
    for (let oldest = this.#pieces[0]; oldest !== undefined; oldest = this.#pieces[0]) {
      if (oldest.offset + oldest.length > keepFrom || this.costBytes <= budgetBytes) return;
      this.#pieces.shift();
      if (oldest.isReusable && spare.length < MAX_SPARE) spare.push(oldest.chunk);
    }
  }

  #indexOf(offset: number): number {
    let low = 0;
    let high = this.#pieces.length;
    // Most ask for what came last.
    const last = this.#pieces.at(-1);
    if (last !== undefined && offset >= last.offset) low = offset < this.#end ? high - 1 : high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const kept = this.#pieces[middle] as Kept;
      if (kept.offset + kept.length <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function pieceOf({ offset, stream, timeMs, chunk, at, length }: Kept, from: number, maxBytes: number): Piece {
  const skipped = from - offset;
  const size = Math.min(length - skipped, maxBytes);
  const bytes = chunk.subarray(at + skipped, at + skipped + size);
  return { offset: from, stream, timeMs, bytes };
}
