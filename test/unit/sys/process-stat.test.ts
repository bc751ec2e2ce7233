import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { parseProcessStat, processStat, startTimeOf } from "../../../sys/process-stat.ts";
import { decodeWaitStatus } from "../../../sys/wait.ts";

const tail =
  "4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654321 1000 200 18446744073709551615 1 2 3 0 0 0 0 4096 0 0 0 0 17 1 0 0 0 0 0 4 5 6 7 8 9 10 10752";

test("parseProcessStat() finds its way whatever the program is called", () => {
  for (const comm of ["sh", "a b", ") Z 1 2 3", "((", "))) (", "", "x\ny"]) {
    const stat = parseProcessStat(`12 (${comm}) S 7 8 9 0 -1 ${tail}\n`);
    assert.deepEqual(stat, {
      pid: 12,
      comm,
      state: "S",
      ppid: 7,
      processGroup: 8,
      session: 9,
      startTime: 987654321n,
      exitWord: 10752,
    });
  }
});

test("parseProcessStat() refuses what is no stat", () => {
  for (const text of ["", "12", "12 (sh", "12 (sh) S 1", "x (sh) S 7 8 9 0 -1 1 2", ")("]) {
    assert.throws(() => parseProcessStat(text), RangeError);
  }
});

test("processStat() knows us, and nobody where nobody is", () => {
  const stat = processStat(process.pid);
  assert.equal(stat?.ppid, process.ppid);
  assert.equal(stat?.startTime, startTimeOf(process.pid));
  assert.equal(processStat(0x7fff_fff0), undefined);
  assert.equal(startTimeOf(0x7fff_fff0), undefined);
});

test("processStat() of a zombie tells how it ended", async () => {
  const child = spawn("/bin/sh", ["-c", "exit 42"], { stdio: "ignore" });
  assert.ok(child.pid);
  while (processStat(child.pid)?.state !== "Z"); // no turn of the loop: nobody reaps
  assert.equal(decodeWaitStatus(child.pid, processStat(child.pid)?.exitWord ?? 0).code, 42);
  await once(child, "exit");
});
