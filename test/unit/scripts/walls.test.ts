import assert from "node:assert/strict";
import { test } from "node:test";
import { findViolations } from "../../../scripts/walls/walls.ts";

interface Row {
  rule: string;
  files: Record<string, string>;
  /** What each violation must match, in order; none when the files are in order. */
  complaints: RegExp[];
}

const empty = "export const a = 1;\n";

const rows: Row[] = [
  {
    rule: "a layer may import itself and the layers below it",
    files: {
      "proto/errors.ts": empty,
      "ttrpc/frame.ts": 'import { a } from "../proto/errors.ts";\n',
      "sys/errno.ts": 'import { a } from "../proto/errors.ts";\n',
      "shim/serve.ts": 'import "../ttrpc/frame.ts";\nimport "../sys/errno.ts";\n',
      "manager/daemon.ts": 'import "../ttrpc/frame.ts";\nimport "../sys/errno.ts";\n',
      "test/unit/a.test.ts": 'import "../../shim/serve.ts";\nimport "../../manager/daemon.ts";\n',
      "bench/main.ts": 'import "../ttrpc/frame.ts";\n',
    },
    complaints: [],
  },
  {
    rule: "never back",
    files: { "proto/a.ts": 'import "../ttrpc/b.ts";\n', "ttrpc/b.ts": empty },
    complaints: [/^proto\/a\.ts:1: .*proto may not import ttrpc/],
  },
  {
    rule: "never sideways: ttrpc and sys",
    files: { "sys/a.ts": 'import "../ttrpc/b.ts";\n', "ttrpc/c.ts": 'import "../sys/d.ts";\n' },
    complaints: [/sys may not import ttrpc/, /ttrpc may not import sys/],
  },
  {
    rule: "shim and manager read the same logs, which know neither of them, nor ttrpc",
    files: {
      "shim/a.ts": 'import "../output-log/a.ts";\n',
      "manager/a.ts": 'import "../output-log/a.ts";\n',
      "output-log/a.ts":
        'import "../sys/a.ts";\nimport "../proto/a.ts";\nimport "../ttrpc/a.ts";\nimport "../shim/b.ts";\n',
      "sys/a.ts": 'import "../output-log/b.ts";\n',
      "proto/a.ts": empty,
      "ttrpc/a.ts": empty,
      "shim/b.ts": empty,
      "output-log/b.ts": empty,
    },
    complaints: [
      /^output-log\/a\.ts:3: .*output-log may not import ttrpc/,
      /^output-log\/a\.ts:4: .*output-log may not import shim/,
      /^sys\/a\.ts:1: .*sys may not import output-log/,
    ],
  },
  {
    rule: "the shim and the manager know nothing of each other, not even a type",
    files: {
      "shim/a.ts": '\nimport type { B } from "../manager/b.ts";\n',
      "manager/b.ts": 'export type { A } from "../shim/c.ts";\n',
      "shim/c.ts": empty,
    },
    complaints: [/manager may not import shim/, /^shim\/a\.ts:2: .*shim may not import manager/],
  },
  {
    rule: "the product never imports tests, measurements or scripts",
    files: {
      "sys/a.ts":
        'import "../test/support/b.ts";\nimport "../bench/b.ts";\nawait import("../scripts/c.ts");\n',
    },
    complaints: [/may not import test/, /may not import bench/, /may not import scripts/],
  },
  {
    rule: "a cycle is named once, with its way, also through types",
    files: {
      "sys/a.ts": 'import { b } from "./b.ts";\n',
      "sys/b.ts": 'export * from "./c.ts";\n',
      "sys/c.ts": 'import type { A } from "./a.ts";\n',
    },
    complaints: [
      /^sys\/c\.ts:1: closes a cycle of imports: sys\/a\.ts → sys\/b\.ts → sys\/c\.ts → sys\/a\.ts/,
    ],
  },
  {
    rule: "two ways to the same file are no cycle",
    files: {
      "sys/a.ts": 'import "./b.ts";\nimport "./c.ts";\n',
      "sys/b.ts": 'import "./c.ts";\n',
      "sys/c.ts": empty,
    },
    complaints: [],
  },
  {
    rule: "only sys/libc.ts imports koffi",
    files: {
      "sys/libc.ts": 'const koffi = require("koffi");\n',
      "sys/tty.ts": 'import koffi from "koffi";\n',
    },
    complaints: [/^sys\/tty\.ts:1: imports koffi/],
  },
  {
    rule: "only manager/api and manager/client import a gRPC library",
    files: {
      "manager/api/tasks.ts": 'import * as grpc from "@grpc/grpc-js";\n',
      "manager/client/client.ts": 'import * as grpc from "@grpc/grpc-js";\n',
      "manager/apiary.ts": 'import * as grpc from "@grpc/grpc-js";\n',
    },
    complaints: [/^manager\/apiary\.ts:1: imports @grpc\/grpc-js/],
  },
  {
    rule: "the product needs no development package",
    files: {
      "sys/a.ts": 'import fc from "fast-check";\n',
      "test/unit/b.test.ts": 'import fc from "fast-check";\n',
    },
    complaints: [/^sys\/a\.ts:1: imports fast-check, which is not in the "dependencies"/],
  },
  {
    rule: "what the shim loads is on its list, however far away it is imported",
    files: {
      "shim/main.ts": 'import { a } from "../sys/a.ts";\n',
      "sys/a.ts": 'import { b } from "./b.ts";\n',
      "sys/b.ts": 'import "node:fs/promises";\nimport "node:worker_threads";\n',
    },
    complaints: [
      /^sys\/b\.ts:2: imports node:worker_threads.*allowed-imports.*shim\/main\.ts → sys\/a\.ts → sys\/b\.ts/,
    ],
  },
  {
    rule: "a list cannot allow the shim what it never may",
    files: { "shim/a.ts": 'import "node:http";\nimport "protobufjs";\nimport "protobufjs/minimal.js";\n' },
    complaints: [/node:http, which the shim never may/, /protobufjs, which the shim never may/],
  },
  {
    rule: "types cost the shim nothing",
    files: { "shim/a.ts": 'import type { Server } from "node:http";\n' },
    complaints: [],
  },
  {
    rule: "the shim never fetches",
    files: {
      "shim/a.ts": "await fetch(url);\n",
      "manager/b.ts": "await fetch(url);\n",
      "shim/c.ts": "queue.fetch(url);\n",
    },
    complaints: [/^shim\/a\.ts:1: calls fetch/],
  },
  {
    rule: "a module name is written down",
    files: { "manager/a.ts": "await import(name);\n", "bench/main.ts": "await import(name);\n" },
    complaints: [/^manager\/a\.ts:1: imports a module by a computed name/],
  },
  {
    rule: "imports end in .ts, stay inside, and write node:",
    files: { "sys/a.ts": 'import "./b.js";\nimport "./b";\nimport "../../elsewhere/b.ts";\nimport "fs";\n' },
    complaints: [/end in \.ts/, /end in \.ts/, /outside the repository/, /written "node:…"/],
  },
  {
    rule: "no default exports",
    files: {
      "sys/a.ts": "export default 1;\n",
      "sys/b.ts": "const b = 1;\nexport { b as default };\n",
      "sys/c.ts": "export { default as c } from './d.ts';\n",
      "scripts/testing/event-reporter.ts": "export default function () {}\n",
    },
    complaints: [/^sys\/a\.ts:1: has a default export/, /^sys\/b\.ts:2: has a default export/],
  },
  {
    rule: "no name that says nothing",
    files: {
      "sys/utils.ts": empty,
      "ttrpc/types.ts": empty,
      "test/support/helpers.ts": empty,
      "sys/file-type.ts": empty,
    },
    complaints: [/called "utils"/, /called "helpers"/, /called "types"/],
  },
  {
    rule: "more than 300 lines are explained",
    files: {
      "sys/a.ts": "\n".repeat(301),
      "sys/b.ts": `// Longer than 300 lines because it is a table.\n${"\n".repeat(300)}`,
      "sys/c.ts": "\n".repeat(300),
      "test/unit/d.test.ts": "\n".repeat(400),
      "proto/gen/e.ts": "\n".repeat(400),
    },
    complaints: [/^sys\/a\.ts:1: has 301 lines/],
  },
];

for (const { rule, files, complaints } of rows) {
  test(`findViolations(): ${rule}`, () => {
    const violations = findViolations({
      files: new Map(Object.entries(files)),
      shimAllowed: new Set(["node:fs/promises", "protobufjs/minimal.js", "node:http"]),
      dependencies: new Set(["koffi", "protobufjs", "@grpc/grpc-js"]),
    });
    const lines = violations.map(({ file, line, message }) => `${file}:${line}: ${message}`);
    assert.equal(lines.length, complaints.length, lines.join("\n"));
    for (const [index, line] of lines.entries()) assert.match(line, complaints[index] ?? /nothing/);
  });
}
