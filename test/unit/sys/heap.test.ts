import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { releaseUnusedMemory } from "../../../sys/heap.ts";

const heap = join(import.meta.dirname, "../../../sys/heap.ts");

test("releaseUnusedMemory() leaves no trace, and works again", () => {
  releaseUnusedMemory();
  releaseUnusedMemory();
  assert.equal(globalThis.gc, undefined);
});

test("releaseUnusedMemory() gives garbage back to the kernel", () => {
  const script = `
    const { releaseUnusedMemory } = await import(${JSON.stringify(heap)});
    let garbage = Array.from({ length: 300_000 }, (_, index) => ({ index }));
    const full = process.memoryUsage.rss();
    garbage = undefined;
    releaseUnusedMemory();
    console.log(full - process.memoryUsage.rss());`;
  const args = ["--input-type=module", "-e", script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.ok(Number(stdout) > 4 * 2 ** 20, `${stdout} bytes given back ${stderr}`);
});
