import assert from "node:assert/strict";
import { test } from "node:test";
import { BundleFile, bundleFile, execPidFile } from "../../../proto/bundle-files.ts";
import { isInvalidArgument } from "../../../proto/errors.ts";

test("no two files of a bundle have one name, and none leaves the bundle", () => {
  const names = Object.values(BundleFile);
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[a-z][a-z.-]*$/);
  assert.equal(bundleFile("/run/b", BundleFile.runtimeLog), "/run/b/log.json");
});

test("the pid of an exec has a file that is nobody else's", () => {
  for (const [execId, path] of [
    ["e1", "/b/e1.pid"],
    ["init", "/b/.init.pid"],
    ["shim", "/b/.shim.pid"],
    ["Init", "/b/Init.pid"],
  ] as const) {
    assert.equal(execPidFile("/b", execId), path);
  }
});

test("an exec id that would leave the bundle is refused", () => {
  for (const execId of ["", "..", "../../etc/passwd", "a/b"]) {
    assert.throws(() => execPidFile("/b", execId), isInvalidArgument);
  }
});
