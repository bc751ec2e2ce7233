import assert from "node:assert/strict";
import { chmodSync, chownSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { copyTree } from "../../../../manager/trees/copy-tree.ts";
import { measureTree } from "../../../../manager/trees/measure-tree.ts";
import { deviceNumber, FileType, makeNode, setTimes } from "../../../../sys/file-node.ts";
import { setXattr } from "../../../../sys/xattr.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";
import { treeListing } from "../../../support/tree-listing.ts";

function makeTree(dir: string): void {
  const at = (name: string): string => join(dir, name);
  mkdirSync(at("d/e"), { recursive: true });
  writeFileSync(at("d/file"), "text".repeat(1_000));
  linkSync(at("d/file"), at("d/e/again"));
  writeFileSync(at("setuid"), "x");
  chownSync(at("setuid"), 1000, 1000);
  setXattr(
    at("setuid"),
    "security.capability",
    Buffer.from("0100000200040000000000000000000000000000", "hex"),
  );
  chmodSync(at("setuid"), 0o4755);
  setXattr(at("d"), "user.mark", Buffer.from("x"));
  symlinkSync("d/nowhere", at("link"));
  makeNode(at("device"), FileType.blockDevice | 0o600, deviceNumber(7, 1));
  makeNode(at("whiteout"), FileType.characterDevice, 0);
  makeNode(at("fifo"), FileType.fifo | 0o600);
  makeNode(at("socket"), FileType.socket | 0o600);
  writeFileSync(Buffer.concat([Buffer.from(`${dir}/latin-`), Buffer.from([0xe9])]), "x");
  chmodSync(at("d/e"), 0o1700);
  for (const name of ["d/e", "d", "link", "fifo"]) setTimes(at(name), 7n, 1_500_000_000_987_654_321n);
}

test("a copy is the same in everything that belongs to its files", () => {
  using source = temporaryDir();
  using target = temporaryDir();
  makeTree(source.path);
  copyTree({ source: source.path, target: target.path });
  assert.deepEqual(treeListing(target.path), treeListing(source.path));
  assert.deepEqual(measureTree({ dir: target.path }), measureTree({ dir: source.path }));
});

test("measuring counts an inode once, however many names it has, and nothing for what is not there", () => {
  using dir = temporaryDir();
  makeTree(dir.path);
  const { inodes, sizeBytes } = measureTree({ dir: dir.path });
  // The top, d, d/e, file, setuid, link, device, whiteout, fifo, socket, latin.
  assert.equal(inodes, 11);
  assert.ok(sizeBytes >= 4_000);
  assert.deepEqual(measureTree({ dir: join(dir.path, "missing") }), { sizeBytes: 0, inodes: 0 });
});
