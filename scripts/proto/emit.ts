// Turns one .proto file into the text of a TypeScript module: an interface and a codec per message, a constant and
// a union per enum, a definition per service. Pure: text in, text out, in the order of the file.
// Decisions about a single field are in field.ts.
import type protobuf from "protobufjs";
import { emitField, type FieldText } from "./field.ts";
import { exportName, fullName, type SchemaFile } from "./schema.ts";

const HEADER = "by `npm run gen`. Do not edit: change the .proto file and generate again.";

/** The text of the module for `file`. */
export function emitModule(file: SchemaFile): string {
  const names = new Names(file);
  const body = [
    ...file.enums.map(emitEnum),
    ...file.messages.map((message) => emitMessage(message, names)),
    ...file.services.map((service) => emitService(service, names)),
  ];
  const head = `// Generated from proto/${file.path} ${HEADER}\n${file.comment.replaceAll(/^/gm, "// ")}\n`;
  return [head + names.emitImports(), ...body].join("\n");
}

/** The names that a module uses, and from where it must import them. */
export class Names {
  readonly #file: SchemaFile;
  readonly #own: Set<string>;
  readonly #runtime = new Set<string>();
  readonly #types = new Set<string>();
  /** Local name by exported name, by module. */
  readonly #modules = new Map<string, Map<string, string>>();

  constructor(file: SchemaFile) {
    this.#file = file;
    this.#own = new Set([...file.messages, ...file.enums, ...file.services].map(exportName));
  }

  /** A function of the runtime. */
  runtime(name: string): string {
    this.#runtime.add(name);
    return name;
  }

  /** A type of codec.ts. */
  type(name: string): string {
    this.#types.add(name);
    return name;
  }

  /** A message or enum, here or in another module. One that has the name of something here gets its module's name
   * in front. */
  of(type: protobuf.Type | protobuf.Enum): string {
    const home = this.#file.homeOf(type);
    const name = exportName(type);
    if (home === this.#file) return name;
    const imported = this.#modules.get(home.module) ?? new Map<string, string>();
    this.#modules.set(home.module, imported);
    const local = this.#isTaken(name, home.module) ? pascalCase(home.module) + name : name;
    imported.set(name, local);
    return local;
  }

  emitImports(): string {
    const lines: string[] = [];
    if (this.#types.size > 0) lines.push(`import type { ${sorted(this.#types)} } from "../codec.ts";`);
    if (this.#runtime.size > 0) lines.push(`import { ${sorted(this.#runtime)} } from "../codec-runtime.ts";`);
    for (const [module, names] of [...this.#modules].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const list = [...names].map(([name, local]) => (name === local ? name : `${name} as ${local}`));
      lines.push(`import { ${sorted(list)} } from "./${module}.ts";`);
    }
    return lines.map((line) => `${line}\n`).join("");
  }

  #isTaken(name: string, module: string): boolean {
    if (this.#own.has(name)) return true;
    return [...this.#modules].some(([other, names]) => other !== module && names.get(name) === name);
  }
}

function emitEnum(type: protobuf.Enum): string {
  const name = exportName(type);
  const values = Object.entries(type.values).map(
    ([key, value]) => `${docstring(type.comments[key], "  ")}  ${key}: ${value},\n`,
  );
  return (
    `${docstring(type.comment)}export const ${name} = {\n${values.join("")}} as const;\n\n` +
    `/** A known value of ${name}. Fields are numbers: a peer may know more of them. */\n` +
    `export type ${name} = (typeof ${name})[keyof typeof ${name}];\n`
  );
}

function emitMessage(message: protobuf.Type, names: Names): string {
  const name = exportName(message);
  const fields = message.fieldsArray.map((field) => emitField(field, names));
  const section = (pick: (text: FieldText) => string): string => fields.map(pick).join("");
  const property = (field: FieldText): string => `${docstring(field.comment, "  ")}  ${field.declaration};\n`;
  const read =
    fields.length === 0
      ? "  field: () => false,\n"
      : `  field(message, tag, reader) {\n    switch (tag) {\n${section((field) => field.read)}` +
        "      default:\n        return false;\n    }\n    return true;\n  },\n";
  return (
    `${docstring(message.comment)}export interface ${name} ${block(section(property))}\n\n` +
    `/** Codec of \`${fullName(message)}\`. */\n` +
    `export const ${name}: ${names.type("Codec")}<${name}> = /* @__PURE__ */ ${names.runtime("codec")}<${name}>({\n` +
    `  typeName: "${fullName(message)}",\n` +
    (fields.length === 0
      ? "  create: () => ({}),\n  write: () => {},\n"
      : `  create: (init) => ({\n${section((field) => field.create)}  }),\n` +
        `  write(message, writer) {\n${section((field) => field.write)}  },\n`) +
    `${read}});\n`
  );
}

function emitService(service: protobuf.Service, names: Names): string {
  const methods = service.methodsArray.map((method) => {
    const { resolvedRequestType: request, resolvedResponseType: response } = method;
    if (request === null || response === null) throw new Error(`${fullName(method)} is not resolved`);
    return (
      `${docstring(method.comment, "    ")}    ${lowerFirst(method.name)}: {\n` +
      `      name: "${method.name}",\n      kind: "${kindOf(method)}",\n` +
      `      request: ${names.of(request)},\n      response: ${names.of(response)},\n    },\n`
    );
  });
  return (
    `${docstring(service.comment)}export const ${service.name} = {\n  name: "${fullName(service)}",\n  methods: {\n` +
    `${methods.join("")}  },\n} as const satisfies ${names.type("ServiceDefinition")};\n`
  );
}

function kindOf(method: protobuf.Method): string {
  if (method.requestStream) return method.responseStream ? "bidirectional" : "client-streaming";
  return method.responseStream ? "server-streaming" : "unary";
}

function docstring(comment: string | null | undefined, indent = ""): string {
  if (!comment) return "";
  const lines = comment.replaceAll("*/", "*\\/").split("\n");
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
}

function block(content: string): string {
  return content === "" ? "{}" : `{\n${content}}`;
}

function sorted(names: Iterable<string>): string {
  return [...names].sort((a, b) => (a < b ? -1 : 1)).join(", ");
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function pascalCase(name: string): string {
  return name.replaceAll(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
