// Makes lines of records: whole ones, each stream's apart, whatever pieces they come in. Pure.
// Always true: a line has its newline, and comes out when that has come. One without comes out at the end of the reading, behind
// a gap, or in pieces when it is longer than a piece may be; pieces end between characters, where there are any.
import type { OutputRecord } from "./record.ts";

/** A line, or a piece of one. */
export interface OutputLine {
  /** 1 is stdout, 2 is stderr. */
  readonly stream: 1 | 2;
  /** Place of its first byte. */
  readonly offset: bigint;
  /** When its first byte was read; nanoseconds since 1970. */
  readonly time: bigint;
  /** With its newline, if it has one. */
  readonly bytes: Uint8Array;
  /** Whether the newline is missing. */
  readonly isPartial: boolean;
}

/** A longer line is several pieces. As in Kubernetes' CRI and docker. */
export const MAX_LINE_BYTES = 16 * 1024;

const NEWLINE = 0x0a;
const NOTHING = new Uint8Array(0);

/** The line that a stream is in the middle of. */
interface OpenLine {
  readonly offset: bigint;
  readonly time: bigint;
  /** Our own: a piece of a record would hold on to all of it. */
  readonly bytes: Uint8Array;
}

/** Reads lines. Holds less than a piece of each stream. */
export class LineReader {
  readonly #open = new Map<1 | 2, OpenLine>();

  /** The lines that are whole with this record. Their bytes are borrowed from it. */
  *push({ stream, offset, time, bytes }: OutputRecord): Generator<OutputLine, void, undefined> {
    for (let at = 0; at < bytes.length; ) {
      const open = this.#open.get(stream) ?? { offset: offset + BigInt(at), time, bytes: NOTHING };
      const newline = bytes.indexOf(NEWLINE, at);
      const room = MAX_LINE_BYTES - open.bytes.length;
      const end = Math.min(newline < 0 ? bytes.length : newline + 1, at + room);
      const more = bytes.subarray(at, end);
      const line = { ...open, bytes: open.bytes.length === 0 ? more : Buffer.concat([open.bytes, more]) };
      at = end;
      this.#open.delete(stream);
      if (end === newline + 1) yield { stream, ...line, isPartial: false };
      else if (line.bytes.length === MAX_LINE_BYTES) yield this.#piece(stream, line);
      else this.#open.set(stream, { ...line, bytes: Uint8Array.from(line.bytes) });
    }
  }

  /** Whatever has not ended, in the order in which it began. */
  *flush(): Generator<OutputLine, void, undefined> {
    const open = [...this.#open].toSorted(([, a], [, b]) => (a.offset < b.offset ? -1 : 1));
    this.#open.clear();
    for (const [stream, line] of open) yield { stream, ...line, isPartial: true };
  }

  #piece(stream: 1 | 2, { offset, time, bytes }: OpenLine): OutputLine {
    const length = bytes.length - incompleteCharacter(bytes);
    if (length < bytes.length) {
      const rest = Uint8Array.from(bytes.subarray(length));
      this.#open.set(stream, { offset: offset + BigInt(length), time, bytes: rest });
    }
    return { stream, offset, time, bytes: bytes.subarray(0, length), isPartial: true };
  }
}

/** How many bytes at the end begin a character of UTF-8 that is not whole; 0 when that is not text. */
export function incompleteCharacter(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const wanted = byte >= 0xf0 && byte < 0xf8 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return byte < 0xf8 && wanted > back ? back : 0;
  }
  return 0;
}
