import assert from "node:assert/strict";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { debugAddress, removeDeadSocket } from "../../../../manager/runtime/dead-socket.ts";
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

test("debugAddress() is where Go's shim listens for a debugger, whichever of the ids it was started for", () => {
  // As containerd's shim of 2.4 had named them.
  const place = { grpcAddress: "/tmp/hgrp/s/hawserd.sock", namespace: "t" };
  const own = "unix:///s/b108970d3eb029f4ca3ba1b3762db080d59e282f67e6cdf955850a3ef1ec9fd6";
  const debug = "unix:///s/fc9d4aee98c704a0548de9f354d4684611b65630a471c99eca015b20511ff1e6";
  assert.equal(debugAddress(own, place, ["b", "other", "a"]), debug);
  assert.equal(debugAddress(own, place, ["b"]), undefined);
  assert.equal(debugAddress("", place, ["a"]), undefined);
});
