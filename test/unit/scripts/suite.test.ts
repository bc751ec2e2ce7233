import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { runSuite, type StageResult, type SuiteOptions } from "../../../scripts/testing/suite.ts";

const ok = 'import { test } from "node:test";\ntest("ok", () => {});\n';

// Runs a suite of the given files and returns what it found and printed.
async function run(
  context: TestContext,
  files: Record<string, string>,
  more: Partial<SuiteOptions> = {},
): Promise<{ result: StageResult; printed: string }> {
  const rootDir = await mkdtemp(join(tmpdir(), "hawser-suite-"));
  context.after(() => rm(rootDir, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    const path = join(rootDir, "test", name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  let printed = "";
  const print = (text: string) => {
    printed += text;
  };
  const options = { rootDir, testDir: join(rootDir, "test"), only: [], nodeArgs: [], print, ...more };
  const result = await runSuite("faults", { signal: new AbortController().signal, ...options });
  return { result, printed };
}

// Gone, or a zombie that nobody reaps.
async function isDead(pid: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "1 (gone) Z");
  return /\) [ZX]/.test(stat);
}

test("runSuite() runs the files of its suite and of no other", async (context) => {
  const { result, printed } = await run(context, {
    "faults/a.test.ts": ok,
    "faults/deep/b.test.ts": ok,
    "faults/support.ts": "throw new Error();",
    "unit/c.test.ts": "throw new Error();",
  });
  assert.deepEqual(result.problems, []);
  assert.deepEqual([result.passed, result.failed], [2, 0]);
  assert.match(printed, /ok {3}test\/faults\/deep\/b\.test\.ts \(1 passed/);
});

test("runSuite() fails a suite that has no directory, and one that has no tests", async (context) => {
  for (const files of [{}, { "faults/readme.md": "" }]) {
    const { result } = await run(context, files);
    assert.deepEqual([result.passed, result.failed], [0, 1]);
    assert.match(result.problems[0] ?? "", /no tests/);
  }
});

test("runSuite() fails when no file is called what was asked for", async (context) => {
  const { result } = await run(context, { "faults/a.test.ts": ok }, { only: ["nowhere"] });
  assert.match(result.problems[0] ?? "", /no file of the suite has "nowhere"/);
});

test("runSuite() fails when no test is called what was asked for", async (context) => {
  const { result } = await run(
    context,
    { "faults/a.test.ts": ok },
    { nodeArgs: ["--test-name-pattern=nowhere"] },
  );
  assert.deepEqual([result.passed, result.problems], [0, ["no tests were run"]]);
});

test("runSuite() shows what a failing file printed, and fails skips", async (context) => {
  const { result, printed } = await run(context, {
    "faults/a.test.ts":
      'import { test } from "node:test";\ntest("no", () => { throw new Error("boom"); });\n',
    "faults/b.test.ts": 'import { test } from "node:test";\ntest("later", { skip: "not here" }, () => {});\n',
    "faults/c.test.ts": ok,
  });
  assert.deepEqual([result.passed, result.failed], [1, 2]);
  assert.match(printed, /boom[\s\S]*FAIL test\/faults\/a\.test\.ts/);
  assert.match(result.problems.join("\n"), /b\.test\.ts: skipped: "later" \(not here\)/);
});

test("runSuite() kills a test that hangs, with its children, and names it", async (context) => {
  const hangs = [
    'import { test } from "node:test";',
    'import { spawn } from "node:child_process";',
    'test("hangs", async () => {',
    '  const child = spawn("sleep", ["1000"], { stdio: "inherit" });',
    "  console.log(`child ${child.pid}.`);",
    '  await new Promise((resolve) => child.once("exit", resolve));',
    "});",
  ].join("\n");
  const limits = { fileDeadlineMs: 1500 };
  const { result, printed } = await run(
    context,
    { "faults/a.test.ts": hangs, "faults/b.test.ts": ok },
    { limits },
  );
  assert.match(result.problems.join("\n"), /a\.test\.ts: killed: did not end within 1\.5 s in test "hangs"/);
  const pid = /child (\d+)\./.exec(printed)?.[1];
  assert.ok(pid !== undefined, printed);
  assert.ok(await isDead(pid), `process ${pid} lives`);
});

test("runSuite() kills a file whose tests have ended but left something open", async (context) => {
  const leaks = 'import { test } from "node:test";\ntest("leaks", () => { setInterval(() => {}, 1000); });\n';
  const limits = { idleMs: 500 };
  const { result } = await run(context, { "faults/a.test.ts": leaks, "faults/b.test.ts": ok }, { limits });
  assert.match(
    result.problems.join("\n"),
    /a\.test\.ts: killed: all tests ended, but something they left open/,
  );
});
