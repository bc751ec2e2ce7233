import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeOctal,
  isMounted,
  mountsUnder,
  mountTable,
  parseMountTable,
} from "../../../sys/mount-table.ts";

const recorded = [
  "21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw",
  "31 21 0:28 / /sys/fs/cgroup rw,nosuid shared:4 master:1 - tmpfs tmpfs rw,mode=755",
  "90 21 0:50 /sub\\040dir /mnt/a\\040b\\011c\\134d ro - overlay overlay ro,lowerdir=/x\\040y:/z,upperdir=/u",
  "91 90 0:51 / /mnt/a\\040b\\011c\\134d/deep rw - proc proc rw",
  "92 21 0:52 / /mnt/a rw unbindable - tmpfs \\303\\251 rw",
  "",
].join("\n");

test("parseMountTable() reads every field, with any number of tags, and decodes the names", () => {
  const table = parseMountTable(recorded);
  assert.equal(table.length, 5);
  assert.deepEqual(table[1]?.tags, ["shared:4", "master:1"]);
  assert.deepEqual(table[2], {
    id: 90,
    parentId: 21,
    root: "/sub dir",
    target: "/mnt/a b\tc\\d",
    options: ["ro"],
    tags: [],
    type: "overlay",
    source: "overlay",
    superOptions: ["ro", "lowerdir=/x y:/z", "upperdir=/u"],
  });
  assert.equal(table[4]?.source, "é");
});

test("mountsUnder() takes whole names only, oldest first", () => {
  const table = parseMountTable(recorded);
  const targets = (path: string) => mountsUnder(path, table).map(({ id }) => id);
  assert.deepEqual(targets("/mnt/a b\tc\\d"), [90, 91]);
  assert.deepEqual(targets("/mnt/a"), [92]);
  assert.deepEqual(targets("/mnt"), [90, 91, 92]);
  assert.deepEqual(targets("/"), [21, 31, 90, 91, 92]);
  assert.deepEqual(targets("/mn"), []);
  assert.equal(isMounted("/mnt", table), false);
  assert.equal(isMounted("/mnt/a", table), true);
});

test("decodeOctal() decodes what the kernel encodes and nothing else", () => {
  assert.equal(decodeOctal("a\\040b\\012\\134"), "a b\n\\");
  assert.equal(decodeOctal("\\04 \\8 \\"), "\\04 \\8 \\");
});

test("mountTable() of this machine has a root and a proc", () => {
  const table = mountTable();
  assert.ok(isMounted("/", table));
  assert.equal(table.find(({ target }) => target === "/proc")?.type, "proc");
});
