import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { isCloseOnExec } from "../../../sys/fd.ts";
import { syscall } from "../../../sys/libc.ts";
import { bindUnixSocket } from "../../../sys/unix-socket.ts";
import { openFds, temporaryDir } from "./support.ts";

function codeOfConnecting(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket
      .once("connect", () => resolve(undefined))
      .once("error", ({ code }: NodeJS.ErrnoException) => resolve(code));
    socket.once("connect", () => socket.destroy());
  });
}

test("bindUnixSocket() makes a file of the mode, at which nobody can connect before somebody listens", async () => {
  using dir = temporaryDir();
  for (const mode of [0o600, 0o660]) {
    const path = join(dir.path, mode.toString(8));
    using socket = bindUnixSocket(path, mode);
    assert.equal(statSync(path).mode & 0o777, mode & ~process.umask());
    assert.ok(statSync(path).isSocket() && isCloseOnExec(socket.fd));
    assert.equal(await codeOfConnecting(path), "ECONNREFUSED");
    syscall("listen", [socket.fd, 1]);
    assert.equal(await codeOfConnecting(path), undefined);
  }
});

test("bindUnixSocket() refuses what is taken or no name, and leaves no descriptor", () => {
  using dir = temporaryDir();
  using _taken = bindUnixSocket(join(dir.path, "taken"), 0o600);
  const before = openFds();
  assert.throws(() => bindUnixSocket(join(dir.path, "taken"), 0o600), {
    code: "EADDRINUSE",
    syscall: "bind",
  });
  assert.throws(() => bindUnixSocket(`/${"a".repeat(107)}`, 0o600), {
    code: "ENAMETOOLONG",
    syscall: "bind",
  });
  assert.throws(() => bindUnixSocket(join(dir.path, "none/s"), 0o600), { code: "ENOENT", syscall: "bind" });
  assert.deepEqual(openFds(), before);
});
