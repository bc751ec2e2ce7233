// The example of ttrpc/README.md, run twice: against the sources, and in plain JavaScript against the package as it
// would be published.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { temporaryDir } from "./support.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));
const readme = readFileSync(join(root, "ttrpc/README.md"), "utf8");
const example = /```js example\n(.*?)```/s.exec(readme)?.[1] ?? assert.fail("README.md has no example");
const printed = [
  "hello world from docs",
  "1",
  "2",
  "3",
  "one two",
  "PING",
  "true greet: nobody to greet",
  "",
].join("\n");

test("the example of the README runs on the sources", async () => {
  using dir = temporaryDir();
  const program = join(dir.path, "example.mjs");
  writeFileSync(
    program,
    example
      .replace('"ttrpc-js"', JSON.stringify(join(root, "ttrpc/index.ts")))
      .replace('"ttrpc-js/protobufjs"', JSON.stringify(join(root, "ttrpc/protobufjs.ts"))),
  );
  symlinkSync(join(root, "node_modules"), join(dir.path, "node_modules"));
  const { stdout } = await run(process.execPath, [program]);
  assert.equal(stdout, printed);
});

test("the package builds, packs, installs, and runs the example from plain JavaScript", async () => {
  using dir = temporaryDir();
  // A copy of the sources, so that runs at the same time do not meet.
  const source = join(dir.path, "source");
  for (const name of ["ttrpc", "proto", "sys", "package.json", "tsconfig.json", "LICENSE"]) {
    cpSync(join(root, name), join(source, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(source, "node_modules"));
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env["PATH"]}` };
  await run("npm", ["pack", "--silent", "--offline"], { cwd: join(source, "ttrpc"), env });
  // What npm install would do, without a registry.
  const modules = join(dir.path, "user/node_modules");
  mkdirSync(join(modules, "ttrpc-js"), { recursive: true });
  await run("tar", [
    "-xzf",
    join(source, "ttrpc/ttrpc-js-0.1.0.tgz"),
    "--strip-components=1",
    "-C",
    join(modules, "ttrpc-js"),
  ]);
  for (const name of ["protobufjs", "long", "koffi", "@koromix"]) {
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  assert.ok(existsSync(join(modules, "ttrpc-js/LICENSE")));
  const program = join(dir.path, "user/example.mjs");
  writeFileSync(
    program,
    `${example}
    const { peerCredentials } = await import("ttrpc-js/peer-credentials");
    if (typeof peerCredentials !== "function") throw new Error("no peer credentials");
    `,
  );
  const { stdout, stderr } = await run(process.execPath, [program]);
  assert.equal(stdout, printed);
  assert.equal(stderr, "");
  assert.match(readFileSync(join(modules, "ttrpc-js/dist/ttrpc/index.d.ts"), "utf8"), /Server/);
});
