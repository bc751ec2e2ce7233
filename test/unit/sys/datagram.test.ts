import assert from "node:assert/strict";
import { readSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { datagramSocket, sendDatagram, unixAddress } from "../../../sys/datagram.ts";
import { syscall } from "../../../sys/libc.ts";
import { openFds, temporaryDir } from "./support.ts";

/** What arrives at a name when `send` has run. */
function receive(name: string, send: () => void): string {
  using socket = datagramSocket();
  const address = unixAddress(name);
  syscall("bind", [socket.fd, address, address.length]);
  send();
  const buffer = Buffer.alloc(1024);
  return buffer.toString("utf8", 0, readSync(socket.fd, buffer));
}

test("sendDatagram() reaches a path and an abstract name, and leaves no descriptor", () => {
  using dir = temporaryDir();
  for (const name of [join(dir.path, "s"), `@hawser-test-${process.pid}`]) {
    assert.equal(
      receive(name, () => sendDatagram(name, "READY=1\nSTATUS=ö")),
      "READY=1\nSTATUS=ö",
    );
  }
  const before = openFds();
  assert.throws(() => sendDatagram(join(dir.path, "missing"), "x"), { code: "ENOENT", syscall: "sendto" });
  assert.deepEqual(openFds(), before);
});

test("sendDatagram() refuses names that no socket has", () => {
  assert.throws(() => sendDatagram(`/${"a".repeat(107)}`, "x"), { code: "ENAMETOOLONG" });
  assert.throws(() => sendDatagram("relative", "x"), { code: "EINVAL" });
});
