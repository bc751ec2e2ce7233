import assert from "node:assert/strict";
import { fstatSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { OwnedFd } from "../../../sys/fd.ts";
import { FdSocket, receiveFds, sendFds, unixAddress } from "../../../sys/fd-passing.ts";
import { syscall } from "../../../sys/libc.ts";
import { isCloseOnExec, openFds, temporaryDir } from "./support.ts";

function socketPair(): [OwnedFd, OwnedFd] {
  const pair = Buffer.alloc(8);
  syscall("socketpair", [1, 1 | 0o2000000, 0, pair]);
  return [new OwnedFd(pair.readInt32LE(0)), new OwnedFd(pair.readInt32LE(4))];
}

function connectTo(path: string): OwnedFd {
  const socket = new OwnedFd(syscall("socket", [1, 1 | 0o2000000, 0]));
  const address = unixAddress(path);
  syscall("connect", [socket.fd, address, address.length]);
  return socket;
}

test("sendFds() and receiveFds() pass the open file itself, close-on-exec", () => {
  const before = openFds();
  const [a, b] = socketPair();
  const file = OwnedFd.open(import.meta.filename, 0);
  for (const count of [0, 1, 2, 3, 16]) {
    assert.equal(receiveFds(b.fd), undefined);
    sendFds(a.fd, Array(count).fill(file.fd), Buffer.from("name"));
    const message = receiveFds(b.fd);
    assert.equal(String(message?.payload), "name");
    assert.equal(message?.fds.length, count);
    for (const fd of message?.fds ?? []) {
      assert.equal(fstatSync(fd.fd).ino, fstatSync(file.fd).ino);
      assert.equal(isCloseOnExec(fd.fd), true);
      fd.close();
    }
  }
  assert.throws(() => sendFds(a.fd, Array(17).fill(file.fd)), { code: "EINVAL" });
  assert.throws(() => sendFds(a.fd, [9999]), { code: "EBADF" });
  a.close();
  assert.deepEqual(receiveFds(b.fd), { payload: Buffer.alloc(0), fds: [] });
  b.close();
  file.close();
  assert.deepEqual(openFds(), before);
});

test("FdSocket receives the descriptor, and leaves neither socket nor directory nor descriptor", async () => {
  using dir = temporaryDir();
  const before = openFds();
  {
    using socket = new FdSocket(dir.path);
    assert.equal(statSync(dirname(socket.path)).mode & 0o777, 0o700);
    const receiving = socket.receive();
    using peer = connectTo(socket.path);
    using file = OwnedFd.open(import.meta.filename, 0);
    sendFds(peer.fd, [file.fd, file.fd], Buffer.from("/dev/ptmx"));
    using received = await receiving;
    assert.equal(fstatSync(received.fd).ino, fstatSync(file.fd).ino);
  }
  assert.deepEqual(openFds(), before);
  assert.deepEqual(readdirSync(dir.path), []);
});

test("FdSocket under a path too long to bind is reached by its alias", async () => {
  using dir = temporaryDir();
  const deep = join(dir.path, "d".repeat(120));
  mkdirSync(deep);
  using socket = new FdSocket(deep);
  assert.ok(Buffer.byteLength(socket.path) <= 107);
  const receiving = socket.receive();
  using peer = connectTo(socket.path);
  sendFds(peer.fd, [0]);
  (await receiving).close();
});

test("FdSocket.receive() ends when told, when the peer brings nothing, and when it is disposed", async () => {
  using dir = temporaryDir();
  const before = openFds();
  const controller = new AbortController();
  const aborted = new FdSocket(dir.path);
  const first = aborted.receive({ signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(first, /enough/);
  aborted[Symbol.dispose]();

  const empty = new FdSocket(dir.path);
  const second = empty.receive();
  connectTo(empty.path).close();
  await assert.rejects(second, { code: "ENOMSG" });
  empty[Symbol.dispose]();

  const disposed = new FdSocket(dir.path);
  const third = disposed.receive();
  disposed[Symbol.dispose]();
  await assert.rejects(third, { code: "EBADF" });
  assert.deepEqual(openFds(), before);
});

test("unixAddress() says how long a path is and how long it may be", () => {
  assert.equal(unixAddress("/".repeat(107)).length, 110);
  assert.throws(() => unixAddress("/".repeat(108)), {
    code: "ENAMETOOLONG",
    message: /108 bytes, at most 107 fit/,
  });
});
