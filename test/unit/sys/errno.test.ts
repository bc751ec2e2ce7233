import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { test } from "node:test";
import { isErrno } from "../../../proto/errors.ts";
import { codeOfError, errnoName, systemError } from "../../../sys/errno.ts";

test("errnoName() agrees with Node about every number Node knows", () => {
  const byNumber = new Map<number, string[]>();
  for (const [name, number] of Object.entries(constants.errno)) {
    byNumber.set(number, [...(byNumber.get(number) ?? []), name]);
  }
  for (const [number, names] of byNumber) {
    assert.ok(names.includes(errnoName(number)), `${number} is ${errnoName(number)}, Node says ${names}`);
  }
});

test("errnoName() names a number that Linux never assigned by the number", () => {
  for (const number of [0, 41, 58, 134, 4096]) assert.equal(errnoName(number), `E${number}`);
});

test("systemError() has the shape and the words of Node's own error", () => {
  let own: NodeJS.ErrnoException | undefined;
  try {
    readFileSync("/nowhere/at/all");
  } catch (error) {
    own = error as NodeJS.ErrnoException;
  }
  const ours = systemError(2, { syscall: "open", path: "/nowhere/at/all" });
  assert.equal(ours.message, own?.message);
  const { errno, code, syscall, path } = ours;
  assert.deepEqual(
    { errno, code, syscall, path },
    { errno: own?.errno, code: own?.code, syscall: own?.syscall, path: own?.path },
  );
  assert.ok(isErrno(ours, "ENOENT"));
  assert.equal(codeOfError(ours), "ENOENT");
});

test("systemError() names both paths, and a reason replaces the kernel's sentence", () => {
  const error = systemError(16, { syscall: "mount", path: "/a", dest: "/b", reason: "in use" });
  assert.equal(error.message, "EBUSY: in use, mount '/a' -> '/b'");
  assert.equal(systemError(15, { syscall: "mount" }).message, "ENOTBLK: block device required, mount");
  assert.equal(systemError(200, { syscall: "mount" }).message, "E200: error 200, mount");
});
