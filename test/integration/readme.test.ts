// The tour of README.md, as a reader would type it: each block in the order of the page, in a shell with `hawser` on its PATH and a
// hawserd that the first command starts. What a block prints is compared with the block of text behind it, a pattern for each line.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { before, test } from "node:test";
import { begin } from "../support/begin.ts";
import { command } from "../support/command.ts";
import { HawserPlace } from "../support/hawser-place.ts";
import { useSuite } from "../support/suite.ts";

const rootDir = resolve(import.meta.dirname, "../..");
const page = readFileSync(join(rootDir, "README.md"), "utf8");
const TOUR = /^```sh tour\n([\s\S]*?)^```\n\n```text\n([\s\S]*?)^```$/gm;
const blocks = [...page.matchAll(TOUR)];

const suite = useSuite({
  onEnd: async () => {
    if (place === undefined) return;
    const namespace = env["HAWSER_NAMESPACE"] ?? "";
    const { stdout } = await place.hawser(["ps", "--all", "--quiet", "--no-start"], { env });
    const ids = stdout.split("\n").filter((id) => id !== "");
    if (ids.length > 0) await place.hawser(["rm", "--force", ...ids], { env });
    await place[Symbol.asyncDispose]();
    await rm(join("/run/containerd/runc", namespace), { recursive: true, force: true });
  },
});
let place: HawserPlace | undefined;
let env: NodeJS.ProcessEnv = {};

before(async () => {
  await begin(suite);
  const dir = join(suite.dir, "d");
  await mkdir(dir);
  place = new HawserPlace(dir);
  env = {
    ...place.env,
    PATH: `${join(rootDir, "bin")}:${process.env["PATH"]}`,
    HAWSER_NAMESPACE: suite.newId(),
  };
});

test("the page has its tour", () => {
  assert.equal(blocks.length, page.match(/^```sh tour$/gm)?.length);
  assert.ok(blocks.length >= 4);
});

for (const [index, [, script = "", expected = ""]] of blocks.entries()) {
  const name = script.trim().split("\n").at(-1) ?? "";
  test(`README.md, step ${index + 1}: ${name.slice(0, 60)}`, { timeout: 60_000 }, async () => {
    const { stdout } = await command("bash", ["-e", "-o", "pipefail", "-c", script], { env });
    const lines = stdout.trimEnd().split("\n");
    const patterns = expected.trimEnd().split("\n");
    assert.equal(lines.length, patterns.length, stdout);
    for (const [at, pattern] of patterns.entries()) assert.match(lines[at] ?? "", new RegExp(`^${pattern}$`));
  });
}

test("every link of the pages leads to a file", async () => {
  const { stdout } = await command("git", ["-C", rootDir, "ls-files", "*.md"]);
  const missing: string[] = [];
  for (const name of stdout.trim().split("\n")) {
    const text = readFileSync(join(rootDir, name), "utf8");
    for (const [, target = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      const path = target.split("#")[0] ?? "";
      if (path === "" || /^[a-z]+:/.test(path)) continue;
      if (!existsSync(join(rootDir, dirname(name), path))) missing.push(`${name}: ${target}`);
    }
  }
  assert.deepEqual(missing, []);
});
