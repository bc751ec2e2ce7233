// One entry as tar has it: a ustar header, with a PAX header before it for what does not fit (long or non-ASCII names, big
// numbers, fractions of seconds, attributes). Pure, and always the same bytes for the same entry.
import { toBytePath } from "../images/unpack/byte-path.ts";
import { BLOCK_BYTES } from "../images/unpack/tar-header.ts";

const NANOSECONDS = 1_000_000_000n;
const MAX_OCTAL_ID = 0o7777777;
const MAX_OCTAL_SIZE = 0o77777777777;
const NAME_BYTES = 100;

/** What is written of an entry. Names are bytes, one character each. */
export interface TarEntryInit {
  readonly name: string;
  readonly linkName?: string;
  /** A flag of ustar: 0 file, 1 link, 2 symlink, 3 character device, 4 block device, 5 directory, 6 fifo. */
  readonly flag: "0" | "1" | "2" | "3" | "4" | "5" | "6";
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly size?: number;
  readonly mtimeNs: bigint;
  readonly major?: number;
  readonly minor?: number;
  readonly attributes?: readonly (readonly [string, Buffer])[];
}

/** The two blocks of zeros that end an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK_BYTES);

/** Zeros behind `size` bytes of data. */
export function tarPadding(size: number): Buffer {
  return TAR_END.subarray(0, -size & (BLOCK_BYTES - 1));
}

/** The header or headers of an entry; its data follows, then {@link tarPadding}. */
export function tarHeader(entry: TarEntryInit): Buffer {
  const records = paxRecords(entry);
  const own = ustar(entry);
  if (records.length === 0) return own;
  const body = Buffer.concat(records);
  const mtimeNs = 0n;
  const header = ustar(
    { name: "PaxHeaders.0/entry", flag: "0", mode: 0o644, size: body.length, mtimeNs },
    "x",
  );
  return Buffer.concat([header, body, tarPadding(body.length), own]);
}

function paxRecords(entry: TarEntryInit): Buffer[] {
  const records: Buffer[] = [];
  const add = (key: string, value: string | Buffer): void => {
    records.push(paxRecord(key, typeof value === "string" ? Buffer.from(value, "latin1") : value));
  };
  if (!fits(entry.name)) add("path", entry.name);
  if (entry.linkName !== undefined && !fits(entry.linkName)) add("linkpath", entry.linkName);
  if ((entry.size ?? 0) > MAX_OCTAL_SIZE) add("size", String(entry.size));
  if ((entry.uid ?? 0) > MAX_OCTAL_ID) add("uid", String(entry.uid));
  if ((entry.gid ?? 0) > MAX_OCTAL_ID) add("gid", String(entry.gid));
  if (entry.mtimeNs < 0n || entry.mtimeNs % NANOSECONDS !== 0n) add("mtime", decimal(entry.mtimeNs));
  for (const [name, value] of entry.attributes ?? []) add(`SCHILY.xattr.${toBytePath(name)}`, value);
  return records;
}

function fits(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant, and nothing but it.
  return name.length <= NAME_BYTES && /^[\x00-\x7f]*$/.test(name);
}

function decimal(nanoseconds: bigint): string {
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const fraction = String(size % NANOSECONDS)
    .padStart(9, "0")
    .replace(/0+$/, "");
  const text = `${size / NANOSECONDS}${fraction === "" ? "" : `.${fraction}`}`;
  return nanoseconds < 0n ? `-${text}` : text;
}

// The length in front counts its own digits.
function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`, "latin1"), value, Buffer.from("\n")]);
  let length = rest.length + String(rest.length).length;
  if (String(length).length > String(rest.length).length) length += 1;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function ustar(entry: TarEntryInit, flag: string = entry.flag): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, offset: number, length: number): void => {
    const text = value.toString(8).padStart(length - 1, "0");
    block.write(text.length < length ? text : "0".repeat(length - 1), offset, "latin1");
  };
  const seconds = entry.mtimeNs < 0n ? 0 : Number(entry.mtimeNs / NANOSECONDS);
  block.write(entry.name.slice(0, NAME_BYTES), 0, "latin1");
  octal(entry.mode, 100, 8);
  octal(entry.uid ?? 0, 108, 8);
  octal(entry.gid ?? 0, 116, 8);
  octal(entry.size ?? 0, 124, 12);
  octal(seconds, 136, 12);
  block.write("        ", 148, "latin1");
  block.write(flag, 156, "latin1");
  block.write((entry.linkName ?? "").slice(0, NAME_BYTES), 157, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  octal(entry.major ?? 0, 329, 8);
  octal(entry.minor ?? 0, 337, 8);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}
