import assert from "node:assert/strict";
import { closeSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { getXattr, listXattrs, setXattr } from "../../../sys/xattr.ts";
import { temporaryDir } from "./support.ts";

test("attributes are set by path or descriptor, listed and read back, binary values too", () => {
  using dir = temporaryDir();
  const file = join(dir.path, "file");
  writeFileSync(file, "");
  assert.deepEqual(listXattrs(file), []);
  setXattr(file, "user.text", Buffer.from("value"));
  const fd = openSync(file, "r+");
  setXattr(fd, "user.binary", Buffer.from([0, 255, 0]));
  closeSync(fd);
  assert.deepEqual(new Set(listXattrs(file)), new Set(["user.binary", "user.text"]));
  assert.deepEqual(getXattr(file, "user.binary"), Buffer.from([0, 255, 0]));
  assert.equal(getXattr(file, "user.other"), undefined);
});

test("a symlink is not followed, and names need not be UTF-8", () => {
  using dir = temporaryDir();
  const file = Buffer.concat([Buffer.from(`${dir.path}/`), Buffer.from([0x66, 0xe9])]);
  writeFileSync(file, "");
  setXattr(file, "trusted.mark", Buffer.from("y"));
  assert.deepEqual(listXattrs(file), ["trusted.mark"]);
  const link = join(dir.path, "link");
  symlinkSync(file, link);
  assert.equal(getXattr(link, "trusted.mark"), undefined);
  assert.throws(() => setXattr(link, "user.x", Buffer.from("y")), { code: "EPERM", path: link });
  assert.throws(() => setXattr(join(dir.path, "missing"), "user.x", Buffer.alloc(0)), { code: "ENOENT" });
  assert.throws(() => listXattrs(join(dir.path, "missing")), { code: "ENOENT" });
  assert.throws(() => setXattr(file, "user.x", Buffer.alloc(70_000)), { code: "ERANGE" });
});
