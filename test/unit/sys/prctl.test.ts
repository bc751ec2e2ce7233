import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { test } from "node:test";
import { codeOfError } from "../../../sys/errno.ts";
import {
  createCoreSchedulingGroup,
  isSubreaper,
  leaveNamespaces,
  setHugePagesDisabled,
  setParentDeathSignal,
  setSubreaper,
} from "../../../sys/prctl.ts";

test("setSubreaper() is what isSubreaper() tells", () => {
  assert.equal(isSubreaper(), false);
  setSubreaper();
  assert.equal(isSubreaper(), true);
  setSubreaper(false);
  assert.equal(isSubreaper(), false);
});

test("setHugePagesDisabled() shows in /proc/self/status", () => {
  const enabled = () => /^THP_enabled:\s+(\d)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  setHugePagesDisabled(true);
  assert.equal(enabled(), "0");
  setHugePagesDisabled(false);
  assert.equal(enabled(), "1");
});

test("createCoreSchedulingGroup() works or says that the machine cannot", () => {
  try {
    createCoreSchedulingGroup();
  } catch (error) {
    assert.ok(["EINVAL", "ENODEV"].includes(codeOfError(error) ?? ""), String(error));
  }
});

test("setParentDeathSignal() takes signals and 0, and refuses the rest", () => {
  setParentDeathSignal(9);
  setParentDeathSignal(0);
  assert.throws(() => setParentDeathSignal(99), { code: "EINVAL", syscall: "prctl" });
});

test("leaveNamespaces() puts the calling thread into a namespace of its own", () => {
  // In a program of its own: there is no way back.
  const module = JSON.stringify(new URL("../../../sys/prctl.ts", import.meta.url).href);
  const script = `
    import { readlinkSync } from "node:fs";
    import { leaveNamespaces } from ${module};
    leaveNamespaces(["uts"]);
    console.log(readlinkSync("/proc/thread-self/ns/uts"));`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script]);
  assert.match(String(stdout), /^uts:/);
  assert.notEqual(String(stdout).trim(), readlinkSync("/proc/self/ns/uts"));
  assert.throws(() => leaveNamespaces([]), { code: "EINVAL" });
});
