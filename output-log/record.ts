// The bytes of an output log, pure: the header of a file and the records behind it. docs/logs.md draws them.
// Always true: what is taken for a record was written as that record into that file. Its checksum begins with the file's salt,
// a random number that a container cannot know: neither output that imitates a record nor a page of some older file passes.
// The checksum sees all of the header and all of a short payload, of a long one a word in 128 bytes: a sector that the disk
// lost shows (it has four of them), a single bit that the disk turned does not. In full it would cost half a processor at
// 1 GB/s, this costs a fiftieth.

/** What a record is. Numbers below 16 are streams of output, the others are marks, which have no bytes. */
export const RecordKind = {
  stdout: 1,
  stderr: 2,
  /** The output has come to this place, whatever of it is here: what is missing in front of it was dropped. */
  place: 16,
  /** The writer ended as it should, at this place. */
  closed: 17,
  /** The writer before did not: what it still had in memory is missing in front of this place, however much that was. */
  reopened: 18,
} as const;

/** One of {@link RecordKind}. */
export type RecordKind = (typeof RecordKind)[keyof typeof RecordKind];

/** Some output, as it was read from the process. */
export interface OutputRecord {
  /** Place of the first byte in the output of the process: how many bytes came before it, of both streams together. */
  readonly offset: bigint;
  /** 1 is stdout, 2 is stderr. */
  readonly stream: 1 | 2;
  /** When it was read; nanoseconds since 1970. */
  readonly time: bigint;
  readonly bytes: Uint8Array;
}

/** What the header of a file says. */
export interface FileHeader {
  /** Seed of the checksums in this file. */
  readonly salt: number;
  /** Place of the first byte in it; also in its name. */
  readonly first: bigint;
  /** Place that the output had come to when the file was begun: behind the last byte of the file before. */
  readonly previousEnd: bigint;
  /** Nanoseconds since 1970. */
  readonly createdAt: bigint;
}

/** A record where it lies. */
export interface FoundRecord {
  readonly kind: number;
  readonly offset: bigint;
  readonly time: bigint;
  /** Borrowed from the bytes that it was found in. */
  readonly payload: Uint8Array;
  /** Where the next one begins, in those bytes. */
  readonly next: number;
}

export const FILE_HEADER_BYTES = 48;
export const RECORD_HEADER_BYTES = 32;

/** The longest payload: what one read of a pipe returns. Longer output is several records. */
export const MAX_PAYLOAD_BYTES = 64 * 1024;

/** The longest record. */
export const MAX_RECORD_BYTES = RECORD_HEADER_BYTES + MAX_PAYLOAD_BYTES;

// The last byte is the version of all that is behind it.
const FILE_MAGIC = Buffer.from("hawslog\x01", "latin1");
// 0xF5 is in no UTF-8 text: a search for the next record rarely stops at something else.
const RECORD_MAGIC = Buffer.from([0xf5, 0x6c, 0x6f, 0x67]);
const RECORD_MAGIC_WORD = RECORD_MAGIC.readUInt32LE(0);
/** Up to here a payload is summed in full. */
const SHORT_PAYLOAD_BYTES = 1024;
const LONG_STRIDE = 128;

/** The header of a new file. */
export function fileHeader({ salt, first, previousEnd, createdAt }: FileHeader): Buffer {
  const header = Buffer.alloc(FILE_HEADER_BYTES);
  FILE_MAGIC.copy(header);
  header.writeUInt32LE(salt, 8);
  header.writeBigUInt64LE(first, 16);
  header.writeBigUInt64LE(previousEnd, 24);
  header.writeBigUInt64LE(createdAt, 32);
  header.writeUInt32LE(sum(0, header, 0, FILE_HEADER_BYTES - 4, 4), FILE_HEADER_BYTES - 4);
  return header;
}

/** What stands in the header of a file; undefined when it is none (of this version), or not whole. */
export function readFileHeader(bytes: Buffer): FileHeader | undefined {
  if (bytes.length < FILE_HEADER_BYTES || FILE_MAGIC.compare(bytes, 0, FILE_MAGIC.length) !== 0)
    return undefined;
  const checksum = sum(0, bytes, 0, FILE_HEADER_BYTES - 4, 4);
  if (bytes.readUInt32LE(FILE_HEADER_BYTES - 4) !== checksum) return undefined;
  return {
    salt: bytes.readUInt32LE(8),
    first: bytes.readBigUInt64LE(16),
    previousEnd: bytes.readBigUInt64LE(24),
    createdAt: bytes.readBigUInt64LE(32),
  };
}

/** A record to be written: an {@link OutputRecord} of at most {@link MAX_PAYLOAD_BYTES}, or a mark with no bytes. */
export interface RecordToWrite {
  readonly kind: number;
  readonly offset: bigint;
  readonly time: bigint;
  readonly payload: Uint8Array;
}

/** Writes the header of a record at `at` of `target`; the payload is to follow it. */
export function putRecordHeader(target: Buffer, at: number, record: RecordToWrite, salt: number): void {
  target.writeUInt32LE(RECORD_MAGIC_WORD, at);
  target.writeUInt32LE(record.payload.length, at + 4);
  target.writeBigUInt64LE(record.offset, at + 8);
  target.writeBigUInt64LE(record.time, at + 16);
  target.writeUInt32LE(record.kind, at + 24);
  target.writeUInt32LE(recordSum(salt, target, at, record.payload), at + 28);
}

/**
 * The record that begins at `at`. "short": `bytes` end before it does; at the end of a file that means that it is being
 * written, or was when the writer died. "bad": there is none.
 */
export function readRecord(bytes: Buffer, at: number, salt: number): FoundRecord | "short" | "bad" {
  const start = at + RECORD_HEADER_BYTES;
  if (bytes.length < start) return "short";
  const length = bytes.readUInt32LE(at + 4);
  if (bytes.readUInt32LE(at) !== RECORD_MAGIC_WORD || length > MAX_PAYLOAD_BYTES) return "bad";
  const next = start + length;
  if (bytes.length < next) return "short";
  const payload = bytes.subarray(start, next);
  if (bytes.readUInt32LE(at + 28) !== recordSum(salt, bytes, at, payload)) return "bad";
  return {
    kind: bytes.readUInt32LE(at + 24),
    offset: bytes.readBigUInt64LE(at + 8),
    time: bytes.readBigUInt64LE(at + 16),
    payload,
    next,
  };
}

/** Where the first whole record at or behind `from` begins; −1 when there is none. */
export function findRecord(bytes: Buffer, from: number, salt: number): number {
  for (let at = from; ; at++) {
    at = bytes.indexOf(RECORD_MAGIC, at);
    if (at < 0 || typeof readRecord(bytes, at, salt) === "object") return at;
  }
}

function recordSum(salt: number, header: Buffer, at: number, payload: Uint8Array): number {
  const head = sum(salt, header, at + 4, 24, 4);
  const { length } = payload;
  if (length === 0) return head;
  const body = sum(head, payload, 0, length, length <= SHORT_PAYLOAD_BYTES ? 4 : LONG_STRIDE);
  // The end, which the strides do not reach.
  let last = 0;
  for (let index = Math.max(0, length - 4); index < length; index++)
    last = (last << 8) | (payload[index] ?? 0);
  return mix(body, last) >>> 0;
}

/** Every `stride`th little-endian word of `length` bytes from `at` on. */
function sum(seed: number, bytes: Uint8Array, at: number, length: number, stride: number): number {
  let hash = seed;
  const end = at + length - 3;
  for (let index = at; index < end; index += stride) {
    const word =
      (bytes[index] as number) |
      ((bytes[index + 1] as number) << 8) |
      ((bytes[index + 2] as number) << 16) |
      ((bytes[index + 3] as number) << 24);
    hash = mix(hash, word);
  }
  return hash >>> 0;
}

// Multiplication spreads each bit upwards and the rotation brings it back down: order counts, and so do zeros.
function mix(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x9e3779b1);
  return (product << 13) | (product >>> 19);
}
