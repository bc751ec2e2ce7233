// What the shim does with the output of a process besides showing it to sessions: the log, the one in CRI's format, rates. On crun:
// nothing of it knows which OCI runtime there is.
import assert from "node:assert/strict";
import { readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import type { OutputEntry } from "../../output-log/page.ts";
import { OutputLogReader } from "../../output-log/reader.ts";
import { BROKERED_STREAM, type BrokeredStdio, formatBrokeredStdio } from "../../proto/brokered-stdio.ts";
import { buildHawserShim } from "../support/hawser-shim.ts";
import { ShimHarness } from "../support/shim-harness.ts";
import type { TestContainer } from "../support/test-container.ts";
import { until } from "../support/until.ts";
import { test } from "./contract/bounded-test.ts";

const harness = new ShimHarness({ binary: buildHawserShim(), runtime: "crun" });

/** A container of a script whose output goes where `wanted` says; `logDir` is in its directory. */
async function run(script: string, wanted: (dir: string) => BrokeredStdio): Promise<TestContainer> {
  const container = await harness.start({ script });
  try {
    const stdout = formatBrokeredStdio(wanted(container.dir));
    await container.create({ terminal: false, stdin: "", stdout, stderr: BROKERED_STREAM });
    await container.task.start({ id: container.id });
    return container;
  } catch (error) {
    await container[Symbol.asyncDispose]();
    throw error;
  }
}

/** Everything in a log, once its writer has ended well. */
async function closedLog(dir: string): Promise<OutputEntry[]> {
  const entries: OutputEntry[] = [];
  const reader = OutputLogReader.open(dir);
  let next = 0n;
  const isClosed = async (): Promise<boolean> => {
    const page = await reader.read(next, 1024 * 1024);
    entries.push(...page.entries);
    next = page.next;
    return page.isAtEnd && reader.isClosed;
  };
  await until(isClosed, { what: "the log is closed", deadline: 20_000 });
  return entries;
}

test("the log is closed when its process has ended, before anybody deletes it", async () => {
  await using container = await run("echo out; echo err >&2", (dir) => ({ logDir: join(dir, "log") }));
  const entries = await closedLog(join(container.dir, "log"));
  const text = (stream: number) =>
    entries
      .map(({ record }) => (record?.stream === stream ? Buffer.from(record.bytes).toString() : ""))
      .join("");
  assert.deepEqual([text(1), text(2)], ["out\n", "err\n"]);
});

test("a log in CRI's format has the same lines, and a new file when the old one is renamed", async () => {
  const script = "echo out; echo err >&2; printf unended; while :; do echo more; sleep 0.1; done";
  await using container = await run(script, (dir) => ({
    logDir: join(dir, "log"),
    criLogPath: join(dir, "pod", "0.log"),
  }));
  const path = join(container.dir, "pod", "0.log");
  const text = (name: string) =>
    statSync(name, { throwIfNoEntry: false }) ? readFileSync(name, "utf8") : "";
  await until(() => text(path).includes("F more\n"), { what: "lines" });
  renameSync(path, `${path}.1`);
  await until(() => text(path).includes("F more\n"), { what: "lines in a new file", deadline: 20_000 });
  const lines = (text(`${path}.1`) + text(path)).trimEnd().split("\n");
  const format = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (stdout|stderr) ([FP]) (.*)$/;
  for (const line of lines) assert.match(line, format);
  const contents = lines.map((line) => line.replace(format, "$1 $2 $3"));
  assert.deepEqual(contents.slice(0, 3).toSorted(), ["stderr F err", "stdout F out", "stdout F unendedmore"]);
});

test("a log's rate drops what is more, counts it, says where, and does not hold the process", async () => {
  const bytes = 3_000_000;
  await using container = await run(`yes 0123456789 | head -c ${bytes}`, (dir) => ({
    logDir: join(dir, "log"),
    maxBytesPerSecond: 100_000,
  }));
  const entries = await closedLog(join(container.dir, "log"));
  let next = 0n;
  let kept = 0;
  for (const { record, gap } of entries) {
    assert.equal(record?.offset ?? gap?.from, next);
    next = gap?.to ?? next + BigInt(record?.bytes.length ?? 0);
    kept += record?.bytes.length ?? 0;
    if (gap !== undefined) assert.equal(gap.reason, "dropped");
  }
  assert.equal(next, BigInt(bytes), "every byte is there or told as missing");
  assert.ok(kept >= 100_000 && kept < bytes / 2, `${kept} bytes are kept`);
  await until(() => container.log.includes("more than its rate allows"), { what: "the shim says so" });
});
