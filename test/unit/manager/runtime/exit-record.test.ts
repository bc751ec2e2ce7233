import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseShimExitRecord, readShimExitRecord } from "../../../../manager/runtime/exit-record.ts";
import { writeExitRecord } from "../../../../shim/exit-record.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";

const whole = {
  version: 1,
  containerId: "c",
  pid: 7,
  startTime: "70",
  exitStatus: 3,
  isUnknown: false,
  exitedAt: "2026-01-01T00:00:00.000Z",
};

test("what a shim writes, a manager reads: of init and of an exec", () => {
  using dir = temporaryDir();
  const record = {
    containerId: "c",
    pid: 7,
    startTime: 70n,
    exitStatus: 3,
    isUnknown: false,
    exitedAt: new Date(1_000),
  };
  const rest = { oom: false, output: "direct" } as const;
  writeExitRecord(dir.path, { ...record, ...rest });
  writeExitRecord(dir.path, { ...record, ...rest, execId: "e", exitStatus: 4 });
  const { containerId: _, ...expected } = record;
  assert.deepEqual(readShimExitRecord(dir.path, "c", ""), { ...expected, ...rest, signal: 0 });
  assert.equal(readShimExitRecord(dir.path, "c", "e")?.exitStatus, 4);
  assert.equal(readShimExitRecord(dir.path, "other", ""), undefined);
  assert.equal(readShimExitRecord(dir.path, "c", "none"), undefined);
});

test("a record that is cut short is none", () => {
  using dir = temporaryDir();
  writeFileSync(join(dir.path, "exit.json"), JSON.stringify(whole).slice(0, -2));
  assert.equal(readShimExitRecord(dir.path, "c", ""), undefined);
});

const flaws: readonly [why: string, change: object][] = [
  ["a version we do not know", { version: 2 }],
  ["another container", { containerId: "d" }],
  ["another process", { execId: "e" }],
  ["a pid that is none", { pid: -1 }],
  ["a status no process can have", { exitStatus: 256 }],
  ["a start time that is a number", { startTime: 70 }],
  ["no word on whether it is known", { isUnknown: undefined }],
  ["no time", { exitedAt: "then" }],
];

for (const [why, change] of flaws) {
  test(`parseShimExitRecord() believes nothing of a record with ${why}`, () => {
    assert.notEqual(parseShimExitRecord(whole, "c", ""), undefined);
    assert.equal(parseShimExitRecord({ ...whole, ...change }, "c", ""), undefined);
  });
}
