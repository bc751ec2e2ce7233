import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { ImageRoot } from "../../../../manager/oci/image-root.ts";
import { readUserTables } from "../../../../manager/oci/user.ts";
import { codeOfError } from "../../../../sys/errno.ts";
import { FileType, makeNode } from "../../../../sys/file-node.ts";
import { setXattr } from "../../../../sys/xattr.ts";
import { useSuite } from "../../../support/suite.ts";

const suite = useSuite();

type Entry = string | { link: string } | "whiteout" | "opaque";

/** Makes layers, the nearest first. */
function layers(...all: Record<string, Entry>[]): string[] {
  const base = join(suite.dir, suite.newId());
  return all.map((entries, index) => {
    const dir = join(base, String(index));
    mkdirSync(dir, { recursive: true });
    for (const [name, entry] of Object.entries(entries)) {
      const path = join(dir, name);
      mkdirSync(entry === "opaque" ? path : dirname(path), { recursive: true });
      if (typeof entry === "object") symlinkSync(entry.link, path);
      else if (entry === "whiteout") makeNode(path, FileType.characterDevice, 0);
      else if (entry === "opaque") setXattr(path, "trusted.overlay.opaque", Buffer.from("y"));
      else writeFileSync(path, entry);
    }
    return dir;
  });
}

function read(root: ImageRoot, path: string): string | undefined {
  try {
    using place = root.open(path);
    return readFileSync(`/proc/self/fd/${place.fd}`, "utf8");
  } catch (error) {
    return codeOfError(error);
  }
}

const rows: [layers: Record<string, Entry>[], path: string, text: string, why: string][] = [
  [[{ "etc/x": "1" }], "/etc/x", "1", "one layer"],
  [[{ "etc/y": "" }, { "etc/x": "1" }], "/etc/x", "1", "it shows through"],
  [[{ "etc/x": "2" }, { "etc/x": "1" }], "etc/x", "2", "the nearest counts"],
  [[{ "etc/x": "whiteout" }, { "etc/x": "1" }], "/etc/x", "ENOENT", "it was removed"],
  [[{ etc: "whiteout" }, { "etc/x": "1" }], "/etc/x", "ENOENT", "its directory was removed"],
  [[{ etc: "opaque" }, { "etc/x": "1" }], "/etc/x", "ENOENT", "its directory was made anew"],
  [[{ etc: "a file" }, { "etc/x": "1" }], "/etc/x", "ENOENT", "its directory became a file"],
  [[{}, { "etc/x": { link: "y" }, "etc/y": "1" }], "/etc/x", "1", "a link beside it"],
  [[{ "usr/y": "2" }, { "etc/x": { link: "/usr/y" } }], "/etc/x", "2", "a link to another layer"],
  [[{ "r/x": "1", "a/b": { link: "../../../../r" } }], "/a/b/x", "1", "no link leads out"],
  [[{ etc: { link: "usr/etc" }, "usr/etc/x": "1" }], "/etc/x", "1", "a directory that is a link"],
  [[{ x: { link: "y" }, y: { link: "x" } }], "/x", "ELOOP", "links in a circle"],
  [[{ x: { link: "/etc/hostname" } }], "/x", "ENOENT", "the host's file is not the image's"],
];
for (const [entries, path, text, why] of rows) {
  test(`ImageRoot.open(): ${why}`, () => {
    assert.equal(read(new ImageRoot(layers(...entries)), path), text);
  });
}

test("ImageRoot.of() knows overlays and binds, and nothing else", () => {
  const [upper = "", lower = ""] = layers({ a: "1" }, { b: "2" });
  const overlay = { type: "overlay", source: "overlay", options: [`upperdir=${upper}`, `lowerdir=${lower}`] };
  const root = ImageRoot.of([overlay]);
  assert.ok(root);
  assert.deepEqual([read(root, "/a"), read(root, "/b")], ["1", "2"]);
  const bind = ImageRoot.of([{ type: "bind", source: lower, options: ["rbind", "ro"] }]);
  assert.equal(bind && read(bind, "/b"), "2");
  assert.equal(ImageRoot.of([{ type: "ext4", source: "/dev/loop7" }]), undefined);
});

test("readUserTables() reads an image that nobody has mounted", () => {
  const root = new ImageRoot(
    layers({ "etc/passwd": "web:x:1:2" }, { "etc/group": "log:x:3:", "etc/passwd": "" }),
  );
  assert.deepEqual(readUserTables(root), { passwd: "web:x:1:2", group: "log:x:3:" });
});
