import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestEvent } from "../../../scripts/testing/event-reporter.ts";
import { type FileEnd, judgeFile, testsInProgress } from "../../../scripts/testing/file-outcome.ts";

const started = (name: string, nesting = 0): TestEvent => ({ type: "test:dequeue", name, nesting });
const completed = (name: string, nesting = 0): TestEvent => ({ type: "test:complete", name, nesting });
const passed = (name: string, more: Partial<TestEvent> = {}): TestEvent => ({
  type: "test:pass",
  name,
  ...more,
});
const failed = (name: string): TestEvent => ({ type: "test:fail", name });
const summary: TestEvent = {
  type: "test:summary",
  counts: { tests: 1, passed: 1, failed: 0, cancelled: 0, skipped: 0, todo: 0 },
};
const exit = (exitCode: number): FileEnd => ({ exitCode, signal: undefined });
const kill = (killed: FileEnd["killed"], limitSeconds: number): FileEnd => ({
  exitCode: undefined,
  signal: "SIGKILL",
  killed,
  limitSeconds,
});

type Row = [
  why: string,
  events: TestEvent[],
  end: FileEnd,
  counts: [passed: number, failed: number],
  problem?: RegExp,
];

const group = passed("group", { isSuite: true });
const rows: Row[] = [
  ["tests passed", [passed("a"), passed("b"), summary], exit(0), [2, 0]],
  ["a suite is no test", [passed("a", { nesting: 1 }), group, summary], exit(0), [1, 0]],
  ["a test failed", [passed("a"), failed("b"), summary], exit(1), [1, 1], /^failed: "b"$/],
  [
    "skipped is not passed",
    [passed("a", { skip: "no crun" }), summary],
    exit(0),
    [0, 1],
    /^skipped: "a" \(no crun\)/,
  ],
  ["skipped without a reason", [passed("a", { skip: true }), summary], exit(0), [0, 1], /^skipped: "a";/],
  ["still to be written", [passed("a", { todo: "later" }), summary], exit(0), [0, 1], /^todo: "a" \(later\)/],
  ["no tests at all", [], exit(0), [0, 1], /no tests were run/],
  ["only an empty group", [group, summary], exit(0), [0, 1], /no tests were run/],
  ["the file did not even load", [], exit(1), [0, 1], /ended with code 1/],
  [
    "process.exit(0) in the middle",
    [started("a"), completed("a"), passed("a"), started("b")],
    exit(0),
    [1, 1],
    /ended before its tests did in test "b"/,
  ],
  ["all passed, yet the process failed", [passed("a"), summary], exit(7), [1, 1], /ended with code 7/],
  [
    "killed by someone else",
    [started("a")],
    { exitCode: undefined, signal: "SIGSEGV" },
    [0, 1],
    /died of SIGSEGV in test "a"/,
  ],
  [
    "out of time, with the culprit",
    [started("group"), started("hangs", 1)],
    kill("deadline", 600),
    [0, 1],
    /did not end within 600 s in test "group" > "hangs"/,
  ],
  [
    "something was left open",
    [started("a"), completed("a"), passed("a")],
    kill("idle", 15),
    [1, 1],
    /something they left open .* 15 s/,
  ],
];

for (const [why, events, end, counts, problem] of rows) {
  test(`judgeFile(): ${why}`, () => {
    const outcome = judgeFile(events, end, false);
    assert.deepEqual([outcome.passed, outcome.failed], counts);
    assert.equal(outcome.problems.length, problem === undefined ? 0 : 1, outcome.problems.join("\n"));
    if (problem !== undefined) assert.match(outcome.problems[0] ?? "", problem);
  });
}

test("judgeFile() lets a file without any of the tests asked for by name pass", () => {
  assert.deepEqual(judgeFile([], exit(0), true), { passed: 0, failed: 0, problems: [] });
});

test("testsInProgress() tells tests of one name apart by their depth", () => {
  assert.deepEqual(testsInProgress([started("a"), started("a", 1), completed("a", 1)]), ["a"]);
});
