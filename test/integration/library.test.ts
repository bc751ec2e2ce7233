// The programs of docs/library.md, run one after the other against a hawserd as a user would run them: plain JavaScript that
// imports the built package; and a program in TypeScript, compiled against its types.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { before, test } from "node:test";
import { begin } from "../support/begin.ts";
import { command } from "../support/command.ts";
import { Hawserd } from "../support/hawserd.ts";
import { useSuite } from "../support/suite.ts";

const rootDir = resolve(import.meta.dirname, "../..");
const page = readFileSync(join(rootDir, "docs/library.md"), "utf8");
/** A heading, the first program below it, and what it prints. */
const EXAMPLE = /^## (.*)$(?:(?!^## )[\s\S])*?^```js example\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/gm;
const examples = [...page.matchAll(EXAMPLE)];

const suite = useSuite({ onEnd: async () => await hawserd?.[Symbol.asyncDispose]() });
let hawserd: Hawserd;
let dir = "";

before(async () => {
  const archive = await begin(suite);
  const daemonDir = join(suite.dir, "d");
  await mkdir(daemonDir);
  hawserd = await Hawserd.start({ dir: daemonDir, namespace: suite.newId() });
  dir = join(suite.dir, "user");
  mkdirSync(join(dir, "node_modules"), { recursive: true });
  symlinkSync(rootDir, join(dir, "node_modules/hawser"));
  await copyFile(archive, join(dir, "busybox.tar"));
});

async function run(program: string): Promise<string> {
  const { stdout } = await command(process.execPath, [program], {
    cwd: dir,
    env: {
      ...process.env,
      HAWSER_ADDRESS: hawserd.address,
      HAWSER_NAMESPACE: hawserd.namespace,
      HAWSER_STDIO_DIR: join(suite.dir, "io"),
    },
  });
  return stdout;
}

test("the page has its programs", () => {
  assert.equal(examples.length, page.match(/^```js example$/gm)?.length);
  assert.ok(examples.length > 5);
});

for (const [index, [, title = "", program = "", printed = ""]] of examples.entries()) {
  test(`docs/library.md: ${title}`, { timeout: 60_000 }, async () => {
    const path = join(dir, `${index}.mjs`);
    writeFileSync(path, program);
    await hawserd.watch(async () => assert.equal(await run(path), printed));
  });
}

test("nothing is left of them", { timeout: 30_000 }, async () => await hawserd.assertEmpty());

test("a program in TypeScript compiles against the types of the package", { timeout: 120_000 }, async () => {
  await command(process.execPath, [join(rootDir, "scripts/build.ts"), "--types"]);
  const path = join(dir, "typed.mts");
  writeFileSync(
    path,
    `import { Client, type Exit } from "hawser";
    export async function run(client: Client): Promise<Exit> {
      const container = await client.containers.create({ id: "x", image: "y", args: ["true"] });
      await using task = await container.createTask({ stdio: { stdin: "pipe" } });
      task.stdin.end("bytes");
      for await (const event of client.events()) {
        if (event.topic === "/tasks/exit") { const status: number = event.payload.exitStatus; console.log(status); }
        // @ts-expect-error: the payload of another event
        if (event.topic === "/tasks/start") console.log(event.payload.exitStatus);
      }
      return await task.delete();
    }`,
  );
  const options = ["--module", "nodenext", "--target", "esnext", "--types", "node", "--strict", "--noEmit"];
  const types = join(rootDir, "node_modules/@types");
  await command(
    join(rootDir, "node_modules/.bin/tsc"),
    [...options, "--singleThreaded", "--typeRoots", types, path],
    {
      cwd: dir,
    },
  );
});
