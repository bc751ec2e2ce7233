import assert from "node:assert/strict";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { removeDeadSocket } from "../../../../manager/runtime/dead-socket.ts";
import { useSuite } from "../../../support/suite.ts";

const suite = useSuite();

/** A socket that somebody listens at until the end, and leaves then. */
async function listenAt(path: string): Promise<AsyncDisposable> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    async [Symbol.asyncDispose]() {
      // Node removes what is called as it was.
      renameSync(path, `${path}.kept`);
      await new Promise((resolve) => server.close(resolve));
      renameSync(`${path}.kept`, path);
    },
  };
}

async function deadSocket(): Promise<string> {
  const path = join(suite.dir, suite.newId());
  await using _listener = await listenAt(path);
  return path;
}

test("a socket that nobody listens at and nobody needs is removed", async () => {
  const path = await deadSocket();
  assert.equal(await removeDeadSocket(`unix://${path}`, () => false), true);
  assert.ok(!existsSync(path));
  assert.equal(await removeDeadSocket(`unix://${path}`, () => false), false, "it is gone already");
});

test("a socket that somebody listens at stays", async () => {
  const path = join(suite.dir, suite.newId());
  await using _listener = await listenAt(path);
  assert.equal(await removeDeadSocket(`unix://${path}`, () => false), false);
  assert.ok(existsSync(path));
});

test("a socket that is needed by the time it is found dead stays", async () => {
  const path = await deadSocket();
  assert.equal(await removeDeadSocket(`unix://${path}`, () => true), false);
  assert.ok(existsSync(path));
});

test("what is no socket stays, and what is no path of one is nothing to remove", async () => {
  const path = join(suite.dir, "file");
  writeFileSync(path, "");
  for (const address of [`unix://${path}`, path, "unix://@abstract", "unix://", ""]) {
    assert.equal(await removeDeadSocket(address, () => false), false, address);
  }
  assert.ok(existsSync(path));
});
