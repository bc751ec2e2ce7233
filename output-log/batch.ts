// What one write(2) takes to a log: records made into bytes, as few pieces of memory as possible, and the way back from "so many
// bytes were written" to "so many records are there". Pure.
// Always true: a batch holds whole records only, and no byte of output that is there already: whoever appends something twice
// after a failure does no harm.
import {
  MAX_PAYLOAD_BYTES,
  type OutputRecord,
  putRecordHeader,
  RECORD_HEADER_BYTES,
  type RecordToWrite,
} from "./record.ts";

/** A record, and how many of the caller's are done when it is written. */
export interface Piece extends RecordToWrite {
  readonly doneRecords: number;
}

/** What a batch may have at most. Bytes in the file, and records. */
const BATCH_BYTES = 1024 * 1024;
const BATCH_RECORDS = 256;
/** Up to here copying costs less than one more piece of memory for the kernel to look at. */
const COPIED_BYTES = 4096;

/** Some records on their way into one file. */
export class Batch {
  readonly #pieces: Piece[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#pieces.length === 0;
  }

  /** In the file. */
  get byteLength(): number {
    return this.#bytes;
  }

  /** Takes a record (its payload is borrowed until the batch is written) unless it would be too much for the batch. */
  add(piece: Piece, roomBytes: number): boolean {
    const bytes = RECORD_HEADER_BYTES + piece.payload.length;
    const limit = Math.min(roomBytes, BATCH_BYTES);
    if (this.#bytes + bytes > limit || this.#pieces.length === BATCH_RECORDS) return false;
    this.#pieces.push(piece);
    this.#bytes += bytes;
    return true;
  }

  /** The bytes, for writev(2). */
  encode(salt: number): Buffer[] {
    const isCopied = ({ payload }: Piece) => payload.length <= COPIED_BYTES;
    let size = 0;
    for (const piece of this.#pieces)
      size += RECORD_HEADER_BYTES + (isCopied(piece) ? piece.payload.length : 0);
    const arena = Buffer.allocUnsafe(size);
    const buffers: Buffer[] = [];
    let start = 0;
    let at = 0;
    for (const piece of this.#pieces) {
      const { payload } = piece;
      putRecordHeader(arena, at, piece, salt);
      at += RECORD_HEADER_BYTES;
      if (isCopied(piece)) {
        arena.set(payload, at);
        at += payload.length;
      } else {
        buffers.push(arena.subarray(start, at));
        buffers.push(Buffer.from(payload.buffer, payload.byteOffset, payload.length));
        start = at;
      }
    }
    if (at > start) buffers.push(arena.subarray(start, at));
    return buffers;
  }

  /** What is there when so many bytes of the batch were written: the last whole record, and where it ends. */
  whole(writtenBytes: number): { last: Piece | undefined; bytes: number } {
    let last: Piece | undefined;
    let bytes = 0;
    for (const piece of this.#pieces) {
      const end = bytes + RECORD_HEADER_BYTES + piece.payload.length;
      if (end > writtenBytes) break;
      last = piece;
      bytes = end;
    }
    return { last, bytes };
  }
}

/** Makes records into pieces that fit, without what lies before `end`, the place behind the last byte that is there. */
export function* piecesOf(records: readonly OutputRecord[], end: bigint): Generator<Piece, void, undefined> {
  for (const [index, { offset, stream, time, bytes }] of records.entries()) {
    const skip = end > offset ? Number(end - offset) : 0;
    for (let at = skip; at < bytes.length; at += MAX_PAYLOAD_BYTES) {
      const payload = bytes.subarray(at, at + MAX_PAYLOAD_BYTES);
      const isLast = at + MAX_PAYLOAD_BYTES >= bytes.length;
      yield {
        kind: stream,
        offset: offset + BigInt(at),
        time,
        payload,
        doneRecords: isLast ? index + 1 : index,
      };
    }
  }
}
