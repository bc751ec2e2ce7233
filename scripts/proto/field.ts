// Everything that depends on the kind of a field: its type, its default, how it is written and how it is read.
// Pure. A field's text always comes in the four places where a message mentions it.
import protobuf from "protobufjs";
import type { Names } from "./names.ts";
import { hasPresence } from "./schema.ts";

/** A field in each place where it occurs. */
export interface FieldText {
  readonly comment: string;
  /** In the interface, without semicolon. */
  readonly declaration: string;
  /** A property of what `create` returns. */
  readonly create: string;
  /** A statement of `write`. */
  readonly write: string;
  /** The cases of `field`. */
  readonly read: string;
}

/** One kind of value, as far as code for it differs. `reader`, `writer` and `message` are in scope. */
interface Kind {
  readonly type: string;
  readonly wireType: 0 | 1 | 2 | 5;
  /** Gives the default, as an expression; undefined for messages, which have none. */
  readonly fallback: (() => string) | undefined;
  /** Whether `value` differs from the default, as an expression. */
  readonly differs: (value: string) => string;
  /** Appends `value`, without a tag. */
  readonly append: (value: string) => string;
  /** Writes tag and value, as an expression. */
  readonly write: (tag: number, value: string) => string;
  /** Reads a value, as an expression. */
  readonly read: string;
}

/** The text for one field. */
export function emitField(field: protobuf.Field, names: Names): FieldText {
  const name = camelCase(field.name);
  const text = { comment: field.comment ?? "" };
  if (field.map) return { ...text, ...emitMap(field, name, names) };
  const kind = kindOf(field, names);
  if (field.repeated) return { ...text, ...emitList(field, name, kind, names) };
  return { ...text, ...emitSingle(field, name, kind, names) };
}

function emitSingle(
  field: protobuf.Field,
  name: string,
  kind: Kind,
  names: Names,
): Omit<FieldText, "comment"> {
  const value = `message.${name}`;
  const tag = tagOf(field, kind.wireType);
  const isPresent = hasPresence(field);
  // Of a oneof, the member that came last is the one that counts.
  const rivals = (field.partOf?.fieldsArray ?? []).filter((other) => other !== field);
  const forget = rivals.map((other) => `message.${camelCase(other.name)} = undefined; `).join("");
  const init = `init.${name}`;
  let create = init;
  if (kind.fallback === undefined) create = `${init} && ${typeName(field, names)}.create(${init})`;
  else if (!isPresent) create = `${init} ?? ${kind.fallback()}`;
  return {
    declaration: isPresent ? `${name}?: ${kind.type} | undefined` : `${name}: ${kind.type}`,
    create: `    ${name}: ${create},\n`,
    write: `    if (${isPresent ? `${value} !== undefined` : kind.differs(value)}) ${kind.write(tag, value)};\n`,
    read: `      case ${tag}:\n        ${forget}${value} = ${kind.read};\n        break;\n`,
  };
}

function emitList(field: protobuf.Field, name: string, kind: Kind, names: Names): Omit<FieldText, "comment"> {
  const list = `message.${name}`;
  const isMessage = kind.fallback === undefined;
  const tag = tagOf(field, kind.wireType);
  const push = `${list}.push(${kind.read})`;
  const text = {
    declaration: `${name}: ${kind.type.includes(" ") ? `(${kind.type})` : kind.type}[]`,
    create: isMessage
      ? `    ${name}: ${names.runtime("createList")}(${typeName(field, names)}, init.${name}),\n`
      : `    ${name}: ${names.runtime("copyList")}(init.${name}),\n`,
    write: `    if (${list}) for (const item of ${list}) ${kind.write(tag, "item")};\n`,
    read: `      case ${tag}:\n        ${push};\n        break;\n`,
  };
  if (kind.wireType === 2) return text;
  // Numbers are written packed and read both ways.
  const packedTag = tagOf(field, 2);
  return {
    ...text,
    write:
      `    if (${list}?.length) {\n      writer.uint32(${packedTag}).fork();\n` +
      `      for (const item of ${list}) writer${kind.append("item")};\n      writer.ldelim();\n    }\n`,
    read:
      `${text.read}      case ${packedTag}:\n` +
      `        ${names.runtime("readPacked")}(reader, () => ${push});\n        break;\n`,
  };
}

function emitMap(field: protobuf.Field, name: string, names: Names): Omit<FieldText, "comment"> {
  const tag = tagOf(field, 2);
  const map = `message.${name}`;
  if (field.resolvedType instanceof protobuf.Type) {
    const codec = typeName(field, names);
    return {
      declaration: `${name}: Record<string, ${codec}>`,
      create: `    ${name}: ${names.runtime("createMap")}(${codec}, init.${name}),\n`,
      write: `    if (${map}) ${names.runtime("writeMessageMap")}(writer, ${tag}, ${codec}, ${map});\n`,
      read: `      case ${tag}:\n        ${names.runtime("readMessageEntry")}(${codec}, reader, ${map});\n        break;\n`,
    };
  }
  return {
    declaration: `${name}: Record<string, string>`,
    create: `    ${name}: ${names.runtime("copyMap")}(init.${name}),\n`,
    write: `    if (${map}) ${names.runtime("writeStringMap")}(writer, ${tag}, ${map});\n`,
    read: `      case ${tag}:\n        ${names.runtime("readStringEntry")}(reader, ${map});\n        break;\n`,
  };
}

function kindOf(field: protobuf.Field, names: Names): Kind {
  if (field.resolvedType instanceof protobuf.Type) return messageKind(typeName(field, names), names);
  if (field.resolvedType instanceof protobuf.Enum) {
    return { ...numberKind("int32", 0), type: `${typeName(field, names)} | number` };
  }
  switch (field.type) {
    case "string":
      return {
        ...scalarKind("string", "string", 2, '""'),
        write: (tag, value) => `${names.runtime("writeString")}(writer, ${tag}, ${value})`,
      };
    case "bytes":
      return {
        ...scalarKind("bytes", "Uint8Array", 2, ""),
        fallback: () => names.runtime("NO_BYTES"),
        differs: (value) => `${value}?.length`,
        read: `${names.runtime("readBytes")}(reader)`,
      };
    case "bool":
      return scalarKind("bool", "boolean", 0, "false");
    case "int32":
    case "uint32":
    case "sint32":
      return numberKind(field.type, 0);
    case "fixed32":
    case "sfixed32":
      return numberKind(field.type, 5);
    case "double":
    case "float": {
      const kind = numberKind(field.type, field.type === "double" ? 1 : 5);
      return { ...kind, differs: (value) => `${names.runtime("isWritten")}(${value})` };
    }
    case "int64":
      return longKind(field.type, "readInt64", names);
    case "uint64":
      return longKind(field.type, "readUint64", names);
    // The other kinds of 64 bits would come back as objects of the package `long`: see codec-runtime.ts.
    default:
      throw new Error(`${field.fullName}: type "${field.type}" is not known to the generator`);
  }
}

function scalarKind(method: string, type: string, wireType: Kind["wireType"], fallback: string): Kind {
  const append = (value: string): string => `.${method}(${value})`;
  return {
    type,
    wireType,
    fallback: () => fallback,
    differs: (value) => value,
    append,
    write: (tag, value) => `writer.uint32(${tag})${append(value)}`,
    read: `reader.${method}()`,
  };
}

function numberKind(method: string, wireType: Kind["wireType"]): Kind {
  return scalarKind(method, "number", wireType, "0");
}

function longKind(method: string, read: string, names: Names): Kind {
  const append = (value: string): string => `.${method}(${names.runtime("halves")}(${value}))`;
  return {
    ...scalarKind(method, "bigint", 0, "0n"),
    append,
    write: (tag, value) => `writer.uint32(${tag})${append(value)}`,
    read: `${names.runtime(read)}(reader)`,
  };
}

function messageKind(codec: string, names: Names): Kind {
  return {
    ...scalarKind("", codec, 2, ""),
    fallback: undefined,
    write: (tag, value) => `${names.runtime("writeMessage")}(writer, ${tag}, ${codec}, ${value})`,
    read: `${names.runtime("readMessage")}(${codec}, reader)`,
  };
}

function typeName(field: protobuf.Field, names: Names): string {
  if (field.resolvedType === null) throw new Error(`${field.fullName} is not resolved`);
  return names.of(field.resolvedType);
}

function tagOf(field: protobuf.Field, wireType: number): number {
  return ((field.id << 3) | wireType) >>> 0;
}

function camelCase(name: string): string {
  return name.replaceAll(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
