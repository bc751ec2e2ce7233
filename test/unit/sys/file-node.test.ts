import assert from "node:assert/strict";
import { closeSync, lstatSync, openSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  deviceNumber,
  deviceParts,
  FileType,
  makeNode,
  setTimes,
  syncFilesystem,
} from "../../../sys/file-node.ts";
import { temporaryDir } from "./support.ts";

test("device numbers are those of st_rdev", () => {
  for (const path of ["/dev/null", "/dev/zero", "/dev/tty"]) {
    const { rdev } = lstatSync(path);
    const { major, minor } = deviceParts(rdev);
    assert.equal(deviceNumber(major, minor), rdev, path);
  }
  for (const [major, minor] of [
    [0, 0],
    [259, 1_000_000],
    [4095, 1_048_575],
  ] as const) {
    assert.deepEqual(deviceParts(deviceNumber(major, minor) >>> 0), { major, minor });
  }
});

test("makeNode() makes devices, fifos and sockets", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "node");
  for (const [index, type] of [FileType.characterDevice, FileType.blockDevice].entries()) {
    makeNode(`${path}${index}`, type | 0o600, deviceNumber(7, 300));
    const stat = lstatSync(`${path}${index}`);
    assert.equal(stat.mode & FileType.mask, type);
    assert.equal(stat.rdev, deviceNumber(7, 300));
  }
  makeNode(`${path}-fifo`, FileType.fifo | 0o600);
  makeNode(`${path}-socket`, FileType.socket | 0o600);
  assert.ok(lstatSync(`${path}-fifo`).isFIFO());
  assert.ok(lstatSync(`${path}-socket`).isSocket());
  assert.throws(() => makeNode(`${path}-fifo`, FileType.fifo), { code: "EEXIST", path: `${path}-fifo` });
});

test("setTimes() is exact to the nanosecond, before 1970 too, and does not follow symlinks", () => {
  using dir = temporaryDir();
  const file = join(dir.path, "file");
  const link = join(dir.path, "link");
  writeFileSync(file, "");
  symlinkSync("file", link);
  setTimes(link, 1n, 1_700_000_000_123_456_789n);
  const times = (path: string) => {
    const { atimeNs, mtimeNs } = lstatSync(path, { bigint: true });
    return [atimeNs, mtimeNs];
  };
  assert.deepEqual(times(link), [1n, 1_700_000_000_123_456_789n]);
  assert.equal(readlinkSync(link), "file");
  const fd = openSync(file, "r");
  setTimes(fd, -1n, 999_999_999n);
  syncFilesystem(fd);
  closeSync(fd);
  assert.deepEqual(times(file), [-1n, 999_999_999n]);
  assert.throws(() => setTimes(join(dir.path, "missing"), 0n, 0n), { code: "ENOENT" });
});
