// The names that a generated module uses, and where they come from: gathered while its text is made, and written as
// import statements at the end. Always true: one name means one thing in a module, whatever is imported.
import type protobuf from "protobufjs";
import { exportName, type SchemaFile } from "./schema.ts";

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

  /**
   * A message or enum, here or in another module. One that has the name of something else in this module gets the
   * name of its own module in front.
   */
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

  /** The import statements for everything that was asked for until now. */
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

function sorted(names: Iterable<string>): string {
  return [...names].sort((a, b) => (a < b ? -1 : 1)).join(", ");
}

function pascalCase(name: string): string {
  return name.replaceAll(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
