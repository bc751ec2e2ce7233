// What generated code is made of: a codec for each message and a definition for each service. The types stand here
// so that ttrpc, the shim and the manager can speak of "any message" without knowing one.
// Messages are plain objects; 64-bit integers are bigint; an absent submessage is undefined.
import type { Reader, Writer } from "protobufjs/minimal.js";

/**
 * What an encoder accepts for a message `T`: every field may be left out, at every depth. Fields left out, and
 * fields that hold their default, are not written (proto3).
 */
export type Init<T> = T extends Uint8Array | bigint | string | number | boolean | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Init<Item>[]
    : { readonly [Key in keyof T]?: Init<T[Key]> | undefined };

/** Turns messages of one type into bytes and back. Immutable; made by the generator, one per message type. */
export interface Codec<T> {
  /** Full protobuf name, which is also the bare type URL: `containerd.events.TaskExit`. */
  readonly typeName: string;
  /** A complete message: what is missing in `init` gets its default. Submessages stay absent. */
  create(init?: Init<T>): T;
  /** The message's wire form. Never fails for a value of the right type. */
  encode(message: Init<T>): Uint8Array;
  /** Appends the message's fields, without a length in front. */
  write(message: Init<T>, writer: Writer): Writer;
  /** Reads a message; unknown fields are skipped. Throws RangeError or Error when the bytes are not one. */
  decode(bytes: Uint8Array): T;
  /** Reads fields up to the position `end` of the reader. */
  read(reader: Reader, end: number): T;
}

/** The four shapes of a call. */
export type MethodKind = "unary" | "server-streaming" | "client-streaming" | "bidirectional";

/** One method of a service, typed by its messages. */
export interface MethodDefinition<
  Request = unknown,
  Response = unknown,
  Kind extends MethodKind = MethodKind,
> {
  /** The bare name on the wire: `Create`. */
  readonly name: string;
  readonly kind: Kind;
  readonly request: Codec<Request>;
  readonly response: Codec<Response>;
}

// biome-ignore lint/suspicious/noExplicitAny: a definition is invariant in its messages; "some method" has no other spelling.
export type AnyMethod = MethodDefinition<any, any>;

/** A service: its full name and its methods, keyed by the name in lower camel case (`resizePty`). */
export interface ServiceDefinition {
  /** Full protobuf name: `containerd.task.v2.Task`. */
  readonly name: string;
  readonly methods: Readonly<Record<string, AnyMethod>>;
}
