import assert from "node:assert/strict";
import { test } from "node:test";
import { readModuleSyntax } from "../../../scripts/walls/module-syntax.ts";

const rows: [why: string, source: string, specifiers: string[]][] = [
  ["a side effect", 'import "./a.ts";', ["./a.ts"]],
  ["names over several lines", 'import {\n  a, // "not-this"\n  b as c,\n} from "./a.ts";', ["./a.ts"]],
  ["everything", "import * as a from './a.ts';", ["./a.ts"]],
  ["default and names", 'import a, { b } from "./a.ts";', ["./a.ts"]],
  ["a name that is a string", 'import { "odd name" as a } from "./a.ts";', ["./a.ts"]],
  ["names that are types still load the module", 'import { type A } from "./a.ts";', ["./a.ts"]],
  ["a value called type", 'import type from "./a.ts";', ["./a.ts"]],
  ["attributes", 'import a from "./a.json" with { type: "json" };', ["./a.json"]],
  ["a dynamic import", 'const a = await import("./a.ts");', ["./a.ts"]],
  ["a constant template", "const a = await import(`./a.ts`);", ["./a.ts"]],
  ["require", 'const a = require("./a.ts");', ["./a.ts"]],
  [
    "re-exports",
    'export { a } from "./a.ts"; export * from "./b.ts"; export * as c from "./c.ts";',
    ["./a.ts", "./b.ts", "./c.ts"],
  ],
  ["an export without a module before an import", 'export { a };\nimport { b } from "./b.ts";', ["./b.ts"]],
  ["several on a line", 'import "./a.ts";import "./b.ts"', ["./a.ts", "./b.ts"]],
  ["in a hole of a template", 'const a = `x ${await import("./a.ts")} import("./b.ts")`;', ["./a.ts"]],
  ["behind nested templates", 'const a = `${`${{ b: "}" }.b}`}`; import "./a.ts";', ["./a.ts"]],
  ["behind a regular expression with quotes", "const a = /[\"'`/]/; import './a.ts';", ["./a.ts"]],
  ["behind a division", 'const a = b / c; const d = "/"; import "./a.ts";', ["./a.ts"]],
  ["not in comments", '// import "./a.ts"\n/* import "./b.ts" */', []],
  ["not in strings", 'const a = \'import "./a.ts"\'; const b = `import "./a.ts"`;', []],
  ["not methods", 'loader.import("./a.ts"); loader.require("./b.ts"); import.meta.resolve("./c.ts");', []],
  ["not properties", 'const a = { import: "./a.ts", from: "./b.ts" };', []],
];

for (const [why, source, specifiers] of rows) {
  test(`readModuleSyntax() finds the modules: ${why}`, () => {
    const { imports } = readModuleSyntax(source);
    assert.deepEqual(
      imports.map((one) => [one.specifier, one.isTypeOnly]),
      specifiers.map((specifier) => [specifier, false]),
    );
  });
}

for (const source of [
  'import type { A } from "./a.ts";',
  'import type A from "./a.ts";',
  'import type * as A from "./a.ts";',
  'export type { A } from "./a.ts";',
  'export type * from "./a.ts";',
  'let a: typeof import("./a.ts");',
]) {
  test(`readModuleSyntax() knows that nothing is loaded by ${source}`, () => {
    assert.deepEqual(readModuleSyntax(source).imports, [{ specifier: "./a.ts", line: 1, isTypeOnly: true }]);
  });
}

test("readModuleSyntax() counts lines through comments, templates and strings", () => {
  const source =
    '/*\n\n*/\nconst a = `\n${1}\n`;\n// x\nimport {\n} from "./a.ts";\nawait import(a);\nexport default a;\nfetch(a);\n';
  assert.deepEqual(readModuleSyntax(source), {
    imports: [{ specifier: "./a.ts", line: 8, isTypeOnly: false }],
    computedImportLines: [10],
    defaultExportLines: [11],
    fetchLines: [12],
  });
});
