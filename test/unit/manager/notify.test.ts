import assert from "node:assert/strict";
import { readSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Notifier } from "../../../manager/notify.ts";
import { datagramSocket, unixAddress } from "../../../sys/datagram.ts";
import type { OwnedFd } from "../../../sys/fd.ts";
import { syscall } from "../../../sys/libc.ts";
import { useSuite } from "../../support/suite.ts";
import { until } from "../../support/until.ts";

const suite = useSuite();

function receiver(path: string): OwnedFd {
  const socket = datagramSocket();
  const address = unixAddress(path);
  syscall("bind", [socket.fd, address, address.length]);
  return socket;
}

function receive(socket: OwnedFd): string {
  const buffer = Buffer.alloc(1024);
  return buffer.toString("utf8", 0, readSync(socket.fd, buffer));
}

test("Notifier says what sd_notify says, and takes its variables out of the environment", () => {
  const path = join(suite.dir, "notify");
  using socket = receiver(path);
  const env = { NOTIFY_SOCKET: path, WATCHDOG_USEC: "60000000", WATCHDOG_PID: "1", HOME: "/" };
  using notifier = new Notifier(env, assert.fail);
  assert.deepEqual(env, { HOME: "/" });
  assert.equal(notifier.watchdogMs, undefined, "that watchdog watches somebody else");
  notifier.ready("serving\nX=1");
  assert.equal(receive(socket), "READY=1\nSTATUS=serving X=1");
  notifier.stopping();
  assert.equal(receive(socket), "STOPPING=1\nSTATUS=stopping");
});

test("Notifier feeds the watchdog at half its time until it is disposed of", async () => {
  const path = join(suite.dir, "watchdog");
  using socket = receiver(path);
  const env = { NOTIFY_SOCKET: path, WATCHDOG_USEC: "20000", WATCHDOG_PID: String(process.pid) };
  using notifier = new Notifier(env, assert.fail);
  assert.equal(notifier.watchdogMs, 20);
  notifier.ready("serving");
  receive(socket);
  await until(() => receive(socket) === "WATCHDOG=1", { what: "a sign of life" });
});

test("Notifier complains once when nobody listens, and is silent when nobody asked", () => {
  const complaints: string[] = [];
  const env = { NOTIFY_SOCKET: join(suite.dir, "missing") };
  using notifier = new Notifier(env, (reason) => complaints.push(reason));
  notifier.ready("serving");
  notifier.status("still");
  assert.equal(complaints.length, 1);
  assert.match(complaints[0] ?? "", /^ENOENT/);
  using silent = new Notifier({}, assert.fail);
  silent.ready("serving");
});
