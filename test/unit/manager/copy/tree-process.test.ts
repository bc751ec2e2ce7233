import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { constants, lstatSync, openSync, readFileSync, readlinkSync } from "node:fs";
import { link, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  copyBetween,
  lookAt,
  packTo,
  type TreePlace,
  unpackFrom,
} from "../../../../manager/copy/tree-process.ts";
import { OwnedFd } from "../../../../sys/fd.ts";

const HOST: TreePlace = { kind: "host" };
let dir: string;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), "hawser-test-copy-"));
});
after(() => rm(dir, { recursive: true, force: true }));

async function directory(name: string): Promise<string> {
  const path = join(dir, name);
  await mkdir(path, { recursive: true });
  return path;
}

function rootAt(path: string): TreePlace & { kind: "directory" } {
  return { kind: "directory", fd: OwnedFd.open(path, 0o10000000 | constants.O_DIRECTORY) };
}

test("a tree is copied with modes, owners, times, hard links, symlinks and attributes", async () => {
  const from = await directory("full/from/tree/sub");
  const to = await directory("full/to");
  const tree = join(dir, "full/from/tree");
  await writeFile(join(tree, "file"), "x".repeat(300_000), { mode: 0o640 });
  await link(join(tree, "file"), join(from, "again"));
  await symlink("/etc/passwd", join(tree, "link"));
  await writeFile(join(tree, ".wh.name"), "no whiteout");
  execFileSync("mkfifo", [join(tree, "fifo")]);
  execFileSync("chown", ["12:34", join(tree, "file")]);
  execFileSync("touch", ["-d", "2001-02-03T04:05:06.789Z", join(tree, "file"), tree]);
  execFileSync("chmod", ["1777", tree]);
  await copyBetween(
    { place: HOST, order: { kind: "pack", path: tree, name: "copy", followsLink: false } },
    { place: HOST, order: { kind: "unpack", directory: to, hasDevices: false } },
  );
  const copy = join(to, "copy");
  const stats = lstatSync(join(copy, "file"), { bigint: true });
  assert.deepEqual([stats.uid, stats.gid, stats.mode & 0o7777n, stats.size], [12n, 34n, 0o640n, 300_000n]);
  assert.equal(stats.mtimeNs, 981_173_106_789_000_000n);
  assert.equal(stats.ino, lstatSync(join(copy, "sub/again"), { bigint: true }).ino);
  assert.equal(readlinkSync(join(copy, "link")), "/etc/passwd");
  assert.equal(readFileSync(join(copy, ".wh.name"), "utf8"), "no whiteout");
  assert.equal(lstatSync(join(copy, "fifo")).isFIFO(), true);
  assert.equal(lstatSync(copy, { bigint: true }).mode & 0o7777n, 0o1777n);
  assert.equal(lstatSync(copy, { bigint: true }).mtimeNs, 981_173_106_789_000_000n);
});

test("a root that is taken is not left, whatever its links say", async () => {
  const root = await directory("hostile");
  await writeFile(join(dir, "secret"), "the host's");
  await symlink("/../../../../etc", join(root, "conf"));
  await symlink(join(dir, "secret"), join(root, "secret"));
  using place = rootAt(root).fd;
  const inside: TreePlace = { kind: "directory", fd: place };
  assert.equal((await lookAt(inside, "/secret")).kind, "missing");
  assert.equal((await lookAt(inside, "/conf/passwd")).kind, "missing");
  assert.deepEqual(await lookAt(inside, "/../../.."), {
    kind: "directory",
    hasParent: true,
    realPath: "/",
    isLink: false,
  });
  // Written through a link: it lands inside, or nowhere.
  const source = await directory("source");
  await writeFile(join(source, "file"), "copied");
  await mkdir(join(root, "inner"));
  await symlink("/inner", join(root, "way"));
  await copyBetween(
    { place: HOST, order: { kind: "pack", path: join(source, "file"), name: "file", followsLink: false } },
    { place: inside, order: { kind: "unpack", directory: "/way", hasDevices: false } },
  );
  assert.equal(readFileSync(join(root, "inner/file"), "utf8"), "copied");
});

test("an archive of a stranger leaves its directory by no name and no link, and makes no devices", async () => {
  const to = await directory("stranger");
  const archive = join(dir, "stranger.tar");
  const made = await directory("stranger-source");
  execFileSync("sh", [
    "-c",
    `cd ${made} && ln -s / out && mkdir -p real && echo x > real/f && mknod null c 1 3`,
  ]);
  execFileSync("tar", ["-C", made, "-cf", archive, "--transform", "s,^real,out/tmp,", "out", "null", "real"]);
  using fd = new OwnedFd(openSync(archive, "r"));
  await unpackFrom(HOST, { kind: "unpack", directory: to, hasDevices: false }, fd.fd);
  assert.equal(readFileSync(join(to, "tmp/f"), "utf8"), "x\n", "the link's root is the directory");
  assert.equal(lstatSync(join(to, "null"), { throwIfNoEntry: false }), undefined);
});

test("what is there keeps its kind, and the error names it", async () => {
  const from = await directory("kinds/from/thing");
  const to = await directory("kinds/to");
  await writeFile(join(to, "thing"), "a file");
  await assert.rejects(
    copyBetween(
      { place: HOST, order: { kind: "pack", path: from, name: "thing", followsLink: false } },
      { place: HOST, order: { kind: "unpack", directory: to, hasDevices: false } },
    ),
    { message: /^copy "thing": a file is there, and a directory would replace it; remove it first$/ },
  );
  assert.equal(readFileSync(join(to, "thing"), "utf8"), "a file");
});

test("the owner of what is copied can be chosen", async () => {
  const from = await directory("owner/from");
  const to = await directory("owner/to");
  await writeFile(join(from, "file"), "");
  execFileSync("chown", ["12:34", join(from, "file")]);
  await copyBetween(
    { place: HOST, order: { kind: "pack", path: from, followsLink: false } },
    { place: HOST, order: { kind: "unpack", directory: to, owner: { uid: 0, gid: 7 }, hasDevices: false } },
  );
  const { uid, gid } = lstatSync(join(to, "file"));
  assert.deepEqual([uid, gid], [0, 7]);
});

test("mounts are seen by the program alone, and a link is followed when that is wished", async () => {
  const source = await directory("mounted");
  await writeFile(join(source, "file"), "in the mount");
  await symlink("file", join(source, "link"));
  const place: TreePlace = {
    kind: "mounts",
    mounts: [{ type: "bind", source, options: ["rbind", "ro"] }],
  };
  assert.equal((await lookAt(place, "/link")).realPath, "/file");
  assert.equal((await lookAt(place, "/link")).isLink, true);
  const to = await directory("mounted-to");
  await copyBetween(
    { place, order: { kind: "pack", path: "/link", name: "taken", followsLink: true } },
    { place: HOST, order: { kind: "unpack", directory: to, hasDevices: false } },
  );
  assert.equal(readFileSync(join(to, "taken"), "utf8"), "in the mount");
  assert.doesNotMatch(readFileSync("/proc/self/mounts", "utf8"), /hawser-test-copy/);
});

test("a copy that is not wanted any more ends with its programs", async () => {
  const controller = new AbortController();
  const from = await directory("abort");
  const { read, write } = (await import("../../../../sys/fd.ts")).pipe();
  using _read = read;
  using full = write;
  await writeFile(join(from, "big"), Buffer.alloc(4 << 20));
  const packing = packTo(HOST, { kind: "pack", path: from, name: "x", followsLink: false }, full.fd, {
    signal: controller.signal,
  });
  controller.abort(new Error("enough"));
  await assert.rejects(packing, /enough/);
});
