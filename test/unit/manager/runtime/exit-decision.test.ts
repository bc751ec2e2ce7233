import assert from "node:assert/strict";
import { test } from "node:test";
import { decideExit, type Witnesses } from "../../../../manager/runtime/exit-decision.ts";
import { fromDate } from "../../../../proto/timestamp.ts";

const at = new Date(5_000);
const process = { pid: 7, startTime: 70n, exit: undefined };
const details = { signal: 0, oom: false, output: "complete" };
const record = {
  ...details,
  ...{ pid: 7, startTime: 70n, exitStatus: 3, isUnknown: false, exitedAt: new Date(1_000) },
};
const kernel = { pid: 7, code: 4, dumpedCore: false };

const table: readonly { why: string; given: Partial<Witnesses>; says: [number, string] }[] = [
  { why: "nobody saw it", given: {}, says: [255, "nobody"] },
  { why: "the shim wrote it down", given: { record, kernel }, says: [3, "shim"] },
  { why: "the kernel told us as its parent", given: { kernel }, says: [4, "kernel"] },
  {
    why: "a signal counts from 128",
    given: { kernel: { pid: 7, signal: 9, dumpedCore: false } },
    says: [137, "kernel"],
  },
  {
    why: "the record is of an earlier process with this pid",
    given: { record: { ...record, startTime: 69n } },
    says: [255, "nobody"],
  },
  {
    why: "the record is of another pid",
    given: { record: { ...record, pid: 8 }, kernel },
    says: [4, "kernel"],
  },
  {
    why: "the shim could not say either",
    given: { record: { ...record, isUnknown: true } },
    says: [255, "nobody"],
  },
  {
    why: "it was gone before its start could be read",
    given: { record: { ...record, startTime: 0n } },
    says: [3, "shim"],
  },
  {
    why: "the manager was never told a pid",
    given: { process: { ...process, pid: 0 }, record },
    says: [3, "shim"],
  },
  { why: "the kernel speaks of another", given: { kernel: { ...kernel, pid: 8 } }, says: [255, "nobody"] },
  {
    why: "what was told before stays",
    given: {
      process: { ...process, exit: { exitStatus: 1, exitedAt: 1n, isUnknown: false } },
      record,
      kernel,
    },
    says: [1, "manager"],
  },
];

for (const { why, given, says } of table) {
  test(`decideExit(): ${says.join(" by ")} (${why})`, () => {
    const { exitStatus, source } = decideExit({ process, at, ...given });
    assert.deepEqual([exitStatus, source], says);
  });
}

test("the time is the witness's own where it has one", () => {
  assert.deepEqual(decideExit({ process, record, at }).exitedAt, fromDate(record.exitedAt));
  assert.deepEqual(decideExit({ process, kernel, at }).exitedAt, fromDate(at));
});
