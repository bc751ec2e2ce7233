import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { flock, tryFlock } from "../../../sys/file-lock.ts";
import { openFds, temporaryDir } from "./support.ts";

test("tryFlock() takes what is free, says so when it is not, and the lock ends with its last descriptor", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "lock");
  const one = openSync(path, "a");
  const two = openSync(path, "a");
  assert.equal(tryFlock(one), true);
  assert.equal(tryFlock(one), true, "again is no wait for oneself");
  assert.equal(tryFlock(two), false);
  closeSync(one);
  assert.equal(tryFlock(two), true);
  closeSync(two);
  assert.throws(() => tryFlock(two), { code: "EBADF" });
});

test("flock() holds the lock of a directory until it is disposed of, and leaves no descriptor", () => {
  using dir = temporaryDir();
  const before = openFds();
  {
    using _lock = flock(dir.path);
    const other = openSync(dir.path, "r");
    assert.equal(tryFlock(other), false);
    closeSync(other);
  }
  using _again = flock(dir.path);
  assert.throws(() => flock(join(dir.path, "missing")), { code: "ENOENT" });
  assert.equal(openFds().length, before.length + 1);
});
