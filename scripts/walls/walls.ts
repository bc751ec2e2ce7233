// The walls between the layers, as a pure function from sources to violations. The rules are in docs/development.md; what
// may be imported under shim/ is in shim/allowed-imports.json.

import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { type Import, readModuleSyntax } from "./module-syntax.ts";

/** One broken rule, at a place. */
export interface Violation {
  file: string;
  line: number;
  message: string;
}

/** What is judged. */
export interface Sources {
  /** Path from the root of the repository, with slashes → text. */
  files: ReadonlyMap<string, string>;
  /** The npm packages and `node:` modules that the shim may load, as they are written in an import. */
  shimAllowed: ReadonlySet<string>;
  /** The run-time dependencies of package.json. */
  dependencies: ReadonlySet<string>;
}

const product = ["proto", "ttrpc", "sys", "output-log", "shim", "manager"];

// Which layers a layer may import beside itself.
const layers: Record<string, readonly string[]> = {
  proto: [],
  ttrpc: ["proto"],
  sys: ["proto"],
  "output-log": ["proto", "sys"],
  shim: ["proto", "ttrpc", "sys", "output-log"],
  manager: ["proto", "ttrpc", "sys", "output-log"],
  scripts: product,
  bench: product,
  test: [...product, "scripts", "bench"],
};

// Never in the shim, whatever its list says: each costs more memory than all of the shim.
const neverInShim = new Set([
  "node:http",
  "node:https",
  "node:http2",
  "node:tls",
  "node:zlib",
  "protobufjs",
  "undici",
]);

const vagueNames = new Set(["util", "utils", "helper", "helpers", "common", "type", "types", "misc"]);
const lineLimit = 300;
const lineMark = /longer than 300 lines because/i;
// Node loads a test reporter by its default export.
const mayExportDefault = new Set(["scripts/testing/event-reporter.ts"]);

/** Lists every broken rule; empty when all walls stand. */
export function findViolations(sources: Sources): Violation[] {
  const violations: Violation[] = [];
  const graph = new Map<string, { file: string; import: Import }[]>();
  for (const [file, text] of sources.files) {
    const syntax = readModuleSyntax(text);
    const report = (line: number, message: string) => violations.push({ file, line, message });
    const edges: { file: string; import: Import }[] = [];
    graph.set(file, edges);
    for (const one of syntax.imports) {
      const target = one.specifier.startsWith(".")
        ? posix.join(posix.dirname(file), one.specifier)
        : undefined;
      if (target !== undefined) edges.push({ file: target, import: one });
      for (const message of importComplaints(file, one, target, sources)) report(one.line, message);
    }
    for (const line of syntax.computedImportLines) {
      if (isProduct(file)) report(line, "imports a module by a computed name; name it");
    }
    if (isGenerated(file)) continue;
    for (const line of syntax.defaultExportLines) {
      if (!mayExportDefault.has(file)) report(line, "has a default export; export the noun by its name");
    }
    for (const message of fileComplaints(file, text)) report(1, message);
  }
  violations.push(...cycles(graph), ...shimComplaints(graph, sources));
  return violations.sort((a, b) => byText(a.file, b.file) || a.line - b.line);
}

function layerOf(file: string): string {
  return file.split("/", 1)[0] ?? "";
}

function isProduct(file: string): boolean {
  return product.includes(layerOf(file));
}

function isGenerated(file: string): boolean {
  return file.startsWith("proto/gen/");
}

function isUnder(file: string, dir: string): boolean {
  return file.startsWith(`${dir}/`);
}

/** The npm package in a module name: "@grpc/grpc-js/x" → "@grpc/grpc-js"; undefined for Node's own modules. */
function packageOf(specifier: string): string | undefined {
  if (isBuiltin(specifier)) return undefined;
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0];
}

function* importComplaints(
  file: string,
  one: Import,
  target: string | undefined,
  sources: Sources,
): Generator<string> {
  if (target !== undefined) {
    if (!/\.(ts|json)$/.test(target)) yield `imports "${one.specifier}"; imports end in .ts`;
    const from = layerOf(file);
    const to = layerOf(target);
    if (target.startsWith("../")) yield `imports "${one.specifier}", which is outside the repository`;
    else if (from !== to && !layers[from]?.includes(to))
      yield `imports "${one.specifier}": ${from} may not import ${to}`;
    return;
  }
  const name = packageOf(one.specifier);
  if (name === undefined) {
    if (!one.specifier.startsWith("node:"))
      yield `imports "${one.specifier}"; Node's own modules are written "node:…"`;
    return;
  }
  if (name === "koffi" && file !== "sys/libc.ts") yield "imports koffi; only sys/libc.ts may";
  if (
    name.startsWith("@grpc/") &&
    layerOf(file) !== "test" &&
    !isUnder(file, "manager/api") &&
    !isUnder(file, "manager/client")
  ) {
    yield `imports ${name}; only manager/api and manager/client may import a gRPC library`;
  }
  if (isProduct(file) && !sources.dependencies.has(name) && !one.isTypeOnly) {
    yield `imports ${name}, which is not in the "dependencies" of package.json`;
  }
}

function* fileComplaints(file: string, text: string): Generator<string> {
  const name = posix.basename(file).split(".", 1)[0] ?? "";
  if (vagueNames.has(name)) yield `is called "${name}"; name it after the noun that it exports`;
  if (isProduct(file) || layerOf(file) === "scripts") {
    const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
    if (lines > lineLimit && !lineMark.test(text.split("\n", 20).join("\n"))) {
      yield `has ${lines} lines; split it, or say in its header "Longer than ${lineLimit} lines because …"`;
    }
  }
}

type Graph = ReadonlyMap<string, readonly { file: string; import: Import }[]>;

// Each cycle once, at the import that closes it. Types count too: two files that need each other's types are one noun.
function cycles(graph: Graph): Violation[] {
  const violations: Violation[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string) => {
    path.push(file);
    for (const edge of graph.get(file) ?? []) {
      const start = path.indexOf(edge.file);
      if (start >= 0) {
        const way = [...path.slice(start), edge.file].join(" → ");
        violations.push({ file, line: edge.import.line, message: `closes a cycle of imports: ${way}` });
      } else if (!done.has(edge.file)) {
        visit(edge.file);
      }
    }
    path.pop();
    done.add(file);
  };
  for (const file of [...graph.keys()].sort(byText)) if (!done.has(file)) visit(file);
  return violations;
}

// Everything that the shim's bundle can hold: what shim/ reaches through imports that exist at run time.
function shimComplaints(graph: Graph, sources: Sources): Violation[] {
  const violations: Violation[] = [];
  const via = new Map<string, string>();
  const queue = [...graph.keys()].filter((file) => isUnder(file, "shim")).sort(byText);
  for (const file of queue) via.set(file, file);
  for (const file of queue) {
    const way = via.get(file) ?? file;
    const hint = way === file ? "" : ` (reached through ${way})`;
    const syntax = readModuleSyntax(sources.files.get(file) ?? "");
    for (const line of syntax.fetchLines) {
      violations.push({ file, line, message: `calls fetch, which the shim may not${hint}` });
    }
    for (const one of syntax.imports) {
      if (one.isTypeOnly || one.specifier.startsWith(".")) continue;
      if (neverInShim.has(one.specifier)) {
        violations.push({
          file,
          line: one.line,
          message: `imports ${one.specifier}, which the shim never may${hint}`,
        });
      } else if (!sources.shimAllowed.has(one.specifier)) {
        const message = `imports ${one.specifier}, which is not in shim/allowed-imports.json${hint}`;
        violations.push({ file, line: one.line, message });
      }
    }
    for (const edge of graph.get(file) ?? []) {
      if (edge.import.isTypeOnly || via.has(edge.file) || !sources.files.has(edge.file)) continue;
      via.set(edge.file, `${way} → ${edge.file}`);
      queue.push(edge.file);
    }
  }
  return violations;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
