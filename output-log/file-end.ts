// Where a file of a log ends, for whoever goes on writing it and whoever wants to know how far it goes. It is found from behind:
// a look at the last 128 KiB is enough, unless the disk has lost more than that.
// A generator that asks for bytes and is given them: the writer reads them at once, the reader on the thread pool.
import { FILE_HEADER_BYTES, type FoundRecord, findRecord, MAX_RECORD_BYTES, readRecord } from "./record.ts";

/** A request for bytes of the file. Fewer may be given where the file ends. */
export interface Wanted {
  readonly position: number;
  readonly length: number;
}

/** The end of a file. */
export interface FileEnd {
  /** Behind the last whole record, from the start of the file; what is behind that is torn, or being written. */
  readonly position: number;
  /** What the last record is; undefined when there is none. */
  readonly kind: number | undefined;
  /** Place behind the last byte of output; undefined when there is no record. */
  readonly offset: bigint | undefined;
}

// Whatever lies in it: at least one whole record, when the file has not lost anything.
const WINDOW_BYTES = 2 * MAX_RECORD_BYTES;

/** Looks for the end of a file of `size` bytes with this salt. */
export function* findFileEnd(size: number, salt: number): Generator<Wanted, FileEnd, Buffer> {
  for (let end = size; end > FILE_HEADER_BYTES; ) {
    const start = Math.max(FILE_HEADER_BYTES, end - WINDOW_BYTES);
    const bytes = yield { position: start, length: end - start };
    const found = lastRecord(bytes, salt);
    if (found !== undefined) {
      const { kind, next, payload, offset } = found;
      return { position: start + next, kind, offset: offset + BigInt(payload.length) };
    }
    if (start === FILE_HEADER_BYTES) break;
    // Windows overlap by a record: one that lies across the border is whole in the next.
    end = start + MAX_RECORD_BYTES;
  }
  return { position: FILE_HEADER_BYTES, kind: undefined, offset: undefined };
}

function lastRecord(bytes: Buffer, salt: number): FoundRecord | undefined {
  let last: FoundRecord | undefined;
  for (let at = findRecord(bytes, 0, salt); at >= 0; ) {
    const record = readRecord(bytes, at, salt);
    if (typeof record === "object") {
      last = record;
      at = record.next;
    } else {
      at = findRecord(bytes, at + 1, salt);
    }
  }
  return last;
}
