// What a reader of an output log gives: records, and words on what is missing between them. Collects them in order, from the
// place that was asked for, up to so many bytes. Pure.
// Always true: entries follow each other without a hole and without an overlap.
import { type FoundRecord, type OutputRecord, RecordKind } from "./record.ts";

/**
 * Why output is missing. `rotated`: it was there, and the file it was in has gone. `dropped`: it never came into the log; the disk
 * was full, or there was too much of it. `torn`: the machine or the writer went down, or the disk lost it. Then nobody knows how
 * much there was: some of the places may never have been given to a byte.
 */
export type GapReason = "rotated" | "dropped" | "torn";

/** Output that is not there. */
export interface OutputGap {
  /** The first byte that is missing. */
  readonly from: bigint;
  /** The first that is there again. */
  readonly to: bigint;
  readonly reason: GapReason;
}

/** What a reader gives. */
export type OutputEntry =
  | { readonly record: OutputRecord; readonly gap?: undefined }
  | { readonly gap: OutputGap; readonly record?: undefined };

/** Some entries. */
export interface OutputPage {
  /** In order. Empty: there is nothing at that place, or nothing yet. */
  readonly entries: readonly OutputEntry[];
  /** Where to go on. */
  readonly next: bigint;
  /** Whether this was all that there was behind that place. Otherwise there may be more. */
  readonly isAtEnd: boolean;
}

/** A page in the making. */
export class PageBuilder implements OutputPage {
  readonly entries: OutputEntry[] = [];
  #next: bigint;
  #roomBytes: number;
  /** What the last record was that was passed; undefined when there was none. */
  lastKind: number | undefined;
  isAtEnd = false;

  /** For entries from the place `from` on, with at most so many bytes of output. */
  constructor(from: bigint, maxBytes: number) {
    this.#next = from;
    this.#roomBytes = maxBytes;
  }

  get next(): bigint {
    return this.#next;
  }

  /** Bytes of output that still fit. */
  get roomBytes(): number {
    return this.#roomBytes;
  }

  get isFull(): boolean {
    return this.#roomBytes <= 0;
  }

  /** What comes next lies at `to` or behind it; when something is missing before that, this is why. */
  skipTo(to: bigint, reason: GapReason): void {
    if (to <= this.#next) return;
    const last = this.entries.at(-1)?.gap;
    // Two that touch are one.
    if (last?.reason === reason) this.entries.pop();
    this.entries.push({ gap: { from: last?.reason === reason ? last.from : this.#next, to, reason } });
    this.#next = to;
  }

  /** Takes (copies) what fits of a record and was not there before; whether that was all. */
  add({ kind, offset, time, payload }: FoundRecord, isBehindTear: boolean): boolean {
    this.skipTo(offset, isBehindTear || kind === RecordKind.reopened ? "torn" : "dropped");
    this.lastKind = kind;
    // A mark has no bytes, and what later versions may add is none of our output.
    if (kind !== RecordKind.stdout && kind !== RecordKind.stderr) return true;
    const start = Number(this.#next - offset);
    if (start >= payload.length) return true;
    const bytes = payload.subarray(start, start + this.#roomBytes);
    if (bytes.length === 0) return false;
    // What it was read into is used again; and a page costs what is in it, however long it is kept.
    this.entries.push({ record: { offset: this.#next, stream: kind, time, bytes: Buffer.from(bytes) } });
    this.#next += BigInt(bytes.length);
    this.#roomBytes -= bytes.length;
    return start + bytes.length === payload.length;
  }
}
