// The 512 bytes in front of a tar entry, decided: v7, ustar, GNU and PAX archives have the same. Pure. Every field may be
// hostile: numbers are bounded here, texts are bytes that nobody has judged yet.
// Numbers are octal text, or base 256 when the first bit is set (GNU, star).
import { Code, HawserError } from "../../../proto/errors.ts";
import type { BytePath } from "./byte-path.ts";

/** Size of a header, and what all data is padded to. */
export const BLOCK_BYTES = 512;

const NANOSECONDS = 1_000_000_000n;

/** A header as it stands in the archive. */
export interface TarHeader {
  readonly name: BytePath;
  readonly linkName: BytePath;
  /** The type flag; "0" for a NUL. */
  readonly flag: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly major: number;
  readonly minor: number;
}

/** Reads a header. `undefined` for a block of zeros, of which two end an archive. Throws InvalidArgument, saying which field. */
export function parseHeader(block: Buffer): TarHeader | undefined {
  const sum = checksums(block);
  if (sum.unsigned === 8 * 0x20) return undefined;
  const stored = octal(block, 148, 8);
  // Some old programs summed bytes with a sign.
  if (stored !== sum.unsigned && stored !== sum.signed) {
    throw malformed("the checksum of a header is wrong; the archive is corrupt, or is not a tar archive");
  }
  const magic = block.toString("latin1", 257, 265);
  const isPosix = magic.startsWith("ustar\0");
  const isGnu = magic === "ustar  \0";
  const name = textAt(block, 0, 100);
  // GNU has other things where POSIX has the prefix.
  const prefix = isPosix ? textAt(block, 345, 155) : "";
  const flag = block[156] === 0 ? "0" : String.fromCharCode(block[156] ?? 0);
  const hasDevice = (isPosix || isGnu) && (flag === "3" || flag === "4");
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    linkName: textAt(block, 157, 100),
    flag,
    mode: numberAt(block, 100, 8, "mode") & 0o7777,
    uid: numberAt(block, 108, 8, "owner"),
    gid: numberAt(block, 116, 8, "group"),
    size: numberAt(block, 124, 12, "size"),
    mtimeNs: BigInt(numberAt(block, 136, 12, "time", true)) * NANOSECONDS,
    major: hasDevice ? numberAt(block, 329, 8, "device") : 0,
    minor: hasDevice ? numberAt(block, 337, 8, "device") : 0,
  };
}

/** An error about the archive as such. */
export function malformed(reason: string): HawserError {
  return new HawserError(Code.InvalidArgument, `read tar: ${reason}`);
}

// With the field of the checksum itself taken as spaces.
function checksums(block: Buffer): { unsigned: number; signed: number } {
  let unsigned = 8 * 0x20;
  let high = 0;
  for (let at = 0; at < BLOCK_BYTES; at++) {
    if (at === 148) at = 156;
    const byte = block[at] ?? 0;
    unsigned += byte;
    high += byte >> 7;
  }
  return { unsigned, signed: unsigned - 256 * high };
}

function textAt(block: Buffer, offset: number, length: number): BytePath {
  const end = block.indexOf(0, offset);
  return block.toString("latin1", offset, end < 0 || end > offset + length ? offset + length : end);
}

function numberAt(
  block: Buffer,
  offset: number,
  length: number,
  what: string,
  mayBeNegative = false,
): number {
  const first = block[offset] ?? 0;
  const value = first & 0x80 ? base256(block, offset, length) : octal(block, offset, length);
  if (value === undefined || !Number.isSafeInteger(value) || (value < 0 && !mayBeNegative)) {
    throw malformed(`the ${what} in a header is not a number that can be`);
  }
  return value;
}

function octal(block: Buffer, offset: number, length: number): number | undefined {
  const text = block.toString("latin1", offset, offset + length).replace(/^[ \0]+|[ \0].*$/gs, "");
  if (text === "") return 0;
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

// Two's complement, big endian; the first bit only says that it is one.
function base256(block: Buffer, offset: number, length: number): number {
  const isNegative = ((block[offset] ?? 0) & 0x40) !== 0;
  let value = isNegative ? -1n : 0n;
  for (let at = offset; at < offset + length; at++) {
    const byte = block[at] ?? 0;
    value = (value << 8n) | BigInt(at === offset ? (isNegative ? byte : byte & 0x7f) : byte);
  }
  return value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER)
    ? Number.POSITIVE_INFINITY
    : Number(value);
}
