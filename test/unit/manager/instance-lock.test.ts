import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { InstanceLock, LOCK_FILE } from "../../../manager/instance-lock.ts";
import { Code, type HawserError } from "../../../proto/errors.ts";
import { openFds } from "../../support/open-fds.ts";
import { useSuite } from "../../support/suite.ts";

const suite = useSuite();
const directory = (path: string, flag = "--root") => ({ path, mode: 0o700, flag });

test("the second instance is told who has the directory, and the lock ends with its holder", () => {
  const [root, state] = [join(suite.dir, "a/root"), join(suite.dir, "a/state")];
  const before = openFds().length;
  const first = InstanceLock.acquire([directory(root), directory(state, "--state")]);
  assert.equal(statSync(root).mode & 0o777, 0o700);
  assert.equal(readFileSync(join(root, LOCK_FILE), "utf8"), `${process.pid}\n`);
  const other = join(suite.dir, "a/other");
  assert.throws(
    () => InstanceLock.acquire([directory(other), directory(state, "--state")]),
    (error: HawserError) => {
      assert.equal(error.code, Code.FailedPrecondition);
      assert.equal(
        error.message,
        `lock "${state}": another hawserd, pid ${process.pid}, is using it; stop that one, or choose another directory with --state`,
      );
      return true;
    },
  );
  // What it had locked before it met the other one is free again.
  InstanceLock.acquire([directory(other)])[Symbol.dispose]();
  first[Symbol.dispose]();
  InstanceLock.acquire([directory(root), directory(state)])[Symbol.dispose]();
  assert.equal(openFds().length, before);
});

test("a stale file with a longer pid in it locks nobody out and is overwritten whole", () => {
  const root = join(suite.dir, "b");
  mkdirSync(root);
  writeFileSync(join(root, LOCK_FILE), "123456789012\n");
  using _lock = InstanceLock.acquire([directory(root)]);
  assert.equal(readFileSync(join(root, LOCK_FILE), "utf8"), `${process.pid}\n`);
});

test("what is in the way is named, with the way out", () => {
  const file = join(suite.dir, "file");
  writeFileSync(file, "");
  const linked = join(suite.dir, "linked");
  mkdirSync(linked);
  symlinkSync(file, join(linked, LOCK_FILE));
  const cases: [path: string, reason: string][] = [
    [file, "there is something that is not a directory"],
    [join(file, "below"), "a part of the path is not a directory"],
    [linked, `its ${LOCK_FILE} is a symbolic link`],
  ];
  for (const [path, reason] of cases) {
    assert.throws(() => InstanceLock.acquire([directory(path)]), {
      code: Code.FailedPrecondition,
      message: `use directory "${path}": ${reason}; or choose another one with --root`,
    });
  }
});
