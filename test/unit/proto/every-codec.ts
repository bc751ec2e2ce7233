// All generated codecs by full name, and protobufjs' own description of the same messages: the witness that knows
// nothing of our generator beyond the .proto files.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import protobuf from "protobufjs";
import type { Codec } from "../../../proto/codec.ts";

const protoDir = join(import.meta.dirname, "../../../proto");

/** A message of any type, as far as a test that knows no type can say. */
// biome-ignore lint/suspicious/noExplicitAny: the fields of any message are of any type.
export type AnyMessage = Record<string, any>;

function isCodec(value: unknown): value is Codec<AnyMessage> {
  return typeof value === "object" && value !== null && "typeName" in value;
}

/** Every codec in proto/gen/, by full name. */
export async function everyCodec(): Promise<Map<string, Codec<AnyMessage>>> {
  const codecs = new Map<string, Codec<AnyMessage>>();
  for (const name of await readdir(join(protoDir, "gen"))) {
    const module: Record<string, unknown> = await import(join(protoDir, "gen", name));
    for (const value of Object.values(module)) if (isCodec(value)) codecs.set(value.typeName, value);
  }
  return codecs;
}

/** protobufjs' description of every .proto file. */
export async function everyType(): Promise<protobuf.Root> {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => join(protoDir, target);
  const names = (await readdir(protoDir, { recursive: true })).filter((name) => name.endsWith(".proto"));
  root.loadSync(names).resolveAll();
  return root;
}

/** Random messages of a type, complete, with defaults among the values. */
export function arbitraryMessage(type: protobuf.Type): fc.Arbitrary<AnyMessage> {
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of type.fieldsArray) fields[field.name] = arbitraryField(field);
  return fc.record(fields, { noNullPrototype: true });
}

function arbitraryField(field: protobuf.Field): fc.Arbitrary<unknown> {
  const value = arbitraryValue(field);
  if (field.map) {
    const keys = fc.oneof(
      fc.string({ unit: "binary", maxLength: 5 }),
      fc.constantFrom("constructor", "toString", "7"),
    );
    const entries = fc.uniqueArray(fc.tuple(keys, value), { maxLength: 3, selector: ([key]) => key });
    return entries.map((list) => Object.assign(Object.create(null), Object.fromEntries(list)));
  }
  if (field.repeated) return fc.array(value, { maxLength: 4 });
  const canBeAbsent = field.partOf !== null || field.resolvedType instanceof protobuf.Type;
  return canBeAbsent ? fc.option(value, { nil: undefined }) : value;
}

function arbitraryValue(field: protobuf.Field): fc.Arbitrary<unknown> {
  if (field.resolvedType instanceof protobuf.Type) return arbitraryMessage(field.resolvedType);
  if (field.resolvedType instanceof protobuf.Enum) return fc.oneof(fc.nat(12), fc.integer());
  switch (field.type) {
    case "string":
      return fc.oneof(
        fc.string({ unit: "binary", maxLength: 8 }),
        fc.string({ unit: "binary", minLength: 40 }),
      );
    case "bytes":
      return fc.uint8Array({ maxLength: 20 }).map((bytes) => new Uint8Array(bytes));
    case "bool":
      return fc.boolean();
    case "double":
      return fc.double();
    case "int32":
      return fc.oneof(fc.nat(3), fc.integer());
    case "uint32":
      return fc.oneof(fc.nat(3), fc.nat({ max: 0xffffffff }));
    case "int64":
      return fc.oneof(fc.constant(0n), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
    case "uint64":
      return fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
    default:
      throw new Error(`no random values for "${field.type}"`);
  }
}

/** The same message as protobufjs wants it: 64 bits in halves, and defaults left out, which it would write. */
export function forWitness(type: protobuf.Type, message: AnyMessage): AnyMessage {
  const copy: AnyMessage = {};
  for (const field of type.fieldsArray) {
    const value = message[field.name];
    if (value === undefined) continue;
    if (field.map) {
      const entries = Object.entries(value as AnyMessage).map(([key, item]) => [key, convert(field, item)]);
      copy[field.name] = Object.fromEntries(entries);
    } else if (field.repeated) {
      copy[field.name] = (value as unknown[]).map((item) => convert(field, item));
    } else if (field.partOf !== null || !isDefault(value)) {
      copy[field.name] = convert(field, value);
    }
  }
  return copy;
}

function isDefault(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0;
  return Object.is(value, 0) || value === "" || value === false || value === 0n;
}

function convert(field: protobuf.Field, value: unknown): unknown {
  if (field.resolvedType instanceof protobuf.Type) return forWitness(field.resolvedType, value as AnyMessage);
  if (typeof value !== "bigint") return value;
  const low = Number(BigInt.asIntN(32, value));
  return { low, high: Number(BigInt.asIntN(32, value >> 32n)), unsigned: field.type === "uint64" };
}
