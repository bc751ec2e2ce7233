import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { chmodSync, linkSync, lstatSync, mkdirSync, readdirSync, symlinkSync, unlinkSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { isErrno, isFailedPrecondition } from "../../../proto/errors.ts";
import { claimSocket, isAlive, removeDeadSocket } from "../../../shim/socket.ts";
import { useSuite } from "../../support/suite.ts";

const suite = useSuite();

function freshDir(): string {
  const dir = join(suite.dir, suite.newId());
  mkdirSync(dir, { mode: 0o700 });
  return dir;
}

async function listen(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((settle) => server.listen(path, settle));
  return server;
}

async function close(server: Server): Promise<void> {
  await new Promise((settle) => server.close(settle));
}

/** Leaves a socket that nobody listens on. */
async function leaveDeadSocket(path: string): Promise<void> {
  const server = await listen(`${path}~`);
  linkSync(`${path}~`, path);
  await close(server);
}

test("claimSocket() takes a path that is free, or dead, and gives it back", async () => {
  const dir = freshDir();
  const path = join(dir, "s");
  await leaveDeadSocket(path);
  for (let round = 0; round < 2; round++) {
    const claim = await claimSocket(path);
    assert.ok(claim.kind === "ours");
    // Those that look are held for whoever serves.
    claim.listener.on("connection", (socket) => socket.destroy());
    assert.equal(await isAlive(path), true);
    assert.equal((await claimSocket(path)).kind, "taken");
    await close(claim.listener);
    assert.deepEqual(readdirSync(dir), []);
  }
});

const unsafe: [why: string, make: (path: string) => void][] = [
  ["everybody can write to, sticky as /tmp", (path) => chmodSync(path, 0o1777)],
  ["a group can write to", (path) => chmodSync(path, 0o770)],
  [
    "is a symlink",
    (path) => {
      mkdirSync(`${path}-elsewhere`, { mode: 0o700 });
      symlinkSync(`${path}-elsewhere`, path);
    },
  ],
];

for (const [why, make] of unsafe) {
  test(`claimSocket() refuses a directory that ${why}`, async () => {
    const dir = join(suite.dir, suite.newId());
    if (why !== "is a symlink") mkdirSync(dir);
    make(dir);
    await assert.rejects(claimSocket(join(dir, "s")), isFailedPrecondition);
    assert.deepEqual(readdirSync(dir), []);
  });
}

test("removeDeadSocket() removes a dead one, and does nothing where there is none", async () => {
  const path = join(freshDir(), "s");
  await leaveDeadSocket(path);
  await removeDeadSocket(path);
  assert.equal(lstatSync(path, { throwIfNoEntry: false }), undefined);
  await removeDeadSocket(path);
  await removeDeadSocket(join(suite.dir, "no-directory", "s"));
});

/** Calls back at each look at a path: before the kernel is asked, and when it has said that there is nothing. */
function onProbe(before: (number: number) => void, gone: (number: number) => void): Disposable {
  let count = 0;
  const look = (message: unknown): void => {
    const number = ++count;
    before(number);
    (message as { socket: Socket }).socket.prependOnceListener("error", (error) => {
      if (isErrno(error, "ENOENT")) gone(number);
    });
  };
  subscribe("net.client.socket", look);
  return { [Symbol.dispose]: () => void unsubscribe("net.client.socket", look) };
}

// A starter takes a free path without a lock, so it may come at any moment of somebody's look at the path.
for (const moment of [1, 2]) {
  test(`removeDeadSocket() leaves a socket alone that comes at its look number ${moment}`, async () => {
    const path = join(freshDir(), "s");
    const server = await listen(`${path}-other`);
    let hasCome = false;
    const come = (number: number): void => {
      if (number !== moment) return;
      linkSync(`${path}-other`, path);
      hasCome = true;
    };
    using _probes = onProbe(() => undefined, come);
    await removeDeadSocket(path);
    // With nothing there it need not look twice.
    if (hasCome) assert.equal(lstatSync(path, { throwIfNoEntry: false })?.isSocket(), true);
    await close(server);
  });
}

test("claimSocket() joins who came while it waited for the lock, and takes nothing away", async () => {
  const path = join(freshDir(), "s");
  await leaveDeadSocket(path);
  const server = await listen(`${path}-other`);
  using _probes = onProbe(
    (number) => number === 2 && unlinkSync(path),
    (number) => number === 2 && linkSync(`${path}-other`, path),
  );
  const claim = await claimSocket(path);
  if (claim.kind === "ours") claim.listener.close();
  assert.equal(claim.kind, "taken");
  assert.equal(lstatSync(path).ino, lstatSync(`${path}-other`).ino);
  await close(server);
});
