import assert from "node:assert/strict";
import { constants, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { runChild } from "../../../sys/child.ts";
import { closeOnExecFrom, OwnedFd, pipe } from "../../../sys/fd.ts";
import { setSubreaper } from "../../../sys/prctl.ts";
import { Reaper } from "../../../sys/wait.ts";
import { openFds, processState, temporaryDir, until } from "./support.ts";

// What a program leaves behind becomes ours: nothing else on a machine like this may reap it.
const reaper = new Reaper({ onExit: () => undefined });
before(() => {
  setSubreaper();
  reaper.start();
});
after(() => {
  reaper[Symbol.dispose]();
  setSubreaper(false);
});

const sh = (script: string, more: Parameters<typeof runChild>[1] = {}) =>
  runChild("/bin/sh", { args: ["-c", script], env: { PATH: "/usr/bin:/bin" }, ...more });

/** What has input to be written is started by child_process, all else by posix_spawn where libc has it. */
function both(name: string, body: (more: { stdin?: string }) => Promise<void>): void {
  test(name, () => body({}));
  test(`${name} (with input)`, () => body({ stdin: "" }));
}

both("runChild() returns code, signal and both outputs apart", async (more) => {
  const fds = openFds();
  const { pid, ...result } = await sh("echo out; echo err >&2; exit 3", more);
  assert.ok(pid > 0);
  const expected = { code: 3, stdout: Buffer.from("out\n"), stderr: Buffer.from("err\n") };
  assert.deepEqual(result, { ...expected, truncated: false, timedOut: false });
  const killed = await sh("kill -9 $$", more);
  assert.deepEqual([killed.code, killed.signal], [undefined, 9]);
  assert.deepEqual(openFds(), fds);
});

test("runChild() gives exactly the environment, directory and descriptors it was told", async () => {
  using dir = temporaryDir();
  closeOnExecFrom(3); // whoever started the tests may have leaked to us
  const { read, write } = pipe();
  write.close();
  const file = OwnedFd.open(join(dir.path, "out"), constants.O_WRONLY | constants.O_CREAT);
  const result = await runChild("/bin/sh", {
    args: ["-c", "pwd; env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=; ls /proc/self/fd; cat >&2"],
    env: { ONLY: "this", PATH: "/usr/bin:/bin" },
    cwd: dir.path,
    stdin: "from us",
    stdout: file,
    extraFds: [read],
  });
  assert.equal(String(result.stderr), "from us");
  const lines = readFileSync(join(dir.path, "out"), "utf8").trim().split("\n");
  assert.equal(lines[0], dir.path);
  assert.deepEqual(lines.slice(1, 3).sort(), ["ONLY=this", "PATH=/usr/bin:/bin"]);
  assert.deepEqual(lines.slice(3), ["0", "1", "2", "3", "4"], "and 4 is the one that lists");
  assert.equal(read.isOpen, false);
  assert.equal(file.isOpen, false);
});

both(
  "runChild() rejects with the reason when the program cannot be started, and leaks nothing",
  async (more) => {
    const fds = openFds();
    await assert.rejects(runChild("/nowhere/at/all", { stdin: OwnedFd.open("/dev/null", 0) }), {
      code: "ENOENT",
      syscall: "spawn",
      path: "/nowhere/at/all",
    });
    await assert.rejects(runChild(import.meta.filename, more), { code: "EACCES" });
    await assert.rejects(
      runChild("/bin/true", { ...more, signal: AbortSignal.abort(new Error("no")) }),
      /no/,
    );
    await until(() => openFds().length === fds.length, "descriptors closed");
  },
);

both(
  "runChild() bounds output, keeps the first of stdout and the last of stderr, and still sees the end",
  async (more) => {
    const result = await sh("seq 1 100000; seq 1 100000 >&2", { ...more, maxOutputBytes: 100 });
    assert.equal(result.code, 0);
    assert.equal(result.truncated, true);
    assert.equal(result.stdout.length, 100);
    assert.equal(result.stderr.length, 100);
    assert.ok(String(result.stdout).startsWith("1\n2\n3\n"));
    assert.ok(String(result.stderr).endsWith("99999\n100000\n"));
  },
);

both("runChild() keeps all output of a program that writes a lot and ends at once", async (more) => {
  for (let round = 0; round < 10; round++) {
    const { stdout } = await sh("seq 1 50000", { ...more, maxOutputBytes: 1024 * 1024 });
    assert.ok(String(stdout).endsWith("\n49999\n50000\n"));
    assert.equal(stdout.length, 288894);
  }
});

both("runChild() kills the whole group at its timeout, and when told to stop", async (more) => {
  let pid = 0;
  const onSpawn = (value: number) => {
    pid = value;
  };
  const timed = await sh("sleep 1000 & echo $!; wait", { ...more, timeoutMs: 100, onSpawn });
  assert.deepEqual([timed.signal, timed.timedOut, timed.pid], [9, true, pid]);
  const sleeper = Number(String(timed.stdout));
  await until(() => processState(sleeper) === undefined, "the sleep is gone as well");
  const controller = new AbortController();
  const running = sh("exec sleep 1000", {
    ...more,
    signal: controller.signal,
    onSpawn: () => controller.abort(new Error("enough")),
  });
  await assert.rejects(running, /enough/);
});

both("runChild() does not wait for a process that was left behind with the output open", async (more) => {
  const result = await sh("sleep 1000 & echo $!", more);
  assert.equal(result.code, 0);
  const left = Number(String(result.stdout));
  process.kill(left, "SIGKILL");
  await until(() => processState(left) === undefined, "what was left behind is gone");
});

test("runChild() survives a program that does not read its input", async () => {
  const result = await runChild("/bin/true", { stdin: Buffer.alloc(4 * 1024 * 1024) });
  assert.equal(result.code, 0);
});
