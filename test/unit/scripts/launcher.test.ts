import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { launcherText } from "../../../scripts/launcher.ts";

const run = promisify(execFile);

// A tree like the repository's, at a path that needs quoting, whose program prints what it was given.
async function tree(context: TestContext): Promise<{ dir: string; launcher: string }> {
  const base = await mkdtemp(join(tmpdir(), "hawser-launcher-"));
  context.after(() => rm(base, { recursive: true }));
  const dir = join(base, "a tree");
  for (const name of ["bin", "dist", "node_modules/node/bin"])
    await mkdir(join(dir, name), { recursive: true });
  await symlink(process.execPath, join(dir, "node_modules/node/bin/node"));
  const program =
    "console.log(JSON.stringify([process.argv.slice(2), process.execArgv, process.env.NODE_OPTIONS ?? '']));";
  await writeFile(join(dir, "dist/program.cjs"), program);
  const launcher = join(dir, "bin/program");
  const executable = {
    name: "program",
    entry: "main.ts",
    bundle: "program.cjs",
    nodeArgs: ["--no-warnings"],
  };
  await writeFile(
    launcher,
    launcherText({ ...executable, isEnvironmentClean: true, staysAfterStart: false }),
    { mode: 0o755 },
  );
  return { dir, launcher };
}

const said = JSON.stringify([["a b", ""], ["--no-warnings"], ""]);
const env = { PATH: process.env["PATH"], NODE_OPTIONS: "--trace-warnings" };

test("a launcher runs from any directory, with its arguments as they are and without NODE_OPTIONS", async (context) => {
  const { dir, launcher } = await tree(context);
  for (const [path, cwd] of [
    [launcher, "/"],
    ["./program", join(dir, "bin")],
    ["bin/program", dir],
  ] as const) {
    const { stdout, stderr } = await run(path, ["a b", ""], { cwd, env });
    assert.deepEqual([stdout.trim(), stderr], [said, ""]);
  }
});

test("a launcher runs through symlinks, from a PATH, and by sh", async (context) => {
  const { dir, launcher } = await tree(context);
  const elsewhere = join(dir, "..", "elsewhere");
  await mkdir(elsewhere);
  await symlink(launcher, join(elsewhere, "first"));
  await symlink("first", join(elsewhere, "second"));
  const path = `${elsewhere}:${env.PATH}`;
  const { stdout } = await run("second", ["a b", ""], { cwd: "/", env: { ...env, PATH: path } });
  assert.equal(stdout.trim(), said);
  const bySh = await run("sh", ["program", "a b", ""], { cwd: join(dir, "bin"), env });
  assert.equal(bySh.stdout.trim(), said);
});

test("a launcher without its Node says what to do", async (context) => {
  const { dir, launcher } = await tree(context);
  await rm(join(dir, "node_modules"), { recursive: true });
  await assert.rejects(run(launcher, []), { code: 1, stderr: /^program: .*node is missing: run npm ci in / });
});
