import assert from "node:assert/strict";
import fs, { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { createFileAtomic, removeAtomic, writeFileAtomic } from "../../../sys/atomic-file.ts";
import { mountAll, unmountAll } from "../../../sys/mount.ts";
import { openFds, temporaryDir } from "./support.ts";

test("writeFileAtomic() replaces whole, 0600 unless told, and leaves nothing beside", () => {
  using dir = temporaryDir();
  const fds = openFds();
  const path = join(dir.path, "state.json");
  writeFileAtomic(path, "one");
  writeFileAtomic(path, Buffer.from("two"));
  assert.equal(readFileSync(path, "utf8"), "two");
  assert.equal(statSync(path).mode & 0o777, 0o600);
  writeFileAtomic(path, "three", { mode: 0o640, uid: 1000, gid: 1001 });
  const { mode, uid, gid } = statSync(path);
  assert.deepEqual([mode & 0o777, uid, gid], [0o640, 1000, 1001]);
  assert.deepEqual(readdirSync(dir.path), ["state.json"]);
  assert.throws(() => writeFileAtomic(join(dir.path, "missing/x"), ""), { code: "ENOENT" });
  assert.deepEqual(openFds(), fds);
});

test("writeFileAtomic() on a full disk keeps the old content and leaves nothing beside", async () => {
  using dir = temporaryDir();
  await mountAll([{ type: "tmpfs", source: "tmpfs", options: ["size=64k"] }], dir.path);
  try {
    const path = join(dir.path, "state");
    writeFileAtomic(path, "old");
    assert.throws(() => writeFileAtomic(path, Buffer.alloc(1024 * 1024)), { code: "ENOSPC" });
    assert.equal(readFileSync(path, "utf8"), "old");
    assert.deepEqual(readdirSync(dir.path), ["state"]);
  } finally {
    await unmountAll(dir.path);
  }
});

test("writeFileAtomic() that cannot rename leaves nothing beside", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "taken");
  mkdirSync(path);
  assert.throws(() => writeFileAtomic(path, "x"), { code: "EISDIR" });
  assert.deepEqual(readdirSync(dir.path), ["taken"]);
});

test("the first error is the one that is thrown, also when what was begun cannot be removed", (t) => {
  using dir = temporaryDir();
  const path = join(dir.path, "taken");
  mkdirSync(path);
  t.mock.method(fs, "unlinkSync", () => {
    throw Object.assign(new Error("read-only by now"), { code: "EROFS" });
  });
  syncBuiltinESMExports();
  try {
    assert.throws(() => writeFileAtomic(path, "x"), { code: "EISDIR" });
    assert.throws(() => createFileAtomic(path, "x"), { code: "EEXIST" });
  } finally {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  }
});

test("createFileAtomic() never replaces", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "id");
  createFileAtomic(path, "first");
  assert.throws(() => createFileAtomic(path, "second"), { code: "EEXIST" });
  assert.equal(readFileSync(path, "utf8"), "first");
  assert.deepEqual(readdirSync(dir.path), ["id"]);
});

test("removeAtomic() removes files and trees, and what is not there is no error", async () => {
  using dir = temporaryDir();
  const tree = join(dir.path, "tree");
  mkdirSync(join(tree, "a/b"), { recursive: true });
  writeFileSync(join(tree, "a/b/c"), "");
  writeFileSync(join(dir.path, "file"), "");
  await removeAtomic(tree);
  await removeAtomic(join(dir.path, "file"));
  await removeAtomic(tree);
  assert.deepEqual(readdirSync(dir.path), []);
});
