import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { release } from "node:os";
import { test } from "node:test";
import { PidFd } from "../../../sys/pidfd.ts";
import { processStat, startTimeOf } from "../../../sys/process-stat.ts";
import { openFds } from "./support.ts";

function sleeper() {
  const child = spawn("sleep", ["1000"], { stdio: "ignore" });
  assert.ok(child.pid);
  return { child, pid: child.pid, exit: once(child, "exit") };
}

test("PidFd.open() takes the process with that start time and refuses another", async () => {
  const before = openFds();
  const { pid, exit } = sleeper();
  const startTime = startTimeOf(pid);
  assert.ok(startTime);
  assert.throws(() => PidFd.open(pid, startTime - 1n), { code: "ESRCH" });
  assert.throws(() => PidFd.open(0x7fff_fff0), { code: "ESRCH" });
  {
    using process = PidFd.open(pid, startTime);
    assert.equal(process.send(0), true);
    assert.throws(() => process.send(99), { code: "EINVAL" });
    const ended = process.ended();
    assert.equal(process.send(9), true);
    await ended;
    await exit;
    assert.equal(process.send(9), false, "reaped: nobody else is hit");
  }
  assert.deepEqual(openFds(), before);
});

test("PidFd.ended() gives up when told, and leaves nothing behind", async () => {
  const { pid, exit } = sleeper();
  using process = PidFd.open(pid);
  const before = openFds();
  const controller = new AbortController();
  const ended = process.ended({ signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(ended, /enough/);
  await assert.rejects(process.ended({ signal: AbortSignal.abort(new Error("before")) }), /before/);
  assert.deepEqual(openFds(), before);
  process.send(15);
  await exit;
  await process.ended();
});

test("PidFd.exit() tells how a process ended that somebody else reaped", async (t) => {
  const [major = 0, minor = 0] = release().split(".").map(Number);
  if (major < 6 || (major === 6 && minor < 15)) return t.skip("needs kernel 6.15");
  for (const [script, expected] of [
    ["exit 42", { code: 42, dumpedCore: false }],
    ["kill -9 $$", { signal: 9, dumpedCore: false }],
  ] as const) {
    const child = spawn("/bin/sh", ["-c", script], { stdio: "ignore" });
    assert.ok(child.pid);
    using process = PidFd.open(child.pid);
    assert.equal(process.exit(), undefined);
    while (processStat(child.pid)?.state !== "Z");
    assert.equal(process.exit(), undefined, "not before it was reaped");
    await once(child, "exit");
    assert.deepEqual(process.exit(), { pid: child.pid, ...expected });
  }
});
