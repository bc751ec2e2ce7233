// A codec out of a protobufjs type, for services that are not generated: the way into this library for everybody else.
// Knows protobufjs only by the four functions it calls, so that a reflected type and a static class serve alike.
// Nothing in this library imports it.
import type { Reader, Writer } from "protobufjs/minimal.js";
import type { Codec, Init } from "../proto/codec.ts";

/** What a codec needs of a protobufjs `Type` (from `protobufjs.parse`, `load`) or of a class made by pbjs. */
export interface ProtobufjsType<T extends object> {
  create(properties?: { [key: string]: unknown }): T | object;
  encode(message: T | { [key: string]: unknown }, writer?: Writer): Writer;
  decode(reader: Reader | Uint8Array, length?: number): T | object;
}

/**
 * Makes a codec. `typeName` is the message's full protobuf name. Messages are what protobufjs makes of them: fields in
 * lower camel case, 64-bit integers as its own Long or number.
 */
export function codecFromProtobufjs<T extends object>(type: ProtobufjsType<T>, typeName: string): Codec<T> {
  const properties = (init: Init<T> | undefined): { [key: string]: unknown } => ({ ...init });
  return {
    typeName,
    create: (init) => type.create(properties(init)) as T,
    encode: (message) => type.encode(properties(message)).finish(),
    write: (message, writer) => type.encode(properties(message), writer),
    decode: (bytes) => type.decode(bytes) as T,
    read: (reader, end) => type.decode(reader, end - reader.pos) as T,
  };
}
