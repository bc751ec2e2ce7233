// The header block of a tar entry and the extended headers before it: ustar, GNU and PAX, bytes ↔ fields. Pure.
// Strict where it matters: a checksum that does not match, a number that is negative, broken or beyond 2^53, a name with a NUL
// or without end, and a sparse file are refused, never guessed at.

/** Bytes of a block: everything in a tar begins at a multiple of it. */
export const BLOCK_BYTES = 512;

/** What a header is about. `other` is a device, a fifo, or a type that nobody knows. */
export type TarType =
  | "file"
  | "directory"
  | "symlink"
  | "link"
  | "other"
  | "pax"
  | "pax-global"
  | "gnu-name"
  | "gnu-link";

/** The fields of a header block that are of interest here. */
export interface TarHeader {
  readonly name: string;
  readonly type: TarType;
  readonly size: number;
  readonly linkName: string;
}

/** What a PAX header may change. */
export interface PaxFields {
  readonly path?: string;
  readonly linkpath?: string;
  readonly size?: number;
}

const TYPES: Readonly<Record<string, TarType>> = {
  "\0": "file",
  "0": "file",
  "7": "file",
  "1": "link",
  "2": "symlink",
  "5": "directory",
  x: "pax",
  g: "pax-global",
  L: "gnu-name",
  K: "gnu-link",
};

/** Reads a header block. Undefined for a block of zeros, which ends an archive. Throws Error that says what is wrong. */
export function decodeHeader(block: Buffer): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  checkSum(block);
  const flag = String.fromCharCode(block[156] ?? 0);
  if (flag === "S") throw new Error("sparse files are not supported");
  const type = TYPES[flag] ?? "other";
  const size = number(block, 124, 12, "size");
  const magic = block.toString("latin1", 257, 263);
  const prefix = magic === "ustar\0" ? text(block, 345, 155) : "";
  const own = text(block, 0, 100);
  const name = prefix === "" ? own : `${prefix}/${own}`;
  // Before there was a type for directories they had a slash at the end.
  const isDirectory = type === "directory" || (type === "file" && name.endsWith("/"));
  const hasData = !isDirectory && type !== "symlink" && type !== "link";
  return {
    name,
    type: isDirectory ? "directory" : type,
    size: hasData ? size : 0,
    linkName: text(block, 157, 100),
  };
}

/** Reads the records of a PAX header. Throws Error that says what is wrong. */
export function decodePax(data: Buffer): PaxFields {
  const fields: { path?: string; linkpath?: string; size?: number } = {};
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const digits = space < 0 || space - at > 8 ? "" : data.toString("latin1", at, space);
    const end = at + Number(digits);
    if (!/^[1-9]\d*$/.test(digits) || end > data.length || end < space + 2 || data[end - 1] !== 0x0a) {
      throw new Error("a record of its extended header has no end");
    }
    const record = data.toString("utf8", space + 1, end - 1);
    const equals = record.indexOf("=");
    if (equals < 1) throw new Error("a record of its extended header has no name");
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (key === "path" || key === "linkpath") fields[key] = checkName(value);
    else if (key === "size") fields.size = paxSize(value);
    else if (key.startsWith("GNU.sparse.")) throw new Error("sparse files are not supported");
    at = end;
  }
  return fields;
}

/** Reads the name in a GNU long name header. */
export function decodeLongName(data: Buffer): string {
  const nul = data.indexOf(0);
  return checkName(data.toString("utf8", 0, nul < 0 ? data.length : nul));
}

/** What a written entry is. */
export interface WrittenHeader {
  readonly name: string;
  readonly type: "file" | "directory";
  readonly size: number;
  readonly mode: number;
}

/** A header of time 0 and owner 0, so that the same archive is the same bytes; with a PAX header before it where needed. */
export function encodeHeader({ name, type, size, mode }: WrittenHeader): Buffer {
  const records: string[] = [];
  if (Buffer.byteLength(name) > 100) records.push(paxRecord("path", name));
  if (size > MAX_OCTAL_SIZE) records.push(paxRecord("size", String(size)));
  const main = headerBlock(cut(name), type === "file" ? "0" : "5", Math.min(size, MAX_OCTAL_SIZE), mode);
  if (records.length === 0) return main;
  const pax = Buffer.from(records.join(""));
  return Buffer.concat([headerBlock("PaxHeaders/0", "x", pax.length, 0o644), pax, padding(pax.length), main]);
}

/** The zeros that fill the last block of `size` bytes. */
export function padding(size: number): Buffer {
  return Buffer.alloc(-size & (BLOCK_BYTES - 1));
}

const MAX_OCTAL_SIZE = 0o77777777777;

// At a character's border: readers that know PAX do not look at it, others should see text.
function cut(name: string): string {
  let end = name.length;
  while (Buffer.byteLength(name.slice(0, end)) > 100) end -= 1;
  return name.slice(0, end);
}

function headerBlock(name: string, flag: string, size: number, mode: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, at: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, "0")}\0`, at, "latin1");
  block.write(name, 0, 100, "utf8");
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.write("        ", 148, "latin1");
  block.write(flag, 156, "latin1");
  block.write("ustar\x0000", 257, "latin1");
  octal(0, 329, 8);
  octal(0, 337, 8);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest);
  while (String(length).length + Buffer.byteLength(rest) !== length) {
    length = String(length).length + Buffer.byteLength(rest);
  }
  return `${length}${rest}`;
}

// Some old programs summed signed bytes.
function checkSum(block: Buffer): void {
  const expected = number(block, 148, 8, "checksum");
  let unsigned = 8 * 0x20;
  let signed = unsigned;
  for (let at = 0; at < BLOCK_BYTES; at++) {
    if (at >= 148 && at < 156) continue;
    unsigned += block.readUInt8(at);
    signed += block.readInt8(at);
  }
  if (expected !== unsigned && expected !== signed) throw new Error("its header's checksum does not match");
}

function number(block: Buffer, at: number, length: number, field: string): number {
  const value =
    (block[at] ?? 0) >= 0x80 ? base256(block.subarray(at, at + length)) : octal(block, at, length);
  if (value === undefined) throw new Error(`the ${field} in its header is no number, or too big a one`);
  return value;
}

function octal(block: Buffer, at: number, length: number): number | undefined {
  const digits = block
    .toString("latin1", at, at + length)
    .replace(/[\0 ]+$/, "")
    .trimStart();
  return digits === "" ? 0 : /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

// 0x80 and a big-endian number; 0xff begins a negative one.
function base256(bytes: Buffer): number | undefined {
  if (bytes[0] !== 0x80) return undefined;
  let value = 0;
  for (const byte of bytes.subarray(1)) value = value * 256 + byte;
  return Number.isSafeInteger(value) ? value : undefined;
}

function paxSize(value: string): number {
  if (!/^\d{1,16}$/.test(value) || !Number.isSafeInteger(Number(value))) {
    throw new Error("the size in its extended header is no number, or too big a one");
  }
  return Number(value);
}

function text(block: Buffer, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const nul = field.indexOf(0);
  return field.toString("utf8", 0, nul < 0 ? length : nul);
}

function checkName(name: string): string {
  if (name === "") throw new Error("its name is empty");
  if (name.includes("\0")) throw new Error("its name has a NUL in it");
  return name;
}
