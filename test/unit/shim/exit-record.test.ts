import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isErrno } from "../../../proto/errors.ts";
import { type ExitRecord, readExitRecord, writeExitRecord } from "../../../shim/exit-record.ts";
import { temporaryDir } from "../sys/support.ts";

const RECORD: ExitRecord = {
  containerId: "web",
  execId: undefined,
  pid: 4711,
  startTime: 123456789n,
  exitStatus: 137,
  signal: 9,
  isUnknown: false,
  exitedAt: new Date("2026-01-02T03:04:05.678Z"),
  oom: true,
  output: "open",
};

test("a record is read as it was written: for init, for an exec, for an unknown end", () => {
  using dir = temporaryDir();
  const records: ExitRecord[] = [
    RECORD,
    { ...RECORD, execId: "e1", exitStatus: 3, signal: undefined, oom: false, output: "direct" },
    {
      ...RECORD,
      execId: "e2",
      exitStatus: 255,
      signal: undefined,
      isUnknown: true,
      oom: false,
      output: "cut",
    },
  ];
  for (const record of records) writeExitRecord(dir.path, record);
  for (const record of records) {
    assert.deepEqual(readExitRecord({ bundleDir: dir.path, execId: record.execId }), { value: record });
  }
  assert.deepEqual(readdirSync(dir.path).sort(), ["e1.exit.json", "e2.exit.json", "exit.json"]);
  assert.equal(statSync(join(dir.path, "exit.json")).mode & 0o777, 0o600);
});

test("a later record replaces the earlier one: the output is known after the exit", () => {
  using dir = temporaryDir();
  writeExitRecord(dir.path, RECORD);
  writeExitRecord(dir.path, { ...RECORD, output: "complete" });
  assert.equal(readExitRecord({ bundleDir: dir.path }).value?.output, "complete");
});

test("a record that is missing is told apart from one that cannot be believed", () => {
  using dir = temporaryDir();
  const missing = readExitRecord({ bundleDir: dir.path });
  assert.ok(missing.value === undefined && missing.isMissing);
  writeExitRecord(dir.path, RECORD);
  const path = join(dir.path, "exit.json");
  const whole = readFileSync(path, "utf8");
  const json = JSON.parse(whole);
  const table: [string, string, RegExp][] = [
    ["empty", "", /JSON/],
    ["half", whole.slice(0, whole.length / 2), /JSON/],
    ["no object", "[1]", /not an object/],
    ["a later version", JSON.stringify({ ...json, version: 2 }), /version is 2/],
    ["no version", JSON.stringify({ ...json, version: undefined }), /version is undefined/],
    ["no pid", JSON.stringify({ ...json, pid: undefined }), /pid is not/],
    ["a pid that is none", JSON.stringify({ ...json, pid: -1 }), /pid is not/],
    [
      "a status that is none",
      JSON.stringify({ ...json, exitStatus: 1000, signal: undefined }),
      /exitStatus is 1000/,
    ],
    ["a status and a signal that differ", JSON.stringify({ ...json, exitStatus: 1 }), /not 128 \+ 9/],
    ["a start time that is none", JSON.stringify({ ...json, startTime: "soon" }), /ticks/],
    ["a time that is none", JSON.stringify({ ...json, exitedAt: "yesterday" }), /no time/],
    ["an output state of nobody", JSON.stringify({ ...json, output: "lost" }), /output is "lost"/],
    ["the record of somebody else", JSON.stringify({ ...json, execId: "e1" }), /it is about "e1"/],
  ];
  for (const [what, text, flaw] of table) {
    writeFileSync(path, text);
    const found = readExitRecord({ bundleDir: dir.path });
    assert.ok(found.value === undefined && !found.isMissing, what);
    assert.match(found.flaw, flaw, what);
  }
});

test("writing into a bundle that is gone says so, and leaves nothing", () => {
  using dir = temporaryDir();
  assert.throws(
    () => writeExitRecord(join(dir.path, "gone"), RECORD),
    (error) => isErrno(error, "ENOENT"),
  );
  assert.deepEqual(readdirSync(dir.path), []);
});
