import assert from "node:assert/strict";
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { mountAll, unmountAll } from "../../../../../sys/mount.ts";
import { type LayerEntry, layerArchive } from "../../../../support/layer-archive.ts";
import { temporaryDir } from "../../../../support/temporary-directory.ts";
import { treeListing } from "../../../../support/tree-listing.ts";
import { ground } from "./support.ts";

const dir = (name: string): LayerEntry => ({ name, flag: "5" });
const file = (name: string): LayerEntry => ({ name, data: name });

/** What the layers below have: `d` and `e` with two files each, and `f`. */
const BELOW = ["d/", "d/one", "d/two", "e/", "e/one", "e/sub/", "e/sub/two", "f"];

function makeBelow(root: string): void {
  for (const name of BELOW) {
    if (name.endsWith("/")) mkdirSync(join(root, name), { recursive: true });
    else writeFileSync(join(root, name), "below");
  }
}

// What the layer does → its entries, and what is there afterwards.
const table: [string, LayerEntry[], string[]][] = [
  ["hides a file", [file(".wh.f")], ["d", "d/one", "d/two", "e", "e/one", "e/sub", "e/sub/two"]],
  ["hides a directory", [file(".wh.d")], ["e", "e/one", "e/sub", "e/sub/two", "f"]],
  [
    "hides a file in a directory",
    [dir("d"), file("d/.wh.one")],
    ["d", "d/two", "e", "e/one", "e/sub", "e/sub/two", "f"],
  ],
  [
    "hides in a directory it does not mention",
    [file("e/sub/.wh.two"), file(".wh.d")],
    ["e", "e/one", "e/sub", "f"],
  ],
  [
    "hides what is not there",
    [file(".wh.nothing"), file("new/.wh.nothing"), file(".wh.d")],
    ["e", "e/one", "e/sub", "e/sub/two", "f", "new"],
  ],
  [
    "makes a directory opaque",
    [dir("e"), file("e/.wh..wh..opq"), file("e/new"), file(".wh.d")],
    ["e", "e/new", "f"],
  ],
  [
    "makes it opaque behind its own files",
    [dir("e"), file("e/new"), file("e/.wh..wh..opq"), file(".wh.d")],
    ["e", "e/new", "f"],
  ],
  [
    "makes a directory opaque that it also fills below",
    [dir("e"), dir("e/sub"), file("e/sub/new"), file("e/.wh..wh..opq"), file(".wh.d")],
    ["e", "e/sub", "e/sub/new", "f"],
  ],
  [
    "hides a directory and brings it back",
    [file(".wh.e"), dir("e"), file("e/new"), file(".wh.d")],
    ["e", "e/new", "f"],
  ],
  [
    "brings a directory and hides the old one",
    [dir("e"), file("e/new"), file(".wh.e"), file(".wh.d")],
    ["e", "e/new", "f"],
  ],
  [
    "hides a directory and puts files into it",
    [file(".wh.e"), file("e/new"), file(".wh.d")],
    ["e", "e/new", "f"],
  ],
  ["hides a file and brings it back", [file(".wh.f"), file("f"), file(".wh.d"), file(".wh.e")], ["f"]],
  ["brings a file and hides the old one", [file("f"), file(".wh.f"), file(".wh.d"), file(".wh.e")], ["f"]],
  ["replaces a directory by a file", [file("e"), file(".wh.d")], ["e", "f"]],
  [
    "replaces a directory by a file and that by a directory",
    [file("e"), dir("e"), file(".wh.d")],
    ["e", "f"],
  ],
  ["replaces a file by a directory", [dir("f"), file("f/in"), file(".wh.d"), file(".wh.e")], ["f", "f/in"]],
  [
    "makes the root opaque",
    [file("new"), dir("d"), file("d/three"), file(".wh..wh..opq")],
    ["d", "d/three", "new"],
  ],
  [
    "makes the root opaque first",
    [file(".wh..wh..opq"), file("new"), dir("d"), file("d/three")],
    ["d", "d/three", "new"],
  ],
  [
    "carries what AUFS left",
    [file(".wh..wh.aufs"), dir(".wh..wh.plnk"), file(".wh..wh.plnk/1.2"), file(".wh.d"), file(".wh.e")],
    ["f"],
  ],
];

const names = (root: string): string[] =>
  treeListing(root).map((line) => JSON.parse(/^"[^"]*"/.exec(line)?.[0] ?? ""));

for (const [what, entries, expected] of table) {
  test(`in a plain directory, a layer that ${what}`, async () => {
    using at = ground();
    makeBelow(at.root);
    await at.apply(layerArchive(...entries));
    assert.deepEqual(names(at.root), expected);
  });

  test(`in an overlay, a layer that ${what}`, async () => {
    using at = ground();
    using dir = temporaryDir();
    const [lower, work, merged] = ["lower", "work", "merged"].map((name) => join(dir.path, name));
    assert.ok(lower && work && merged);
    for (const path of [lower, work, merged]) mkdirSync(path);
    makeBelow(lower);
    await at.apply(layerArchive(...entries), { kind: "overlay", lowerDirs: [lower] });
    await using scope = new AsyncDisposableStack();
    scope.defer(async () => void (await unmountAll(merged)));
    const options = [`lowerdir=${lower}`, `upperdir=${at.root}`, `workdir=${work}`];
    await mountAll([{ type: "overlay", source: "overlay", options }], merged);
    assert.deepEqual(names(merged), expected);
  });
}

test("a directory that a layer does not mention keeps its owner and mode from below", async () => {
  using at = ground();
  using lower = temporaryDir();
  mkdirSync(join(lower.path, "private/sub"), { recursive: true });
  chmodSync(join(lower.path, "private"), 0o2750);
  chownSync(join(lower.path, "private"), 12, 34);
  chmodSync(join(lower.path, "private"), 0o2750);
  symlinkSync("private", join(lower.path, "link"));
  await at.apply(layerArchive(file("private/sub/new"), file("link/x")), {
    kind: "overlay",
    lowerDirs: ["/nowhere", lower.path],
  });
  const { mode, uid, gid } = lstatSync(join(at.root, "private"));
  assert.deepEqual([mode & 0o7777, uid, gid], [0o2750, 12, 34]);
  assert.ok(existsSync(join(at.root, "link/x")));
});

test("a second layer into the same directory hides the first's files", async () => {
  using at = ground();
  await at.apply(layerArchive(dir("d"), file("d/one"), file("f")));
  await at.apply(layerArchive(file(".wh.f"), file("d/.wh..wh..opq"), file("d/two")));
  assert.deepEqual(names(at.root), ["d", "d/two"]);
});
