// What generated codecs have in common: the loop over the fields, and one small function per kind of field.
// A generated message says only what is its own (defaults, tags, order); how bytes are bounded is said here once.
// Always true: a message never reads beyond its own end, and memory taken is in proportion to the bytes read.
// Decoded `bytes` are views of the input, never copies; a decoded map has no prototype, so that keys such as
// "__proto__" and "constructor" are keys like any other. Strings that are not UTF-8 are repaired with U+FFFD.
import { Buffer } from "node:buffer";
import { Reader, Writer } from "protobufjs/minimal.js";
import type { Codec, Init } from "./codec.ts";

/** What the generator writes for each message. */
export interface MessageShape<T> {
  /** Full protobuf name. */
  readonly typeName: string;
  /** A complete message out of a partial one. */
  create(init: Init<T>): T;
  /** Appends the fields that do not hold their default. */
  write(message: Init<T>, writer: Writer): void;
  /** Reads the field behind `tag` into `message`; false, with nothing read, when the message has no such field. */
  field(message: T, tag: number, reader: Reader): boolean;
}

/** Makes a codec of a message's shape. */
export function codec<T>(shape: MessageShape<T>): Codec<T> {
  const nothing = Object.freeze({}) as Init<T>;

  function write(message: Init<T>, writer: Writer): Writer {
    shape.write(message, writer);
    return writer;
  }

  // After a throw the reader is spent: its limit stays where the broken message ended.
  function read(reader: Reader, end: number): T {
    const limit = reader.len;
    if (end > limit) throw new RangeError(`decode ${shape.typeName}: ends at byte ${end} of ${limit}`);
    const message = shape.create(nothing);
    // Every method of the reader checks against `len`: lowering it is what keeps a field inside its message.
    reader.len = end;
    while (reader.pos < end) {
      const tag = reader.tag();
      // A known number with another wire type is a field we do not know.
      if (!shape.field(message, tag, reader)) reader.skipType(tag & 7, 0, tag >>> 3);
    }
    reader.len = limit;
    return message;
  }

  return {
    typeName: shape.typeName,
    create: (init) => shape.create(init ?? nothing),
    encode: (message) => plain(write(message, Writer.create()).finish()),
    write,
    // A Buffer makes the reader use the engine's own UTF-8 decoder.
    decode: (bytes) =>
      read(Reader.create(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)), bytes.byteLength),
    read,
  };
}

/** No bytes: the default of a `bytes` field. Shared, because nothing can be changed in it. */
export const NO_BYTES: Uint8Array = /* @__PURE__ */ new Uint8Array(0);

// Never a Buffer: `slice` of a Buffer is a view and that of a Uint8Array a copy, which is one surprise too many.
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

// --- create -----------------------------------------------------------------------------------------------------

/** A copy of a list of scalars. */
export function copyList<V>(list: readonly V[] | undefined): V[] {
  return list === undefined ? [] : [...list];
}

/** Complete messages out of a list of partial ones. */
export function createList<T>(codec: Codec<T>, list: readonly NoInfer<Init<T>>[] | undefined): T[] {
  return list === undefined ? [] : list.map((item) => codec.create(item));
}

/** A map without a prototype and with these entries; entries that are undefined are left out. */
export function copyMap<V>(map: { readonly [key: string]: V | undefined } | undefined): Record<string, V> {
  const copy: Record<string, V> = Object.create(null);
  if (map === undefined) return copy;
  for (const [key, value] of Object.entries(map)) if (value !== undefined) copy[key] = value;
  return copy;
}

/** As `copyMap`, with complete messages out of partial ones. */
export function createMap<T>(
  codec: Codec<T>,
  map: { readonly [key: string]: NoInfer<Init<T>> | undefined } | undefined,
): Record<string, T> {
  const copy: Record<string, T> = Object.create(null);
  if (map === undefined) return copy;
  for (const [key, value] of Object.entries(map)) if (value !== undefined) copy[key] = codec.create(value);
  return copy;
}

// --- write ------------------------------------------------------------------------------------------------------

/** Writes a string. Half a surrogate pair is replaced: peers refuse the whole message over one. */
export function writeString(writer: Writer, tag: number, value: string): void {
  writer.uint32(tag).string(value.toWellFormed());
}

/** Writes a submessage. */
export function writeMessage<T>(
  writer: Writer,
  tag: number,
  codec: Codec<T>,
  message: NoInfer<Init<T>>,
): void {
  codec.write(message, writer.uint32(tag).fork()).ldelim();
}

/** Writes a map of strings. */
export function writeStringMap(
  writer: Writer,
  tag: number,
  map: { readonly [key: string]: string | undefined },
): void {
  for (const [key, value] of Object.entries(map)) {
    if (value === undefined) continue;
    writer.uint32(tag).fork();
    writeString(writer, 10, key);
    writeString(writer, 18, value);
    writer.ldelim();
  }
}

/** Writes a map of messages. */
export function writeMessageMap<T>(
  writer: Writer,
  tag: number,
  codec: Codec<T>,
  map: { readonly [key: string]: NoInfer<Init<T>> | undefined },
): void {
  for (const [key, value] of Object.entries(map)) {
    if (value === undefined) continue;
    writer.uint32(tag).fork();
    writeString(writer, 10, key);
    writeMessage(writer, 18, codec, value);
    writer.ldelim();
  }
}

/** Whether a floating-point field holds something else than its default: minus zero and NaN do. */
export function isWritten(value: number | undefined): value is number {
  return value !== undefined && !Object.is(value, 0);
}

// --- read -------------------------------------------------------------------------------------------------------

/** Reads bytes, as a view of the input. */
export function readBytes(reader: Reader): Uint8Array {
  return plain(reader.bytes());
}

/** Reads a submessage. One that comes twice is not merged: the last one counts. */
export function readMessage<T>(codec: Codec<T>, reader: Reader): T {
  const size = reader.size();
  return codec.read(reader, reader.pos + size);
}

/** Reads what is packed behind one length (a list of scalars): calls `readItem` until it is used up. */
export function readPacked(reader: Reader, readItem: () => void): true {
  const size = reader.size();
  const end = reader.pos + size;
  const limit = reader.len;
  if (end > limit) throw new RangeError(`decode packed field: ends at byte ${end} of ${limit}`);
  reader.len = end;
  while (reader.pos < end) readItem();
  reader.len = limit;
  return true;
}

/** Reads one entry of a map of strings. */
export function readStringEntry(reader: Reader, map: Record<string, string>): true {
  return readEntry(
    reader,
    map,
    () => reader.string(),
    () => "",
  );
}

/** Reads one entry of a map of messages. */
export function readMessageEntry<T>(codec: Codec<T>, reader: Reader, map: Record<string, T>): true {
  return readEntry(
    reader,
    map,
    () => readMessage(codec, reader),
    () => codec.create(),
  );
}

// An entry is a message with the key as field 1 and the value as field 2; both may be missing.
function readEntry<V>(reader: Reader, map: Record<string, V>, readValue: () => V, missing: () => V): true {
  let key = "";
  let value: V | undefined;
  readPacked(reader, () => {
    const tag = reader.tag();
    if (tag === 10) key = reader.string();
    else if (tag === 18) value = readValue();
    else reader.skipType(tag & 7, 0, tag >>> 3);
  });
  map[key] = value === undefined ? missing() : value;
  return true;
}

// --- 64 bits ----------------------------------------------------------------------------------------------------

// protobufjs reads 64 bits into objects of the package `long`, and without it into numbers that are not exact.
// `long` compiles a WebAssembly module when it is loaded, 1.5 MB and 1.6 ms for each shim, so integers are read here
// and a bundle may leave it out ("64 bits are exact in a bundle without the package long").

/** A 64-bit integer as protobufjs writes it: two halves of 32 bits. */
interface Halves {
  low: number;
  high: number;
  unsigned: boolean;
}

/**
 * The halves of a 64-bit integer, signed or not. Integers beyond 64 bits lose their upper bits, as they do in a
 * conversion between integer types elsewhere.
 */
export function halves(value: bigint): Halves {
  return {
    low: Number(BigInt.asIntN(32, value)),
    high: Number(BigInt.asIntN(32, value >> 32n)),
    unsigned: false,
  };
}

/** Reads a signed 64-bit integer. */
export function readInt64(reader: Reader): bigint {
  return readVarint(reader, true);
}

/** Reads an unsigned 64-bit integer. */
export function readUint64(reader: Reader): bigint {
  return readVarint(reader, false);
}

// Seven bits a byte, the lowest first; what goes beyond 64 bits is dropped.
function readVarint(reader: Reader, isSigned: boolean): bigint {
  const { buf, len } = reader;
  let { pos } = reader;
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (pos >= len) throw new RangeError(`decode integer: does not end before byte ${len}`);
    const byte = buf[pos++] ?? 0;
    const bits = byte & 0x7f;
    if (shift < 32) low |= bits << shift;
    if (shift === 28) high = bits >> 4;
    else if (shift > 28) high |= bits << (shift - 32);
    if (byte > 0x7f) continue;
    reader.pos = pos;
    return isSigned ? signed(low, high) : unsigned(low, high);
  }
  throw new Error("decode integer: longer than ten bytes");
}

function signed(low: number, high: number): bigint {
  // Most values fit 32 bits: the upper half only repeats the sign of the lower one.
  if (high === low >> 31) return BigInt(low);
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

function unsigned(low: number, high: number): bigint {
  if (high === 0) return BigInt(low >>> 0);
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
