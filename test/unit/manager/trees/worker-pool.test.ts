import assert from "node:assert/strict";
import { closeSync, mkdirSync, openSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { ApplyLayerJob } from "../../../../manager/images/unpack/apply-layer.ts";
import { DEFAULT_LAYER_LIMITS } from "../../../../manager/images/unpack/layer-limits.ts";
import { WorkerPool } from "../../../../manager/trees/worker-pool.ts";
import { Code, isUnavailable } from "../../../../proto/errors.ts";
import { layerArchive } from "../../../support/layer-archive.ts";
import { openFds } from "../../../support/open-fds.ts";
import { useSuite } from "../../../support/suite.ts";
import { until } from "../../../support/until.ts";

const suite = useSuite();

function longJob(): { job: ApplyLayerJob; close(): void } {
  const dir = join(suite.dir, suite.newId());
  mkdirSync(join(dir, "root"), { recursive: true });
  const archive = gzipSync(layerArchive({ name: "zeros", data: "\0".repeat(64 * 2 ** 20) }), { level: 1 });
  writeFileSync(join(dir, "archive"), archive);
  const fd = openSync(join(dir, "archive"), "r");
  const target = { kind: "plain", rootDir: join(dir, "root"), lowerDirs: [] } as const;
  const job = {
    fd,
    sizeBytes: archive.length,
    target,
    limits: DEFAULT_LAYER_LIMITS,
    devices: "make",
    sync: false,
  } as const;
  return { job, close: () => closeSync(fd) };
}

test("more jobs than threads all run, each in its turn", async () => {
  await using pool = new WorkerPool();
  const dirs = Array.from({ length: 8 }, (_, index) => {
    const dir = join(suite.dir, `many-${index}`);
    mkdirSync(join(dir, "sub"), { recursive: true });
    writeFileSync(join(dir, "sub/file"), "x");
    return dir;
  });
  const results = await Promise.all(dirs.map((dir) => pool.run("measureTree", { dir })));
  assert.deepEqual(new Set(results.map(({ inodes }) => inodes)), new Set([3]));
  await Promise.all(dirs.map((dir) => pool.run("removeTree", { dir })));
  assert.deepEqual(
    readdirSync(suite.dir).filter((name) => name.startsWith("many-")),
    [],
  );
});

test("giving a job up ends its thread with its descriptors, and the next one gets a fresh thread", async () => {
  const before = openFds();
  {
    await using pool = new WorkerPool();
    const { job, close } = longJob();
    const controller = new AbortController();
    const reason = new Error("enough");
    const running = pool.run("applyLayer", job, { signal: controller.signal });
    await until(() => readdirSync(job.target.rootDir).length > 0, { what: "the job has begun" });
    controller.abort(reason);
    await assert.rejects(running, reason);
    close();
    const { inodes } = await pool.run("measureTree", { dir: job.target.rootDir });
    assert.ok(inodes >= 1);
    await assert.rejects(pool.run("measureTree", { dir: "/" }, { signal: controller.signal }), reason);
  }
  assert.deepEqual(openFds(), before);
});

test("a job that waits is given up without having begun", async () => {
  await using pool = new WorkerPool();
  const busy = [longJob(), longJob()];
  const running = busy.map(({ job }) => pool.run("applyLayer", job));
  const controller = new AbortController();
  const waiting = pool.run("measureTree", { dir: "/" }, { signal: controller.signal });
  controller.abort(new Error("not any more"));
  await assert.rejects(waiting, /not any more/);
  await Promise.all(running);
  for (const { close } of busy) close();
});

test("what a job throws arrives with its code, and a closed pool is unavailable", async () => {
  const pool = new WorkerPool();
  const missing = { source: join(suite.dir, "missing"), target: join(suite.dir, "target") };
  await assert.rejects(pool.run("copyTree", missing), { code: Code.Unknown, message: /ENOENT/ });
  const { job, close } = longJob();
  const running = pool.run("applyLayer", job);
  const refused = assert.rejects(running, isUnavailable);
  await pool[Symbol.asyncDispose]();
  await refused;
  close();
  await assert.rejects(pool.run("measureTree", { dir: "/" }), isUnavailable);
});
