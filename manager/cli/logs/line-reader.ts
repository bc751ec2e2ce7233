// Makes lines of records: whole ones, each stream's apart, whatever pieces they come in. Pure.
// Always true: a line has its newline, and comes out when that has come. One without comes out at the end of the reading, behind
// a gap, or in pieces when it is longer than a piece may be; pieces end between characters, where there are any.
import type { LogRecord } from "../../client/logs.ts";

/** A line, or a piece of one. */
export interface LogLine {
  readonly stream: "stdout" | "stderr";
  /** Place of its first byte. */
  readonly offset: bigint;
  /** When its first byte was read; nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** With its newline, if it has one. */
  readonly bytes: Uint8Array;
  /** Whether the newline is missing. */
  readonly isPartial: boolean;
}

/** A longer line is several pieces. As in Kubernetes' CRI and docker. */
export const MAX_LINE_BYTES = 16 * 1024;

const NEWLINE = 0x0a;

/** The line that a stream is in the middle of. */
interface OpenLine {
  readonly offset: bigint;
  readonly timeNs: bigint;
  readonly parts: Uint8Array[];
  length: number;
}

/** Reads lines. Holds less than a piece of each stream. */
export class LineReader {
  readonly #open = new Map<"stdout" | "stderr", OpenLine>();

  /** The lines that are whole with this record. */
  *push({ stream, offset, timeNs, bytes }: LogRecord): Generator<LogLine, void, undefined> {
    for (let at = 0; at < bytes.length; ) {
      const line = this.#open.get(stream) ?? { offset: offset + BigInt(at), timeNs, parts: [], length: 0 };
      this.#open.set(stream, line);
      const newline = bytes.indexOf(NEWLINE, at);
      const room = MAX_LINE_BYTES - line.length;
      const end = Math.min(newline < 0 ? bytes.length : newline + 1, at + room);
      line.parts.push(bytes.subarray(at, end));
      line.length += end - at;
      at = end;
      if (end === newline + 1) yield* this.#end(stream);
      else if (line.length === MAX_LINE_BYTES) yield* this.#piece(stream, line);
    }
  }

  /** Whatever has not ended, in the order in which it began. */
  *flush(): Generator<LogLine, void, undefined> {
    const open = [...this.#open].toSorted(([, a], [, b]) => (a.offset < b.offset ? -1 : 1));
    for (const [stream] of open) yield* this.#end(stream);
  }

  *#end(stream: "stdout" | "stderr"): Generator<LogLine, void, undefined> {
    const line = this.#open.get(stream);
    this.#open.delete(stream);
    if (line === undefined) return;
    const bytes = Buffer.concat(line.parts);
    const { offset, timeNs } = line;
    yield { stream, offset, timeNs, bytes, isPartial: bytes.at(-1) !== NEWLINE };
  }

  *#piece(
    stream: "stdout" | "stderr",
    { offset, timeNs, parts }: OpenLine,
  ): Generator<LogLine, void, undefined> {
    const all = Buffer.concat(parts);
    const length = all.length - incompleteCharacter(all);
    const rest = all.subarray(length);
    yield { stream, offset, timeNs, bytes: all.subarray(0, length), isPartial: true };
    if (rest.length === 0) this.#open.delete(stream);
    else
      this.#open.set(stream, { offset: offset + BigInt(length), timeNs, parts: [rest], length: rest.length });
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
