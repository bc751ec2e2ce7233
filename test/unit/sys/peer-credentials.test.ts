import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fdOfSocket, peerCredentials, peerCredentialsOf, peerGroups } from "../../../sys/peer-credentials.ts";
import { temporaryDir } from "./support.ts";

test("peerCredentials() of a unix socket are the pid, user and group of the process that connected", async () => {
  using dir = temporaryDir();
  const server = createServer();
  const path = join(dir.path, "s");
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const accepted = new Promise<Socket>((resolve) => server.once("connection", resolve));
  const client = connect(path);
  const socket = await accepted;
  const own = { pid: process.pid, uid: process.getuid?.(), gid: process.getgid?.() };
  assert.deepEqual(peerCredentialsOf(socket), own);
  assert.deepEqual(peerCredentials(fdOfSocket(client)), own);
  // Node adds the effective group.
  const groups = [...peerGroups(fdOfSocket(client)), own.gid];
  assert.deepEqual(new Set(groups), new Set(process.getgroups?.()));
  client.destroy();
  socket.destroy();
  assert.throws(() => peerCredentialsOf(socket), { code: "EBADF" });
  await new Promise((resolve) => server.close(resolve));
});

test("peerCredentials() of a TCP connection refuses instead of inventing a user", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address && typeof address === "object");
  const client = connect(address.port, "127.0.0.1");
  await new Promise((resolve) => client.once("connect", resolve));
  assert.throws(() => peerCredentialsOf(client), { code: "ENOTCONN" });
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
});

test("peerCredentials() of a file is ENOTSOCK", () => {
  const fd = openSync("/dev/null", "r");
  assert.throws(() => peerCredentials(fd), { code: "ENOTSOCK", syscall: "getsockopt" });
  closeSync(fd);
});
