import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeadlineExceeded, isFailedPrecondition } from "../../../../proto/errors.ts";
import { DirectStdio } from "../../../../shim/stdio/direct.ts";
import { LoggerOutputs } from "../../../../shim/stdio/logger-outputs.ts";
import { planStdio } from "../../../../shim/stdio/spec.ts";
import { until } from "../../../support/until.ts";
import { exitOf, fixture, run, stdioTest } from "./support.ts";

const MIB = 1024 * 1024;

stdioTest("a logger gets both streams, its arguments, and no other environment", async ({ dir, open }) => {
  const [out, err] = [join(dir, "out.log"), join(dir, "err.log")];
  const stdout = `binary://${fixture("logger-ready")}?out=${out}&err=${err}&flag`;
  const stdio = await open({ stdout, stderr: stdout });
  const child = run(stdio, "sh", "-c", "echo to out; echo to err >&2");
  await stdio.spawned();
  assert.equal(await exitOf(child), "0");
  assert.equal(await stdio.drained(10_000), "complete");
  await stdio[Symbol.asyncDispose]();
  assert.equal(readFileSync(out, "utf8"), "to out\n");
  assert.equal(readFileSync(err, "utf8"), "to err\n");
  assert.deepEqual(readFileSync(`${out}.env`, "utf8").trim().split("\n").sort(), [
    "CONTAINER_ID=web",
    "CONTAINER_NAMESPACE=tests",
  ]);
  assert.deepEqual(readFileSync(`${out}.args`, "utf8").trim().split("\n"), ["out", out, "err", err, "flag"]);
});

stdioTest("a burst reaches a logger whole, without a copy of ours", async ({ dir, open }) => {
  const out = join(dir, "out.log");
  await using stdio = await open({ stdout: `binary-v2://${fixture("logger-byte")}?out=${out}` });
  assert.equal(stdio.child.stderr, "ignore");
  const child = run(stdio, "head", "-c", String(8 * MIB), "/dev/zero");
  await stdio.spawned();
  await exitOf(child);
  assert.equal(await stdio.drained(10_000), "complete");
  assert.equal(readFileSync(out).length, 8 * MIB);
});

const failures: [scheme: string, name: string, message: RegExp][] = [
  ["binary", "logger-dies", /^start logger ".*logger-dies": exited with status 3 before it was ready$/],
  ["binary-v2", "logger-dies", /^start logger ".*logger-dies": exited with status 3 before it was ready$/],
  ["binary-v2", "logger-mute", /^start logger ".*logger-mute": closed descriptor 5 without a byte$/],
  ["binary", "logger-missing", /^start logger ".*logger-missing": no such file or directory$/],
  ["binary", "", /^start logger ".*": permission denied$/],
];
for (const [scheme, name, message] of failures) {
  stdioTest(`${scheme}: ${name || "a directory"} is one clear error`, async ({ open }) => {
    await assert.rejects(open({ stdout: `${scheme}://${fixture(name)}` }), (error: Error) => {
      assert.match(error.message, message);
      assert.ok(isFailedPrecondition(error) || name === "");
      return true;
    });
  });
}

stdioTest("a logger that never gets ready is killed at the deadline", async ({ open }) => {
  const stdout = `binary://${fixture("logger-silent")}`;
  await assert.rejects(open({ stdout }, AbortSignal.timeout(300)), (error: Error) => {
    assert.ok(isDeadlineExceeded(error));
    assert.match(error.message, /^start logger ".*logger-silent": not ready in time$/);
    return true;
  });
});

stdioTest("a container outlives its logger: no stall, no SIGPIPE, and cut is said", async (context) => {
  const { notices, open } = context;
  await using stdio = await open({ stdout: `binary://${fixture("logger-quits")}` });
  const child = run(stdio, "sh", "-c", `echo line; head -c ${4 * MIB} /dev/zero && exit 7`);
  await stdio.spawned();
  assert.equal(await exitOf(child), "7");
  await until(() => notices.some((notice) => notice.includes("is gone, dropping output")), {
    what: "the notice",
  });
  assert.equal(await stdio.drained(10_000), "cut");
});

stdioTest("when the runtime fails, the logger ends", async ({ dir, open }) => {
  const stdio = await open({ stdout: `binary-v2://${fixture("logger-byte")}?out=${join(dir, "log")}` });
  await stdio[Symbol.asyncDispose]();
  await stdio[Symbol.asyncDispose]();
});

stdioTest(
  "a grandchild that keeps the pipe costs the budget, then SIGTERM",
  async ({ dir, open, notices }) => {
    const out = join(dir, "log");
    const stdio = await open({ stdout: `binary-v2://${fixture("logger-byte")}?out=${out}` });
    const child = run(stdio, "sh", "-c", "sleep 1000 & echo $!");
    await stdio.spawned();
    assert.equal(await exitOf(child), "0");
    const pid = Number(
      await until(() => /^(\d+)\n/.exec(readFileSync(out, "utf8"))?.[1], { what: "the grandchild's pid" }),
    );
    assert.equal(await stdio.drained(100), "cut");
    await stdio[Symbol.asyncDispose]();
    assert.match(notices.join("\n"), /was not done within 100 ms, ending it/);
    process.kill(pid, "SIGKILL");
  },
);

stdioTest("a logger that ignores SIGTERM is killed", async ({ options }) => {
  const { output } = planStdio({ stdout: `binary://${fixture("logger-stubborn")}` });
  assert.ok(output.kind === "logger");
  const outputs = await LoggerOutputs.start({ ...output, killAfterMs: 200 }, options);
  const stdio = new DirectStdio(undefined, outputs);
  const child = run(stdio, "true");
  await stdio.spawned();
  await exitOf(child);
  assert.equal(await stdio.drained(50), "cut");
  await stdio[Symbol.asyncDispose]();
});
