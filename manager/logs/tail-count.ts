// Where the last so many lines of an output begin, counted from its end backwards. Pure.
// A line is what a stream has up to a newline, or up to its end. Lines of both streams are counted together, in the order in
// which they end, and each begins at a place of its own: between two halves of a line of stdout there may be a line of stderr.
import type { OutputRecord } from "../../output-log/record.ts";

const NEWLINE = 0x0a;

/** Where each stream begins; a stream that is not there has no line among them. */
export type StreamStarts = ReadonlyMap<1 | 2, bigint>;

/** Counts lines in records that are given the newest first. */
export class TailCount {
  #wanted: number;
  readonly #starts = new Map<1 | 2, bigint>();
  /** Streams whose earliest line has no beginning yet. */
  readonly #open = new Set<1 | 2>();

  /** For so many lines. */
  constructor(lines: number) {
    this.#wanted = lines;
  }

  /** Whether every beginning is known. */
  get isDone(): boolean {
    return this.#wanted === 0 && this.#open.size === 0;
  }

  /** Where the lines begin, of those that were found. */
  get starts(): StreamStarts {
    return this.#starts;
  }

  /** Looks at the record before those that it has seen. */
  add({ offset, stream, bytes }: OutputRecord): void {
    for (let at = bytes.length - 1; at >= 0 && !this.isDone; ) {
      if (bytes[at] === NEWLINE) {
        this.#newline(stream, offset + BigInt(at) + 1n);
        at--;
      } else if (!this.#open.has(stream) && this.#wanted === 0) {
        return;
      } else {
        const before = bytes.lastIndexOf(NEWLINE, at);
        // Bytes behind the last newline of the stream are a line of their own.
        if (!this.#open.has(stream)) this.#take(stream);
        at = before;
      }
    }
    if (this.#open.has(stream) && bytes.length > 0) this.#starts.set(stream, offset);
  }

  // Ends the line before it and begins the one behind it.
  #newline(stream: 1 | 2, behind: bigint): void {
    if (this.#open.has(stream)) {
      this.#starts.set(stream, behind);
      this.#open.delete(stream);
    }
    this.#take(stream, behind);
  }

  #take(stream: 1 | 2, behind?: bigint): void {
    if (this.#wanted === 0) return;
    this.#wanted--;
    this.#open.add(stream);
    // The newline itself is part of the line.
    if (behind !== undefined) this.#starts.set(stream, behind - 1n);
  }
}
