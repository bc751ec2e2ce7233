// What takes the output of a process and writes it down: the log (writer.ts), or one more in another format (cri-log.ts). What the
// two have in common, so that whoever feeds one can feed the other.
import type { OutputRecord } from "./record.ts";

/** Somewhere to write output. One call at a time. */
export interface OutputSink extends AsyncDisposable {
  /** Place of the oldest byte in it, as far as it knows. */
  readonly startOffset: bigint;
  /** Place of the next byte. */
  readonly endOffset: bigint;
  /** Why the last append did not write everything; undefined when it did. */
  readonly lastError: Error | undefined;
  /**
   * Writes records, whose offsets must rise. One that begins behind {@link endOffset} says that what lies between was dropped.
   * Resolves with how many are taken: all, or the first n, and {@link lastError} says why. Borrows the bytes until then. Never
   * rejects.
   */
  append(records: readonly OutputRecord[]): Promise<number>;
  /** Says that the output has come to `offset`, and that what is missing before it was dropped. Whether it is written. Never rejects. */
  advance(offset: bigint): Promise<boolean>;
}
