// The extended header of PAX: "<length> <key>=<value>\n", again and again. It overrides fields of the entry that follows, and is
// where attributes come from. Pure. The reader has bounded the bytes; here every record must be what it says it is.
import type { BytePath } from "./byte-path.ts";
import { malformed } from "./tar-header.ts";

const ATTRIBUTE_PREFIX = "SCHILY.xattr.";
const NANOSECONDS = 1_000_000_000n;
const SPACE = 0x20;
const NEWLINE = 0x0a;

/** What an extended header says of an entry. What it does not say, or takes back with an empty value, is undefined. */
export interface PaxRecords {
  path?: BytePath | undefined;
  linkPath?: BytePath | undefined;
  size?: number | undefined;
  uid?: number | undefined;
  gid?: number | undefined;
  mtimeNs?: bigint | undefined;
  atimeNs?: bigint | undefined;
  /** Name → value, in the order of the archive. */
  attributes: Map<string, Buffer>;
  /** Whether the data is that of a sparse file in one of GNU's formats. */
  isSparse: boolean;
}

/** Reads the records. Throws InvalidArgument for bytes that are none, and numbers that cannot be. */
export function parsePaxRecords(bytes: Buffer): PaxRecords {
  const records: PaxRecords = { attributes: new Map(), isSparse: false };
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(SPACE, at);
    const digits = space < 0 ? "" : bytes.toString("latin1", at, Math.min(space, at + 10));
    const end = /^[1-9]\d*$/.test(digits) ? at + Number(digits) : Number.NaN;
    const equals = bytes.indexOf("=", space, "latin1");
    if (
      !(end <= bytes.length) ||
      bytes[end - 1] !== NEWLINE ||
      equals < 0 ||
      equals <= space ||
      equals >= end
    ) {
      // Some programs pad with zeros to the end of the block and count those.
      if (bytes.subarray(at).every((byte) => byte === 0)) break;
      throw malformed("an extended header holds a record that is none");
    }
    take(records, bytes.toString("latin1", space + 1, equals), bytes.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}

function take(records: PaxRecords, key: string, value: Buffer): void {
  const text = (): string | undefined => (value.length === 0 ? undefined : value.toString("latin1"));
  switch (key) {
    case "path":
      records.path = text();
      break;
    case "linkpath":
      records.linkPath = text();
      break;
    case "size":
      records.size = count(key, text());
      break;
    case "uid":
      records.uid = count(key, text());
      break;
    case "gid":
      records.gid = count(key, text());
      break;
    case "mtime":
      records.mtimeNs = time(key, text());
      break;
    case "atime":
      records.atimeNs = time(key, text());
      break;
    default:
      if (key.startsWith(ATTRIBUTE_PREFIX)) takeAttribute(records, key, value);
      else if (key.startsWith("GNU.sparse.")) records.isSparse = true;
  }
}

function takeAttribute(records: PaxRecords, key: string, value: Buffer): void {
  const name = Buffer.from(key.slice(ATTRIBUTE_PREFIX.length), "latin1").toString("utf8");
  if (name === "" || name.includes("\0")) throw malformed("an extended header names no attribute");
  // Copied: the reader uses its buffer again.
  records.attributes.set(name, Buffer.from(value));
}

function count(key: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value))
    throw malformed(`the ${key} in an extended header is not a number that can be`);
  return value;
}

// Seconds with as many decimals as anyone likes; what is finer than a nanosecond is cut off.
function time(key: string, text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined;
  const [, sign, seconds = "", fraction = ""] = /^(-?)(\d{1,15})(?:\.(\d{0,32}))?$/.exec(text) ?? [];
  if (seconds === "") throw malformed(`the ${key} in an extended header is not a time`);
  const nanoseconds = BigInt(seconds) * NANOSECONDS + BigInt(fraction.padEnd(9, "0").slice(0, 9));
  return sign === "-" ? -nanoseconds : nanoseconds;
}
