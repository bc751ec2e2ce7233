import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setSubreaper } from "../../../sys/prctl.ts";
import { kill, killGroup, signalName, signalNumber } from "../../../sys/signal.ts";
import { Reaper } from "../../../sys/wait.ts";
import { until } from "./support.ts";

test("signalNumber(): what people write", () => {
  const table: [string, number | undefined, string][] = [
    ["SIGTERM", 15, "the name"],
    ["term", 15, "short and small"],
    ["SIGKILL", 9, "the name"],
    ["9", 9, "a number"],
    ["0", 0, "the question whether it is there"],
    ["64", 64, "the last"],
    ["65", undefined, "beyond the last"],
    ["-9", undefined, "negative"],
    ["32", 32, "kept by libc, but a number all the same"],
    ["SIGRTMIN", 34, "as glibc has it"],
    ["RTMIN+3", 37, "systemd's halt"],
    ["sigrtmax-1", 63, "from the end"],
    ["SIGRTMAX", 64, "the end"],
    ["SIGRTMIN+31", undefined, "beyond the last"],
    ["SIGRTMIN-1", undefined, "before the first"],
    ["SIGRTMAX+1", undefined, "beyond the last"],
    ["SIGIOT", 6, "the other name of SIGABRT"],
    ["SIGSYS", 31, "the last with a name"],
    ["", undefined, "nothing"],
    ["SIG", undefined, "no name"],
    ["toString", undefined, "not a property of anything"],
    ["9 ", undefined, "not trimmed"],
  ];
  for (const [text, number, reason] of table) assert.equal(signalNumber(text), number, `${text}: ${reason}`);
});

test("signalName() and signalNumber() agree on every number", () => {
  for (let number = 1; number <= 64; number++) {
    if (number === 32 || number === 33) assert.equal(signalName(number), `SIG${number}`);
    else assert.equal(signalNumber(signalName(number)), number, signalName(number));
  }
  assert.equal(signalName(6), "SIGABRT");
  assert.equal(signalName(37), "SIGRTMIN+3");
});

test("killGroup() reaches every member, and an empty group is no error", async () => {
  setSubreaper(); // the sleep becomes ours, and must go before its group is empty
  let orphans = 0;
  using reaper = new Reaper({ onExit: () => orphans++ });
  reaper.start();
  const child = spawn("/bin/sh", ["-c", "sleep 1000 & echo up; wait"], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  assert.ok(child.pid);
  await once(child.stdout, "data");
  const closed = once(child, "close"); // the sleep holds the pipe as well
  assert.equal(killGroup(child.pid, 9), true);
  assert.deepEqual(await closed, [null, "SIGKILL"]);
  await until(() => orphans === 1, "orphan reaped");
  setSubreaper(false);
  assert.equal(killGroup(child.pid, 9), false);
});

test("kill() and killGroup() refuse the numbers that mean everybody", () => {
  for (const pid of [0, -1, -5]) assert.throws(() => kill(pid, 0), { code: "EINVAL" });
  for (const group of [1, 0, -1]) assert.throws(() => killGroup(group, 0), { code: "EINVAL" });
  assert.throws(() => kill(0x7fff_fff0, 0), { code: "ESRCH" });
  assert.throws(() => kill(process.pid, 99), { code: "EINVAL" });
  kill(process.pid, 0);
});
