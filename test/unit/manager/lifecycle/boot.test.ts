import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isFirstSinceBoot, rememberBoot } from "../../../../manager/lifecycle/boot.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";

test("a manager is the first since boot in an empty state directory, and when the kernel's boot is another", () => {
  using dir = temporaryDir();
  assert.equal(isFirstSinceBoot(dir.path), true);
  rememberBoot(dir.path);
  assert.equal(isFirstSinceBoot(dir.path), false);
  assert.equal(isFirstSinceBoot(dir.path, "another"), true, "the state directory has survived a reboot");
  rmSync(join(dir.path, "boot"));
  assert.equal(isFirstSinceBoot(dir.path), true);
});
