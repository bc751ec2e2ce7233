import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCopyPath } from "../../../../manager/copy/copy-path.ts";

test("parseCopyPath() tells containers, paths and streams apart", () => {
  const container = (path: string) => ({ kind: "container", container: "web", path });
  const host = (path: string) => ({ kind: "host", path });
  const rows: [string, object, string][] = [
    ["-", { kind: "stream" }, "a stream"],
    ["web:/etc/hosts", container("/etc/hosts"), "a container"],
    ["web:etc", container("/etc"), "relative to the container's root"],
    ["web:/", container("/"), "its root"],
    ["web:/.", container("/."), "what is in its root"],
    ["web:.", container("/."), "the same"],
    ["web:/a/../b/", container("/b/"), "a slash at the end stays"],
    ["web:/a/b/.", container("/a/b/."), "a dot, too"],
    ["web:../../etc", container("/etc"), "above the root is the root"],
    ["file", host("file"), "a file here"],
    ["./web:x", host("./web:x"), "a slash before the colon: here"],
    ["/tmp/a:b", host("/tmp/a:b"), "an absolute path: here"],
    [".", host("."), "this directory"],
  ];
  for (const [argument, expected, why] of rows) assert.deepEqual(parseCopyPath(argument), expected, why);
});

test("parseCopyPath() says which half is missing", () => {
  assert.throws(() => parseCopyPath(":/etc"), { message: /the container before the colon is missing/ });
  assert.throws(() => parseCopyPath("web:"), { message: /the path behind the colon is missing/ });
  assert.throws(() => parseCopyPath(""), { message: /a path is missing/ });
});
