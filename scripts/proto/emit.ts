// Turns one .proto file into the text of a TypeScript module: an interface and a codec per message, a constant and
// a union per enum, a definition per service. Pure: text in, text out, in the order of the file.
// Decisions about a single field are in field.ts.
import type protobuf from "protobufjs";
import { emitField, type FieldText } from "./field.ts";
import { Names } from "./names.ts";
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

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
