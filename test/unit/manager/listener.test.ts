import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { isAllowed, Listener, type ListenerOptions } from "../../../manager/listener.ts";
import { LineLog } from "../../../manager/log.ts";
import { Code } from "../../../proto/errors.ts";
import { useSuite } from "../../support/suite.ts";
import { until } from "../../support/until.ts";

const suite = useSuite();
const log = new LineLog({ fd: -1 });
const options = (name: string, more: Partial<ListenerOptions> = {}): ListenerOptions => ({
  path: join(suite.dir, name),
  maxConnections: 10,
  log,
  ...more,
});

function unexpected(): never {
  throw new Error("a connection that should not be");
}

async function connected(path: string): Promise<Socket> {
  const socket = connect(path);
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return socket;
}

test("a listener's socket is private, hands over connections, and is gone with it", async () => {
  const { promise, resolve } = Promise.withResolvers<Socket>();
  const one = options("new/dir/sock");
  {
    using _listener = await Listener.listen(one, resolve);
    assert.equal(statSync(one.path).mode & 0o777, 0o600);
    assert.equal(statSync(join(suite.dir, "new/dir")).mode & 0o777, 0o711);
    const client = await connected(one.path);
    (await promise).destroy();
    client.destroy();
  }
  assert.equal(existsSync(one.path), false);
});

test("a listener leaves the umask alone, which workers make their files with", async (t) => {
  const { mock } = t.mock.method(process, "umask");
  using _listener = await Listener.listen(options("umask"), unexpected);
  assert.equal(mock.callCount(), 0);
});

test("a socket that nobody listens at is replaced; one that somebody answers on is not", async () => {
  const one = options("stale");
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(one.path, resolve));
  await assert.rejects(Listener.listen(one, unexpected), {
    code: Code.FailedPrecondition,
    message: `listen at "${one.path}": another program listens there: stop it, or choose another --address`,
  });
  // A dead program's socket: the file stays, nobody listens.
  renameSync(one.path, `${one.path}.kept`);
  await new Promise((resolve) => other.close(resolve));
  renameSync(`${one.path}.kept`, one.path);
  using _listener = await Listener.listen(one, (socket) => socket.destroy());
  (await connected(one.path)).destroy();
});

test("a group gets the socket when it is told to", async () => {
  const one = options("group", { gid: 12_345 });
  using _listener = await Listener.listen(one, unexpected);
  const { mode, gid } = statSync(one.path);
  assert.deepEqual([mode & 0o777, gid], [0o660, 12_345]);
});

test("one connection too many is closed, the others stay", async () => {
  const accepted: Socket[] = [];
  const one = options("many", { maxConnections: 2 });
  using _listener = await Listener.listen(one, (socket) => void accepted.push(socket));
  const clients = [await connected(one.path), await connected(one.path)];
  await until(() => accepted.length === 2, { what: "both connections" });
  const third = await connected(one.path);
  await new Promise((resolve) => third.once("close", resolve).resume());
  assert.equal(accepted.length, 2);
  for (const socket of [...clients, ...accepted]) socket.destroy();
});

test("places that are not safe or not free are named", async () => {
  const open = join(suite.dir, "open");
  mkdirSync(open);
  chmodSync(open, 0o777);
  await assert.rejects(Listener.listen(options("open/sock"), unexpected), {
    code: Code.FailedPrecondition,
    message: new RegExp(`others can write the directory "${open}"`),
  });
  chmodSync(open, 0o1777);
  (await Listener.listen(options("open/sock"), unexpected))[Symbol.dispose]();
  writeFileSync(join(suite.dir, "file"), "");
  await assert.rejects(Listener.listen(options("file"), unexpected), {
    code: Code.FailedPrecondition,
    message: /not a socket; move it away$/,
  });
  const long = options("x".repeat(120));
  await assert.rejects(Listener.listen(long, unexpected), {
    code: Code.InvalidArgument,
    message: new RegExp(`the path has ${Buffer.byteLength(long.path)} bytes, and the kernel takes 107`),
  });
});

const own = process.geteuid?.() ?? 0;
const peers: [
  why: string,
  uid: number,
  gid: number,
  groups: number[],
  allowed: number | undefined,
  answer: boolean,
][] = [
  ["root", 0, 0, [], undefined, true],
  ["our own user", own, 5, [], undefined, true],
  ["a stranger", own + 1000, 5, [5], undefined, false],
  ["a stranger of the group", own + 1000, 5, [], 5, true],
  ["a stranger with the group among others", own + 1000, 7, [6, 5], 5, true],
  ["a stranger of another group", own + 1000, 7, [6], 5, false],
  ["root's group is not root", own + 1000, 0, [0], undefined, false],
];

for (const [why, uid, gid, groups, allowed, answer] of peers) {
  test(`isAllowed(): ${why} is ${answer ? "welcome" : "refused"}`, () => {
    assert.equal(
      isAllowed({ pid: 1, uid, gid }, () => groups, allowed),
      answer,
    );
  });
}
