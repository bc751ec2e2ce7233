// Reads .proto files into the little that the generator needs to know: files, messages, enums, services, in order.
// Owns every refusal: what our .proto files do not use (recursive messages, maps with keys that are not strings, things
// without a comment) is an error here and needs no thought anywhere else.
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import protobuf from "protobufjs";

/** One .proto file. */
export interface SchemaFile {
  /** Path below proto/, with forward slashes. */
  readonly path: string;
  /** Base name without extension, which is also the name of the generated module. */
  readonly module: string;
  /** The comment at the head of the file. */
  readonly comment: string;
  /** Messages, those inside before those around them. */
  readonly messages: readonly protobuf.Type[];
  readonly enums: readonly protobuf.Enum[];
  readonly services: readonly protobuf.Service[];
  /** The file that defines a message or enum. */
  readonly homeOf: (type: protobuf.Type | protobuf.Enum) => SchemaFile;
}

/** All .proto files below `protoDir`, sorted by path and checked. Throws an Error that names file and place. */
export async function loadSchema(protoDir: string): Promise<SchemaFile[]> {
  const paths = (await readdir(protoDir, { recursive: true }))
    .filter((path) => path.endsWith(".proto"))
    .sort();
  const root = new protobuf.Root();
  const files: Mutable<SchemaFile>[] = [];
  const imports = new Map<string, Set<string>>();
  const homes = new Map<string, SchemaFile>();

  for (const path of paths) {
    const source = await readFile(join(protoDir, path), "utf8");
    // The parser labels what it finds with this name; its type declarations do not mention it.
    Object.assign(protobuf.parse, { filename: path });
    const parsed = protobuf.parse(source, root, { keepCase: true, alternateCommentMode: true });
    imports.set(path, new Set(parsed.imports ?? []));
    const module = basename(path, ".proto");
    const twin = files.find((file) => file.module === module);
    if (twin !== undefined) throw new Error(`${path}: ${twin.path} already gives proto/gen/${module}.ts`);
    files.push({
      path,
      module,
      comment: headComment(source),
      messages: [],
      enums: [],
      services: [],
      homeOf: (type) => homes.get(type.fullName) ?? fail(type, "is defined nowhere"),
    });
  }
  root.resolveAll();

  for (const file of files) {
    const content = objectsOf(root, file.path);
    file.messages = content.filter((object) => object instanceof protobuf.Type);
    file.enums = content.filter((object) => object instanceof protobuf.Enum);
    file.services = content.filter((object) => object instanceof protobuf.Service);
    for (const type of [...file.messages, ...file.enums]) homes.set(type.fullName, file);
  }
  for (const file of files) check(file, imports.get(file.path) ?? new Set());
  return files;
}

/** The name a message or enum has in TypeScript: those inside another carry its name in front. */
export function exportName(type: protobuf.ReflectionObject): string {
  return type.parent instanceof protobuf.Type ? exportName(type.parent) + type.name : type.name;
}

/** The full name of a message, enum or service on the wire. */
export function fullName(object: protobuf.ReflectionObject): string {
  return object.fullName.slice(1);
}

/** Whether a field tells "absent" from "holds its default". */
export function hasPresence(field: protobuf.Field): boolean {
  return (
    !field.repeated && !field.map && (field.partOf !== null || field.resolvedType instanceof protobuf.Type)
  );
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

function fail(object: protobuf.ReflectionObject, problem: string): never {
  throw new Error(`${object.filename ?? "?"}: ${fullName(object)} ${problem}`);
}

function headComment(source: string): string {
  const lines = source.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("//"));
  return lines
    .slice(0, end)
    .map((line) => line.slice(2).trim())
    .join("\n");
}

// In the order of the file, except that inner types come before the message around them: what is generated runs
// from top to bottom.
function objectsOf(namespace: protobuf.NamespaceBase, path: string): protobuf.ReflectionObject[] {
  return namespace.nestedArray.flatMap((object) => {
    const inner =
      object instanceof protobuf.Namespace || object instanceof protobuf.Type ? objectsOf(object, path) : [];
    return object.filename === path && !isPackage(object) ? [...inner, object] : inner;
  });
}

function isPackage(object: protobuf.ReflectionObject): boolean {
  return !(
    object instanceof protobuf.Type ||
    object instanceof protobuf.Enum ||
    object instanceof protobuf.Service
  );
}

function check(file: SchemaFile, imported: ReadonlySet<string>): void {
  const mustSee = (user: protobuf.ReflectionObject, type: protobuf.Type | protobuf.Enum): void => {
    const home = file.homeOf(type);
    if (home !== file && !imported.has(home.path))
      fail(user, `uses ${fullName(type)}: import "${home.path}"`);
  };
  for (const message of file.messages) {
    if (!message.comment) fail(message, "has no comment");
    if (contains(message, message, new Set()))
      fail(message, "contains itself: decoding has no limit of depth");
    for (const field of message.fieldsArray) {
      if (!field.comment) fail(field, "has no comment");
      if (field instanceof protobuf.MapField && field.keyType !== "string")
        fail(field, "has keys that are not strings");
      if (field.map && !(field.resolvedType instanceof protobuf.Type) && field.type !== "string") {
        fail(field, "is a map of neither strings nor messages");
      }
      if (field.resolvedType !== null) mustSee(field, field.resolvedType);
    }
  }
  for (const type of file.enums) if (!type.comment) fail(type, "has no comment");
  for (const service of file.services) {
    if (!service.comment) fail(service, "has no comment");
    for (const method of service.methodsArray) {
      if (!method.comment) fail(method, "has no comment");
      for (const type of [method.resolvedRequestType, method.resolvedResponseType]) {
        if (type === null) fail(method, "has no message");
        mustSee(method, type);
      }
    }
  }
  const names = [...file.messages, ...file.enums, ...file.services].map(exportName);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`${file.path}: two things would be exported as ${twice}`);
}

function contains(outer: protobuf.Type, wanted: protobuf.Type, seen: Set<protobuf.Type>): boolean {
  if (seen.has(outer)) return false;
  seen.add(outer);
  return outer.fieldsArray.some(
    ({ resolvedType }) =>
      resolvedType instanceof protobuf.Type &&
      (resolvedType === wanted || contains(resolvedType, wanted, seen)),
  );
}
