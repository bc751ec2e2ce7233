import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { StdioDirectory } from "../../../../../manager/client/stdio/stdio-directory.ts";
import { makeFifo, openFifoForBoth } from "../../../../../sys/fifo.ts";
import { useSuite } from "../../../../support/suite.ts";

const suite = useSuite();
const source = join(import.meta.dirname, "../../../../../manager/client/stdio/stdio-directory.ts");

function newBase(): string {
  return join(suite.dir, suite.newId());
}

/** A client of its own process: makes a folder with a fifo, says so, and stays until it is killed. */
async function otherClient(base: string): Promise<{ child: ChildProcess; path: string }> {
  const program = `
    const { StdioDirectory } = await import(${JSON.stringify(source)});
    const directory = await StdioDirectory.create(${JSON.stringify(base)});
    await directory.newFolder();
    console.log(directory.path);
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout as NodeJS.ReadableStream, "data");
  return { child, path: String(line).trim() };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

test("everything is private, and gone when the directory is disposed of", async () => {
  const base = newBase();
  const directory = await StdioDirectory.create(base);
  const folder = await directory.newFolder();
  for (const path of [base, directory.path, folder]) assert.equal(statSync(path).mode & 0o777, 0o700, path);
  makeFifo(join(folder, "stdout"));
  await directory[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
  assert.deepEqual(readdirSync(base), []);
});

test("what a killed client left is removed by the next one, and what a living one has is not", async () => {
  const base = newBase();
  const dead = await otherClient(base);
  const living = await otherClient(base);
  try {
    await kill(dead.child);
    await using _next = await StdioDirectory.create(base);
    assert.equal(existsSync(dead.path), false);
    assert.equal(existsSync(living.path), true);
  } finally {
    await kill(living.child);
  }
});

test("a fifo that somebody still has open stays, and goes when nobody has", async () => {
  const base = newBase();
  const directory = await StdioDirectory.create(base);
  const folder = await directory.newFolder();
  makeFifo(join(folder, "stdout"));
  const shim = openFifoForBoth(join(folder, "stdout"));
  await directory[Symbol.asyncDispose]();
  assert.equal(existsSync(join(folder, "stdout")), true);
  await (await StdioDirectory.create(base))[Symbol.asyncDispose]();
  assert.equal(existsSync(join(folder, "stdout")), true);
  shim.close();
  await using next = await StdioDirectory.create(base);
  assert.deepEqual(readdirSync(base), [next.path.slice(base.length + 1)]);
});

test("a directory in the making is left alone for a minute", async () => {
  const base = newBase();
  mkdirSync(join(base, ".new-young"), { recursive: true });
  mkdirSync(join(base, ".new-old"));
  const longAgo = new Date(Date.now() - 3_600_000);
  utimesSync(join(base, ".new-old"), longAgo, longAgo);
  await using _next = await StdioDirectory.create(base);
  assert.equal(existsSync(join(base, ".new-young")), true);
  assert.equal(existsSync(join(base, ".new-old")), false);
});
