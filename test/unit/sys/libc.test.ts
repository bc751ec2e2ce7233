import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  addressOf,
  lastErrno,
  libcFunction,
  pollFd,
  syscall,
  syscallAsync,
  trySyscall,
} from "../../../sys/libc.ts";
import { openFds, temporaryDir } from "./support.ts";

const root = join(import.meta.dirname, "../../..");

test("importing libc.ts loads no native code; the first call does", () => {
  const script = `
    import { readFileSync } from "node:fs";
    import { trySyscall } from "./sys/libc.ts";
    const has = () => readFileSync("/proc/self/maps", "latin1").includes("koffi");
    const before = has();
    trySyscall("close", -1);
    console.log(before, has());`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: root,
  });
  assert.equal(String(stdout), "false true\n", String(stderr));
});

test("libc.ts works from one CommonJS file too", async () => {
  const { build } = await import("esbuild");
  using dir = temporaryDir();
  const outfile = join(dir.path, "bundle.cjs");
  await build({
    stdin: {
      contents: `import { trySyscall } from "./sys/libc.ts"; console.log(trySyscall("close", -1));`,
      resolveDir: root,
    },
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["koffi"],
    logOverride: { "empty-import-meta": "silent" },
  });
  const text = readFileSync(outfile);
  // Where the bundle really lives: beside the package's node_modules.
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      "-e",
      `module.filename = ${JSON.stringify(join(root, "x.cjs"))}; module._compile(${JSON.stringify(String(text))}, module.filename)`,
    ],
    { cwd: root },
  );
  assert.equal(String(stdout), "-9\n", String(stderr));
});

test("trySyscall() answers as the kernel does, syscall() throws what Node would", () => {
  assert.equal(trySyscall("close", -1), -9);
  assert.throws(() => syscall("umount2", ["/nowhere", 0], { path: "/nowhere" }), {
    code: "ENOENT",
    errno: -2,
    syscall: "umount2",
    path: "/nowhere",
  });
});

test("trySyscall() passes strings as UTF-8, bytes by address, and negative numbers", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "é€");
  assert.equal(syscall("mknodat", [-100, path, 0o010600, 0]), 0);
  assert.ok(existsSync(path));
  assert.equal(trySyscall("kill", -0x7fff_fff0, 0), -3);
  const pair = Buffer.alloc(8);
  syscall("pipe2", [pair, 0o2000000]);
  closeSync(pair.readInt32LE(0));
  closeSync(pair.readInt32LE(4));
});

test("syscallAsync() carries the error number over from its thread", async () => {
  using dir = temporaryDir();
  await assert.rejects(syscallAsync("umount2", [dir.path, 0], { path: dir.path }), { code: "EINVAL" });
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      index % 2
        ? assert.rejects(syscallAsync("umount2", [`${dir.path}/missing`, 0]), { code: "ENOENT" })
        : assert.rejects(syscallAsync("close", [-1]), { code: "EBADF" }),
    ),
  );
});

test("libcFunction() calls libc and leaves errno to read", () => {
  const rmdir = libcFunction("rmdir", "int", ["str"]);
  assert.equal(rmdir("/nowhere/at/all"), -1);
  assert.equal(lastErrno(), 2);
  assert.throws(() => rmdirSync("/nowhere/at/all"), { code: "ENOENT" });
});

test("addressOf() is where the bytes are", () => {
  const bytes = Buffer.from(new ArrayBuffer(16));
  const iovec = Buffer.alloc(16);
  iovec.writeBigUInt64LE(addressOf(bytes), 0);
  assert.equal(addressOf(bytes), iovec.readBigUInt64LE(0));
  assert.equal(addressOf(bytes.subarray(4)), addressOf(bytes) + 4n);
});

test("pollFd() reports readiness on the event loop", async () => {
  const eventFd = syscall("eventfd2", [0, 0o2004000]);
  const got = new Promise<unknown>((resolve) => {
    const poll = pollFd(eventFd, { readable: true }, (status, events) => {
      poll.close();
      resolve({ status, ...events });
    });
  });
  const one = Buffer.alloc(8);
  one.writeBigUInt64LE(1n);
  syscall("write", [eventFd, one, 8]);
  assert.deepEqual(await got, { status: 0, readable: true, writable: false, disconnect: false });
  closeSync(eventFd);
});

test("pollFd() refuses what cannot be polled", () => {
  const before = openFds();
  assert.throws(() => pollFd(-1, {}, () => undefined), { code: "EBADF" });
  const fd = openSync(import.meta.filename, "r");
  assert.throws(() => pollFd(fd, { readable: true }, () => undefined), {
    code: "EPERM",
    syscall: "epoll_ctl",
  });
  closeSync(fd);
  assert.deepEqual(openFds(), before);
});
