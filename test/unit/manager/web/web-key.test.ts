import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadWebKey } from "../../../../manager/web/web-key.ts";
import { isFailedPrecondition } from "../../../../proto/errors.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";

test("the token is made once, private, and the same ever after, until a new one is asked for", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "deep/web.key");
  const token = loadWebKey(path);
  assert.match(token, /^[\w-]{43}$/);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(loadWebKey(path), token);
  const other = loadWebKey(path, { isNew: true });
  assert.notEqual(other, token);
  assert.equal(readFileSync(path, "utf8"), `${other}\n`);
});

const token = "x".repeat(43);
const cases: readonly [what: string, make: (path: string) => void, says: RegExp][] = [
  [
    "that others may read",
    (path) => writeFileSync(path, token, { mode: 0o640 }),
    /others may use it \(mode 0640\)/,
  ],
  ["that is a link", (path) => symlinkSync("/etc/hostname", path), /symbolic link/],
  ["that is a directory", (path) => mkdirSync(path, { mode: 0o700 }), /it is not a file/],
  ["that holds something else", (path) => writeFileSync(path, "short", { mode: 0o600 }), /it is no token/],
];
for (const [what, make, says] of cases) {
  test(`a file ${what} is refused, not used`, () => {
    using dir = temporaryDir();
    const path = join(dir.path, "web.key");
    make(path);
    assert.throws(
      () => loadWebKey(path),
      (error: Error) => isFailedPrecondition(error) && says.test(error.message),
    );
  });
}
