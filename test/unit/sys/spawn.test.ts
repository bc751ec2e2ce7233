import assert from "node:assert/strict";
import { chmodSync, constants, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { duplicate, isCloseOnExec, OwnedFd, pipe, setCloseOnExec } from "../../../sys/fd.ts";
import { canSpawn, SpawnedChild } from "../../../sys/spawn.ts";
import { type ChildExit, Reaper, reap } from "../../../sys/wait.ts";
import { openFds, processState, temporaryDir, until } from "./support.ts";

const skip = canSpawn() ? false : "this libc has no posix_spawn_file_actions_addclosefrom_np (glibc 2.34)";

const stolen: ChildExit[] = [];
const reaper = new Reaper({ onExit: (exit) => stolen.push(exit) });
before(() => reaper.start());
after(() => reaper[Symbol.dispose]());

/** Runs a program to its end, its stdout and stderr in one file. */
async function run(args: string[], more: { env?: Record<string, string>; cwd?: string } = {}) {
  using dir = temporaryDir();
  const path = join(dir.path, "out");
  const [file = "", ...rest] = args;
  const start = (): SpawnedChild => {
    using input = OwnedFd.open("/dev/null", constants.O_RDONLY);
    using output = OwnedFd.open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND);
    return new SpawnedChild({
      file,
      args: rest,
      env: { PATH: "/usr/bin:/bin", ...more.env },
      cwd: more.cwd,
      fds: [input.fd, output.fd, output.fd],
    });
  };
  const exit = await start().ended();
  return { exit, text: readFileSync(path, "utf8") };
}

const shell = (script: string, more: { env?: Record<string, string>; cwd?: string } = {}) =>
  run(["/bin/sh", "-c", script], more);

test("SpawnedChild tells code and signal, and its pid is free after that", { skip }, async () => {
  const { exit } = await shell("exit 42");
  assert.deepEqual([exit.code, exit.signal], [42, undefined]);
  assert.equal(processState(exit.pid), undefined);
  const killed = await shell("kill -TERM $$");
  assert.deepEqual([killed.exit.code, killed.exit.signal], [undefined, 15]);
});

test("SpawnedChild leads a session, with no signal blocked and none ignored", { skip }, async () => {
  // Node ignores SIGPIPE. Not through a shell: that one blocks signals itself.
  const { text, exit } = await run(["cat", "/proc/self/status", "/proc/self/stat"]);
  assert.match(text, /^SigBlk:\s+0+$/m);
  assert.match(text, /^SigIgn:\s+0+$/m);
  const { pid } = exit;
  assert.match(
    text,
    new RegExp(`^${pid} \\(cat\\) R ${process.pid} ${pid} ${pid} `, "m"),
    "group and session",
  );
});

test("SpawnedChild inherits nothing but what it was given, close-on-exec or not", { skip }, async () => {
  using leaked = duplicate(0, 50);
  setCloseOnExec(leaked.fd, false);
  const { text } = await shell("ls /proc/self/fd");
  assert.deepEqual(text.trim().split("\n"), ["0", "1", "2", "3"], "and 3 is the one that lists");
});

test("SpawnedChild puts descriptors where they belong, also when they stand in each other's way", {
  skip,
}, async () => {
  using dir = temporaryDir();
  // 3 and 4 of the child are 4 and 3 of ours, or whatever lies nearest; every order has its collision.
  const files = ["a", "b", "c", "d", "e"].map((name) => {
    const path = join(dir.path, name);
    writeFileSync(path, name);
    return OwnedFd.open(path, constants.O_RDONLY);
  });
  const { read, write } = pipe();
  using ends = new DisposableStack();
  for (const fd of [...files, read]) ends.use(fd);
  const targets = [...files].reverse().map(({ fd }) => fd);
  const script = targets.map((_, index) => `cat <&${index + 3}`).join("; ");
  const child = new SpawnedChild({
    file: "/bin/sh",
    args: ["-c", script],
    env: { PATH: "/usr/bin:/bin" },
    fds: [read.fd, write.fd, write.fd, ...targets],
  });
  write.close();
  assert.equal((await child.ended()).code, 0);
  const bytes = Buffer.alloc(16);
  const { readSync } = await import("node:fs");
  assert.equal(bytes.toString("utf8", 0, readSync(read.fd, bytes)), "edcba");
  for (const { fd } of files) assert.ok(isCloseOnExec(fd), "ours are as they were");
});

test("SpawnedChild gives exactly the arguments, environment and directory, in any script", {
  skip,
}, async () => {
  using dir = temporaryDir();
  const env = { EMPTY: "", UMLAUT: "größer 🚢", "odd name": "a=b" };
  const { text } = await shell('pwd; tr "\\0" "\\n" </proc/$$/environ', { env, cwd: dir.path });
  const lines = text.trim().split("\n");
  assert.equal(lines[0], dir.path);
  assert.deepEqual(lines.slice(1), ["PATH=/usr/bin:/bin", "EMPTY=", "UMLAUT=größer 🚢", "odd name=a=b"]);
});

test("SpawnedChild looks a name up in the PATH of the child, and says why none would run", {
  skip,
}, async () => {
  using dir = temporaryDir();
  const fds = openFds();
  writeFileSync(join(dir.path, "tool"), "#!/bin/sh\nexit 9\n");
  const start = (file: string, path: string) =>
    new SpawnedChild({ file, args: [], env: { PATH: path }, fds: [0, 1, 2] });
  assert.throws(() => start("tool", dir.path), { code: "EACCES", syscall: "spawn", path: "tool" });
  assert.throws(() => start("tool", "/nowhere"), { code: "ENOENT" });
  chmodSync(join(dir.path, "tool"), 0o755);
  const child = start("tool", `/nowhere:/etc/passwd:${dir.path}`);
  assert.equal((await child.ended()).code, 9);
  assert.throws(() => start(join(dir.path, "none"), ""), { code: "ENOENT" });
  assert.throws(() => start("/bin/true\0x", ""), { code: "EINVAL" });
  const cwd = join(dir.path, "none");
  assert.throws(() => new SpawnedChild({ file: "/bin/true", args: [], env: {}, fds: [0, 1, 2], cwd }), {
    code: "ENOENT",
  });
  assert.deepEqual(openFds(), fds);
});

test("SpawnedChild's exits are nobody else's: 200 at once beside a Reaper, and nothing is left", {
  skip,
}, async () => {
  const fds = openFds();
  const children = Array.from(
    { length: 200 },
    (_, index) =>
      [
        index % 256,
        new SpawnedChild({ file: "/bin/sh", args: ["-c", `exit ${index % 256}`], env: {}, fds: [0, 1, 2] }),
      ] as const,
  );
  const exits = await Promise.all(
    children.map(async ([code, child]) => [code, await child.ended(), child] as const),
  );
  for (const [code, exit, child] of exits) {
    assert.equal(exit.code, code);
    assert.equal(child.hasEnded, true);
    assert.equal(processState(exit.pid), undefined);
  }
  assert.deepEqual(stolen, []);
  await until(() => openFds().length === fds.length, "descriptors closed");
});

test("SpawnedChild says ECHILD when a stranger took the status", { skip }, async () => {
  const { read, write } = pipe();
  const child = new SpawnedChild({ file: "/bin/cat", args: [], env: {}, fds: [read.fd, 1, 2] });
  read.close();
  const ended = child.ended();
  write.close();
  // In this turn of the loop nobody else has looked.
  const deadline = Date.now() + 10_000;
  while (reap(child.pid) === undefined) assert.ok(Date.now() < deadline, "cat ends with its input");
  await assert.rejects(ended, { code: "ECHILD" });
  assert.equal(child.hasEnded, true);
});
