import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { deviceNumber, FileType, makeNode, setTimes } from "../../../../../sys/file-node.ts";
import { setXattr } from "../../../../../sys/xattr.ts";
import { entryBytes, layerArchive } from "../../../../support/layer-archive.ts";
import { temporaryDir } from "../../../../support/temporary-directory.ts";
import { treeListing } from "../../../../support/tree-listing.ts";
import { ground } from "./support.ts";

// VFS_CAP_REVISION_2 with cap_net_bind_service, as setcap writes it.
const CAPABILITY = Buffer.from("0100000200040000000000000000000000000000", "hex");

/** One of every kind of file that an image can hold, with everything that can belong to it. */
function makeEverything(dir: string): void {
  const at = (name: string): string => join(dir, name);
  mkdirSync(at("sub/deep"), { recursive: true });
  mkdirSync(at("sticky"));
  chmodSync(at("sticky"), 0o1777);
  mkdirSync(at("setgid"));
  chownSync(at("setgid"), 0, 50);
  chmodSync(at("setgid"), 0o2775);
  mkdirSync(at("closed"));
  chmodSync(at("closed"), 0);
  writeFileSync(at("closed/inside"), "still here");
  writeFileSync(at("empty"), "");
  writeFileSync(at("setgid/file"), "x");
  writeFileSync(at("sub/big"), Buffer.alloc(3_000_001, "big"));
  writeFileSync(at("setuid"), "#!/bin/sh\n");
  chownSync(at("setuid"), 1000, 2000);
  chmodSync(at("setuid"), 0o6755);
  writeFileSync(at("capable"), "program");
  setXattr(at("capable"), "security.capability", CAPABILITY);
  setXattr(at("capable"), "user.mark", Buffer.from("a=b\nc"));
  setXattr(at("sub"), "user.dir", Buffer.from("on a directory"));
  writeFileSync(at("nobody"), "");
  chownSync(at("nobody"), 4_000_000_000, 3_000_000);
  chmodSync(at("nobody"), 0o000);
  linkSync(at("sub/big"), at("sub/deep/second name"));
  symlinkSync("../nowhere/at all", at("sub/dangling"));
  symlinkSync("/etc/passwd", at("absolute"));
  lchownSync(at("absolute"), 1000, 1000);
  symlinkSync("x".repeat(300), at("long-link"));
  makeNode(at("fifo"), FileType.fifo | 0o640);
  makeNode(at("char"), FileType.characterDevice | 0o666, deviceNumber(1, 3));
  makeNode(at("block"), FileType.blockDevice | 0o660, deviceNumber(259, 300));
  writeFileSync(at(`${"long".repeat(50)}`), "long name");
  mkdirSync(at(`${"d".repeat(90)}/${"e".repeat(90)}`), { recursive: true });
  writeFileSync(at(`${"d".repeat(90)}/${"e".repeat(90)}/file`), "deep");
  writeFileSync(at("Főtanúsítvány ünï"), "UTF-8");
  writeFileSync(Buffer.concat([Buffer.from(`${dir}/latin-`), Buffer.from([0xe9, 0xff])]), "no UTF-8");
  writeFileSync(at("line\nbreak"), "");
  for (const name of ["sub/big", "empty", "sub", "setgid", "absolute", "fifo"]) {
    setTimes(at(name), 5n, 1_600_000_000_123_456_789n);
  }
  setTimes(at("capable"), 5n, -1_500_000_000n);
}

const formats: [string, string[]][] = [
  ["PAX", ["--format=pax", "--xattrs", "--xattrs-include=*"]],
  ["GNU", ["--format=gnu"]],
];
for (const [name, options] of formats) {
  test(`what GNU tar packs in format ${name} is unpacked as GNU tar does it`, async () => {
    using source = temporaryDir();
    using reference = temporaryDir();
    using at = ground();
    makeEverything(source.path);
    const names = readdirSync(source.path, { encoding: "buffer" }).map((entry) => entry.toString("latin1"));
    const list = join(reference.path, "names");
    writeFileSync(list, Buffer.from(names.join("\0"), "latin1"));
    const archive = execFileSync("tar", [...options, "-C", source.path, "-c", "--null", "-T", list], {
      maxBuffer: 2 ** 26,
    });
    const expected = join(reference.path, "tree");
    mkdirSync(expected);
    const extract = ["-C", expected, "-x", "-p", "--numeric-owner", "--xattrs", "--xattrs-include=*"];
    execFileSync("tar", extract, { input: archive });
    const { diffId, sizeBytes } = await at.apply(archive);
    assert.deepEqual(treeListing(at.root), treeListing(expected));
    if (name === "PAX") assert.deepEqual(treeListing(at.root), treeListing(source.path));
    assert.equal(diffId, `sha256:${createHash("sha256").update(archive).digest("hex")}`);
    assert.equal(sizeBytes, archive.length);
  });
}

test("compression is found by its first bytes, and the diff id is that of the uncompressed bytes", async () => {
  const archive = layerArchive({ name: "f", data: "data ".repeat(100_000) });
  const want = `sha256:${createHash("sha256").update(archive).digest("hex")}`;
  const members = Buffer.concat([gzipSync(archive.subarray(0, 5_000)), gzipSync(archive.subarray(5_000))]);
  const frames = Buffer.concat([
    zstdCompressSync(archive.subarray(0, 700)),
    zstdCompressSync(archive.subarray(700)),
  ]);
  for (const bytes of [archive, gzipSync(archive), members, zstdCompressSync(archive), frames]) {
    using at = ground();
    assert.deepEqual(await at.apply(bytes), { diffId: want, sizeBytes: archive.length });
    assert.equal(readFileSync(join(at.root, "f"), "utf8"), "data ".repeat(100_000));
  }
});

test("an empty layer, and one that ends without its zeros, are layers", async () => {
  using at = ground();
  await at.apply(Buffer.alloc(1024));
  await at.apply(Buffer.alloc(0));
  await at.apply(entryBytes({ name: "f", data: "x" }));
  await at.apply(Buffer.concat([layerArchive({ name: "g" }), Buffer.alloc(10_000, 1)]));
  assert.deepEqual(readdirSync(at.root), ["f", "g"]);
});

test("names from the root on, doubled slashes and dots mean what they mean to tar", async () => {
  using at = ground();
  await at.apply(
    layerArchive(
      { name: "./", flag: "5", mode: 0 },
      { name: "./a//b/./c", data: "1" },
      { name: "/etc/x", data: "2" },
      { name: "old-style/", flag: "0" },
    ),
  );
  assert.deepEqual(
    treeListing(at.root, { times: true }).map((line) => line.split(" ").slice(0, 2).join(" ")),
    [`"a" 40755`, `"a/b" 40755`, `"a/b/c" 100644`, `"etc" 40755`, `"etc/x" 100644`, `"old-style" 40644`],
  );
});

test("the last entry of a name is what is there, whatever was there before", async () => {
  const kinds = [
    { name: "x", data: "file" },
    { name: "x", flag: "5" },
    { name: "x", flag: "2", linkName: "y" },
    { name: "x", flag: "6" },
    { name: "x", flag: "1", linkName: "y" },
  ];
  for (const before of kinds) {
    for (const after of kinds) {
      using at = ground();
      await at.apply(
        layerArchive(
          { name: "y", data: "y" },
          before,
          ...(before.flag === "5" ? [{ name: "x/in" }] : []),
          after,
        ),
      );
      using alone = ground();
      const kept = before.flag === "5" && after.flag === "5" ? [before, { name: "x/in" }] : [];
      await alone.apply(layerArchive({ name: "y", data: "y" }, ...kept, after));
      assert.deepEqual(treeListing(at.root, { times: true }), treeListing(alone.root, { times: true }));
    }
  }
});

test("an archive in pieces of any size is the same archive", async () => {
  const { TarReader } = await import("../../../../../manager/images/unpack/tar-reader.ts");
  const archive = layerArchive(
    { name: "ü".repeat(80), data: "x".repeat(1_300) },
    { name: "d/", flag: "5" },
    { name: "l", flag: "2", linkName: "z".repeat(150) },
  );
  const read = (size: number): string[] => {
    const seen: string[] = [];
    let bytes = "";
    const reader = new TarReader({
      entry: ({ name, linkName, type, size }) => seen.push(`${name} ${linkName} ${type} ${size}`),
      data: (piece) => {
        bytes += piece.toString();
      },
      entryEnd: () => {
        seen.push(`end ${bytes}`);
        bytes = "";
      },
      extension: () => undefined,
    });
    for (let at = 0; at < archive.length; at += size) reader.push(archive.subarray(at, at + size));
    reader.end();
    return seen;
  };
  const whole = read(archive.length);
  assert.equal(whole.length, 6);
  for (const size of [1, 7, 511, 512, 513, 1_000])
    assert.deepEqual(read(size), whole, `in pieces of ${size}`);
});
