import assert from "node:assert/strict";
import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { Code } from "../../../../../proto/errors.ts";
import {
  entryBytes,
  type LayerEntry,
  layerArchive,
  withChecksum,
} from "../../../../support/layer-archive.ts";
import { ground } from "./support.ts";

const changed = (entry: LayerEntry, change: (header: Buffer) => void): Buffer => {
  const bytes = entryBytes(entry);
  change(bytes);
  return withChecksum(bytes);
};
const file = (name: string, data = "x"): LayerEntry => ({ name, data });
const dir = (name: string): LayerEntry => ({ name, flag: "5" });
const symlink = (name: string, linkName: string): LayerEntry => ({ name, flag: "2", linkName });
const link = (name: string, linkName: string): LayerEntry => ({ name, flag: "1", linkName });
const base256 = (header: Buffer, offset: number, length: number, bytes: string): void => {
  header.fill(0, offset, offset + length);
  Buffer.from(bytes, "hex").copy(header, offset + length - bytes.length / 2);
  header[offset] = (header[offset] ?? 0) | 0x80;
};
const pax = (body: string): Buffer => entryBytes({ name: "pax", flag: "x", data: body });
const first = (bytes: Buffer, count: number): Buffer => bytes.subarray(0, count);

// What is wrong → the archive, and what the error says.
const refused: [string, Buffer, RegExp][] = [
  ['".." in front', layerArchive(file("../outside/evil")), /"\.\.\/outside\/evil": its name holds "\.\."/],
  ['".." in the middle', layerArchive(file("a/../../outside/evil")), /its name holds "\.\."/],
  ['".." at the end', layerArchive(dir("a/..")), /its name holds "\.\."/],
  ['a whiteout of ".."', layerArchive(dir("a"), file("a/.wh...")), /whiteout of no name/],
  ['a whiteout of "."', layerArchive(dir("a"), file("a/.wh..")), /whiteout of no name/],
  ["a whiteout of nothing", layerArchive(file(".wh.")), /whiteout of no name/],
  ["a hard link out by ..", layerArchive(link("evil", "../outside/canary")), /holds "\.\."/],
  [
    "a hard link out by an absolute name",
    layerArchive(link("evil", "/etc/passwd")),
    /no such directory in this layer/,
  ],
  [
    "a hard link to what is not there",
    layerArchive(link("evil", "missing")),
    /"missing", which is not in this layer/,
  ],
  [
    "a hard link through a symlink to outside",
    layerArchive(symlink("s", "../outside"), link("evil", "s/canary")),
    /no such directory/,
  ],
  ["a hard link to a directory", layerArchive(dir("d"), link("evil", "d")), /hard link to the directory "d"/],
  ["a hard link to nothing", layerArchive(link("evil", "")), /hard link to nothing/],
  ["a symlink to nothing", layerArchive(symlink("evil", "")), /symlink to nothing/],
  [
    "a file as a directory",
    layerArchive(file("f"), file("f/below")),
    /a file is where a directory should be/,
  ],
  [
    "symlinks in a circle",
    layerArchive(symlink("a", "b"), symlink("b", "a"), file("a/x")),
    /too many symlinks/,
  ],
  ["a name with NUL", layerArchive(pax("15 path=a\0b/cc\n"), file("x")), /its name holds a NUL byte/],
  [
    "a component of 256 bytes",
    layerArchive(file("x".repeat(256))),
    /a part of its name is longer than 255 bytes/,
  ],
  ["a name of 5000 bytes", layerArchive(file("abc/".repeat(1250))), /its name is longer than 4095 bytes/],
  ["a name too long under this root", layerArchive(dir("abc/".repeat(1022))), /its name is too long here/],
  [
    "a size beyond all bounds",
    layerArchive(changed(file("f"), (h) => base256(h, 124, 12, "ffffffffffffffffff"))),
    /the size in a header/,
  ],
  [
    "a negative size",
    layerArchive(changed(file("f"), (h) => h.fill(0xff, 124, 136))),
    /the size in a header/,
  ],
  [
    "a size that is no number",
    layerArchive(changed(file("f"), (h) => h.write("12z45", 124))),
    /the size in a header/,
  ],
  ["a wrong checksum", layerArchive(Buffer.alloc(512, 0x41)), /the checksum of a header is wrong/],
  [
    "a PAX size that is no number",
    layerArchive(pax("11 size=-1\n"), file("f")),
    /the size in an extended header/,
  ],
  [
    "a PAX record longer than its header",
    layerArchive(pax("99 path=x\n"), file("f")),
    /a record that is none/,
  ],
  ["a PAX record without length", layerArchive(pax("path=x\n"), file("f")), /a record that is none/],
  ["a PAX record of length 0", layerArchive(pax("0 path=x\n"), file("f")), /a record that is none/],
  [
    "a PAX time that is none",
    layerArchive(pax("15 mtime=later\n"), file("f")),
    /the mtime in an extended header/,
  ],
  [
    "a PAX header of 2 MiB",
    layerArchive(entryBytes({ name: "p", flag: "x", data: "x".repeat(2 ** 21) })),
    /an extended header of 2097152 bytes/,
  ],
  [
    "a PAX header of 1 TiB, promised",
    layerArchive(changed({ name: "p", flag: "x" }, (h) => base256(h, 124, 12, "010000000000"))),
    /an extended header of 1099511627776 bytes/,
  ],
  ["a sparse entry of old GNU", layerArchive({ name: "s", flag: "S" }), /a sparse entry/],
  ["a sparse entry of new GNU", layerArchive(pax("22 GNU.sparse.major=1\n"), file("f")), /a sparse entry/],
  ["an entry of another volume", layerArchive({ name: "m", flag: "M" }), /an entry of type "M"/],
  ["an owner beyond 32 bits", layerArchive({ name: "f", uid: 0xffff_ffff }), /no user or group 4294967295/],
  [
    "a device beyond the kernel's",
    layerArchive({ name: "d", flag: "3", major: 5000, minor: 1 }),
    /no device 5000:1/,
  ],
  ["no tar at all", Buffer.from("this is not an archive".repeat(100)), /not a tar archive/],
  [
    "a header behind zeros",
    Buffer.concat([Buffer.alloc(512), entryBytes(file("f"))]),
    /a header follows a block of zeros/,
  ],
  ["cut in a header", first(layerArchive(file("f")), 200), /ends in the middle of an entry, at byte 200/],
  ["cut in the data", first(layerArchive(file("f", "x".repeat(2000))), 1000), /ends in the middle/],
  [
    "cut behind an extended header",
    first(layerArchive(pax("12 path=abc\n"), file("f")), 1024),
    /ends in the middle/,
  ],
  ["cut gzip", first(gzipSync(layerArchive(file("f", "x".repeat(5000)))), 40), /decompress gzip/],
  ["gzip with a flipped bit", flipped(gzipSync(layerArchive(file("f", "abc")))), /decompress gzip/],
  [
    "cut zstd",
    first(zstdCompressSync(layerArchive(file("f", "x".repeat(5000)))), 30),
    /decompress zstd|ends in the middle/,
  ],
  [
    "zstd with a flipped bit",
    flipped(zstdCompressSync(layerArchive(file("f", randomText())))),
    /decompress zstd|read tar/,
  ],
];

function flipped(bytes: Buffer): Buffer {
  const at = bytes.length - 6;
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  return bytes;
}

function randomText(): string {
  return Array.from({ length: 2000 }, (_, index) => String(index * index)).join(" ");
}

for (const [what, archive, message] of refused) {
  test(`a layer is refused: ${what}`, async () => {
    using at = ground();
    await assert.rejects(at.apply(archive), { name: "HawserError", code: Code.InvalidArgument, message });
    at.assertOutsideUntouched();
  });
}

test("a symlink that an earlier entry has planted leads nowhere but into the root", async () => {
  for (const target of ["../outside", "../../../../../../tmp", "/", "/outside", "a/../../outside"]) {
    using at = ground();
    await at.apply(layerArchive(symlink("s", target), { name: "s/evil", data: "evil" }));
    assert.equal(readlinkSync(join(at.root, "s")), target, "the link itself is what the layer says");
    at.assertOutsideUntouched();
  }
});

test("an absolute symlink is followed as the container will follow it", async () => {
  using at = ground();
  await at.apply(
    layerArchive(dir("usr/"), dir("usr/lib/"), symlink("lib", "/usr/lib"), symlink("lib64", "lib"), {
      name: "lib64/libc.so",
      data: "library",
    }),
  );
  assert.equal(readFileSync(join(at.root, "usr/lib/libc.so"), "utf8"), "library");
});

test("a file replaces a symlink and does not write through it", async () => {
  using at = ground();
  const canary = join(at.outside, "canary");
  await at.apply(
    layerArchive(
      symlink("a", canary),
      file("a", "mine"),
      symlink("b", at.outside),
      dir("b"),
      file("b/canary", "mine"),
    ),
  );
  assert.ok(lstatSync(join(at.root, "a")).isFile());
  assert.ok(lstatSync(join(at.root, "b")).isDirectory());
  at.assertOutsideUntouched();
});

test("a hard link to a symlink is a second symlink, and replacing it touches nothing else", async () => {
  using at = ground();
  const canary = join(at.outside, "canary");
  await at.apply(layerArchive(symlink("a", canary), link("b", "a"), file("b", "mine")));
  assert.equal(readlinkSync(join(at.root, "a")), canary);
  assert.equal(readFileSync(join(at.root, "b"), "utf8"), "mine");
  at.assertOutsideUntouched();
});

test("a directory that becomes a symlink is not the way to where its files went", async () => {
  using at = ground();
  await at.apply(
    layerArchive(
      dir("d/"),
      file("d/one"),
      symlink("d", at.outside),
      { name: "d/two", data: "two" },
      { ...dir("e/"), mtimeNs: 1n },
      symlink("e", at.outside),
    ),
  );
  at.assertOutsideUntouched();
});

test("attributes of the administrator are not taken from a layer", async () => {
  using at = ground();
  const attributes = [["trusted.overlay.redirect", Buffer.from("/etc")]] as const;
  await at.apply(layerArchive({ name: "d", flag: "5", attributes }));
  const { listXattrs } = await import("../../../../../sys/xattr.ts");
  assert.deepEqual(listXattrs(join(at.root, "d")), []);
});

const bombs: [string, Buffer, Parameters<ReturnType<typeof ground>["apply"]>[1], RegExp][] = [
  [
    "bytes",
    layerArchive(file("f", "x".repeat(10_000))),
    { limits: { totalBytes: 5_000 } },
    /more than 5000 bytes/,
  ],
  [
    "entries",
    layerArchive(...["a", "b", "c"].map((name) => file(name))),
    { limits: { entries: 2 } },
    /more than 2 entries/,
  ],
  [
    "extended headers",
    layerArchive(...Array.from({ length: 5 }, () => pax("12 path=abc\n")), file("f")),
    { limits: { entries: 3 } },
    /more than 3 entries/,
  ],
  [
    "one file",
    layerArchive(file("f", "x".repeat(10_000))),
    { limits: { fileBytes: 9_999 } },
    /the file "f" has 10000 bytes/,
  ],
  [
    "ratio, gzip",
    gzipSync(layerArchive(file("f", "\0".repeat(2 ** 20)))),
    { limits: { ratio: 100, ratioFreeBytes: 2 ** 16 } },
    /more than 100 times/,
  ],
  [
    "ratio, zstd",
    zstdCompressSync(layerArchive(file("f", "\0".repeat(2 ** 20)))),
    { limits: { ratio: 100, ratioFreeBytes: 2 ** 16 } },
    /more than 100 times/,
  ],
];
for (const [what, archive, options, message] of bombs) {
  test(`a bomb is stopped: ${what}`, async () => {
    using at = ground();
    await assert.rejects(at.apply(archive, options), { code: Code.ResourceExhausted, message });
  });
}

test("device nodes are made, passed over or refused, as the policy says", async () => {
  const archive = layerArchive({ name: "null", flag: "3", major: 1, minor: 3, mode: 0o666 }, file("after"));
  using made = ground();
  await made.apply(archive);
  assert.equal(lstatSync(join(made.root, "null")).rdev, lstatSync("/dev/null").rdev);
  using skipped = ground();
  await skipped.apply(archive, { devices: "skip" });
  assert.equal(lstatSync(join(skipped.root, "null"), { throwIfNoEntry: false }), undefined);
  assert.ok(lstatSync(join(skipped.root, "after")).isFile());
  using refusedHere = ground();
  await assert.rejects(refusedHere.apply(archive, { devices: "refuse" }), {
    code: Code.InvalidArgument,
    message: /devices are not allowed/,
  });
});
