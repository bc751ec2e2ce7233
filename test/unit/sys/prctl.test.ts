import assert from "node:assert/strict";
import { test } from "node:test";
import { codeOfError } from "../../../sys/errno.ts";
import {
  createCoreSchedulingGroup,
  isSubreaper,
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
