import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const run = promisify(execFile);
const rootDir = join(import.meta.dirname, "../../..");

test("builds at the same time wait for each other, and leave whole executables that know their version", async () => {
  const build = () => run(process.execPath, [join(rootDir, "scripts/build.ts")]);
  for (const { stderr } of await Promise.all(Array.from({ length: 4 }, build))) assert.equal(stderr, "");
  for (const dir of ["bin", "dist"]) {
    const names = readdirSync(join(rootDir, dir));
    assert.deepEqual(
      names.filter((name) => name.endsWith(".new")),
      [],
    );
  }
  const { version } = JSON.parse(readFileSync(join(rootDir, "package.json"), "utf8")) as { version: string };
  for (const name of ["hawser", "containerd-shim-hawser-v2"]) {
    const { stdout } = await run(join(rootDir, "bin", name), ["-v"]);
    assert.ok(stdout.includes(version), stdout);
  }
});
