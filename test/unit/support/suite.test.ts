import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { useSuite } from "../../support/suite.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";

const suite = useSuite();

test("useSuite() gives a directory and ids that carry the id of the suite", async () => {
  assert.ok(existsSync(suite.dir));
  assert.ok(suite.dir.includes(suite.id));
  const [one, two] = [suite.newId(), suite.newId()];
  assert.ok(one.startsWith(suite.id) && two.startsWith(suite.id) && one !== two);
  // Goes away with the suite's directory, before the leak check.
  await writeFile(join(suite.dir, one), "");
});

test("TemporaryDirectory is gone with all that is in it, also twice", async () => {
  const dir = await TemporaryDirectory.create(suite.id);
  await mkdir(dir.join("a", "b"), { recursive: true });
  await dir[Symbol.asyncDispose]();
  assert.equal(existsSync(dir.path), false);
  await dir[Symbol.asyncDispose]();
});
