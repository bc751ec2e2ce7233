import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeDirectories } from "../../../sys/directory.ts";

test("makeDirectories() makes what is missing, with the mode, and leaves what is there", () => {
  const dir = mkdtempSync(join(tmpdir(), "hawser-directory-"));
  try {
    makeDirectories(join(dir, "a/b/c"), 0o700);
    assert.equal(statSync(join(dir, "a")).mode & 0o777, 0o700);
    makeDirectories(join(dir, "a/b/c"), 0o755);
    assert.equal(statSync(join(dir, "a/b/c")).mode & 0o777, 0o700);
    writeFileSync(join(dir, "file"), "");
    assert.throws(() => makeDirectories(join(dir, "file")), { code: "EEXIST" });
    assert.throws(() => makeDirectories(join(dir, "file/below")), { code: "ENOTDIR" });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("makeDirectories() ends where no directory can be made, as below /proc", () => {
  assert.throws(() => makeDirectories("/proc/self/none/below"), { code: "ENOENT" });
});
