// The bytes of an event queue's file, little endian. The shim writes it (shim/event-queue.ts); the manager reads what a
// dead one left (manager/runtime/left-events.ts):
//
//   file    =  header record*
//   header  =  "HWEQ" version:u32 id:16 bytes acknowledged:u64 crc:u32           36 bytes
//   record  =  length:u32 crc:u32 sequence:u64 payload                            crc over sequence and payload
//
// A record whose end is missing, whose length is absurd or whose checksum is wrong is no record, and so is everything
// behind it. Pure: no file is touched here.
const MAGIC = "HWEQ";
export const VERSION = 1;
export const HEADER_BYTES = 36;
export const RECORD_HEADER_BYTES = 16;

/** Longest payload: what one ttrpc message carries. A length beyond is a broken record. */
export const MAX_PAYLOAD_BYTES = 4 << 20;

/** What is waiting to be acknowledged. */
export interface QueueEntry {
  /** Rises by one per entry for the life of the file, from 1. */
  readonly sequence: bigint;
  readonly payload: Uint8Array;
}

/** The header of a queue: its id, and the number up to which everything is acknowledged. */
export function headerOf(id: string, acknowledged: bigint): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(MAGIC, 0, "latin1");
  header.writeUInt32LE(VERSION, 4);
  header.write(id, 8, "hex");
  header.writeBigUInt64LE(acknowledged, 24);
  header.writeUInt32LE(crc32(header.subarray(0, 32)), 32);
  return header;
}

/** What a header says; undefined when it is broken. */
export function readHeader(bytes: Buffer): { id: string; acknowledged: bigint } | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  if (bytes.readUInt32LE(32) !== crc32(bytes.subarray(0, 32))) return undefined;
  return { id: bytes.toString("hex", 8, 24), acknowledged: bytes.readBigUInt64LE(24) };
}

/** An entry as it stands in the file. */
export function recordOf({ sequence, payload }: QueueEntry): Buffer {
  const record = Buffer.allocUnsafe(RECORD_HEADER_BYTES + payload.length);
  record.writeUInt32LE(payload.length, 0);
  record.writeBigUInt64LE(sequence, 8);
  record.set(payload, RECORD_HEADER_BYTES);
  record.writeUInt32LE(crc32(record.subarray(8)), 4);
  return record;
}

/** The record at `position`, with a view of its payload; undefined where there is no whole one. */
export function readRecord(bytes: Buffer, position: number): QueueEntry | undefined {
  if (bytes.length - position < RECORD_HEADER_BYTES) return undefined;
  const length = bytes.readUInt32LE(position);
  const end = position + RECORD_HEADER_BYTES + length;
  if (length > MAX_PAYLOAD_BYTES || end > bytes.length) return undefined;
  if (bytes.readUInt32LE(position + 4) !== crc32(bytes.subarray(position + 8, end))) return undefined;
  return {
    sequence: bytes.readBigUInt64LE(position + 8),
    payload: bytes.subarray(position + RECORD_HEADER_BYTES, end),
  };
}

/** Whether these are the first bytes of a queue of whatever version. */
export function beginsLikeAQueue(bytes: Buffer): boolean {
  return bytes.toString("latin1", 0, MAGIC.length) === MAGIC;
}

let crcTable: Int32Array | undefined;

// CRC-32 as in zlib, which would cost the shim a module.
function crc32(bytes: Uint8Array): number {
  crcTable ??= Int32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
    return value;
  });
  let crc = -1;
  for (const byte of bytes) crc = (crc >>> 8) ^ (crcTable[(crc ^ byte) & 0xff] ?? 0);
  return ~crc >>> 0;
}
