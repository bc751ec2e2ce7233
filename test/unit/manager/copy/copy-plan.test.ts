import assert from "node:assert/strict";
import { test } from "node:test";
import { type FoundPath, parentOf, planCopy } from "../../../../manager/copy/copy-plan.ts";

const file = (path: string): FoundPath => ({ path, kind: "other", hasParent: true });
const directory = (path: string): FoundPath => ({ path, kind: "directory", hasParent: true });
const missing = (path: string, hasParent = true): FoundPath => ({ path, kind: "missing", hasParent });

test("planCopy() puts things where docker puts them", () => {
  const rows: [FoundPath, FoundPath, string, string | undefined, string][] = [
    [file("/a/f"), directory("/d"), "/d", "f", "a file into a directory keeps its name"],
    [file("/a/f"), directory("/d/"), "/d/", "f", "with a slash, too"],
    [file("/a/f"), missing("/d/new"), "/d", "new", "a file to a free name gets it"],
    [file("/a/f"), file("/d/old"), "/d", "old", "a file replaces a file"],
    [file("f"), missing("new"), ".", "new", "relative names are those of this directory"],
    [file("/a/f"), missing("/new"), "/", "new", "the root is a parent"],
    [directory("/a/d"), directory("/e"), "/e", "d", "a directory into a directory keeps its name"],
    [directory("/a/d/"), directory("/e"), "/e", "d", "with a slash, too"],
    [directory("/a/d/."), directory("/e"), "/e", undefined, "its contents go into the directory"],
    [directory("."), directory("/e"), "/e", undefined, "this directory is its contents"],
    [directory("/a/d"), missing("/e/new"), "/e", "new", "a directory to a free name gets it"],
    [directory("/a/d"), missing("/e/new/"), "/e", "new", "with a slash, too"],
    [
      directory("/a/d/."),
      missing("/e/new"),
      "/e",
      "new",
      "its contents, too: the directory is made for them",
    ],
    [directory("/"), directory("/e"), "/e", undefined, "the root has no name"],
  ];
  for (const [source, destination, into, name, why] of rows) {
    assert.deepEqual(planCopy(source, destination), { directory: into, name }, why);
  }
});

test("planCopy() refuses what docker refuses, and says what to do", () => {
  const rows: [FoundPath, FoundPath, RegExp][] = [
    [missing("/a"), directory("/d"), /^copy "\/a": there is no such file or directory$/],
    [file("/a/"), directory("/d"), /^copy "\/a\/": it is no directory; leave the slash away$/],
    [file("/a"), missing("/d/"), /^copy "\/d\/": there is no such directory; make it first/],
    [file("/a"), missing("/d/e", false), /^copy "\/d\/e": the directory that it would be in is not there/],
    [directory("/a"), file("/d"), /^copy "\/d": it is no directory; name one, or another path$/],
    [file("/a"), file("/d/"), /^copy "\/d\/": it is no directory/],
  ];
  for (const [source, destination, message] of rows) {
    assert.throws(() => planCopy(source, destination), { message });
  }
});

test("parentOf() is the directory of a path", () => {
  const rows = [
    ["/a/b", "/a"],
    ["/a/b/", "/a"],
    ["/a/b/.", "/a"],
    ["/a", "/"],
    ["a", "."],
    ["a/", "."],
    ["/", "/"],
  ] as const;
  for (const [path, parent] of rows) assert.equal(parentOf(path), parent, path);
});
