// Decides how a test file went, from the events its process reported and the way it ended. Pure. The rule behind every case:
// a file passes only when it ran tests, all of them, to their end; a test that was skipped has not been passed.

import type { TestEvent } from "./event-reporter.ts";

/** How the process of a test file ended. */
export interface FileEnd {
  exitCode: number | undefined;
  signal: string | undefined;
  /** Why the runner killed it, when it did. */
  killed?: "deadline" | "idle" | "interrupted" | undefined;
  /** Seconds behind `killed`, for the message. */
  limitSeconds?: number | undefined;
}

/** What a test file contributes to its suite. `problems` is empty exactly when the file passed. */
export interface FileOutcome {
  passed: number;
  failed: number;
  problems: string[];
}

/** The tests that were started and have not ended, outermost first. */
export function testsInProgress(events: readonly TestEvent[]): string[] {
  const open: { name: string; nesting: number }[] = [];
  for (const event of events) {
    const name = event.name ?? "";
    const nesting = event.nesting ?? 0;
    if (event.type === "test:dequeue") open.push({ name, nesting });
    if (event.type === "test:complete") {
      const index = open.findLastIndex((one) => one.name === name && one.nesting === nesting);
      if (index >= 0) open.splice(index, 1);
    }
  }
  return open.map((one) => one.name);
}

/**
 * Judges one test file. `isFiltered` says that only some tests were asked for by name: then a file without any of them is no
 * failure.
 */
export function judgeFile(events: readonly TestEvent[], end: FileEnd, isFiltered: boolean): FileOutcome {
  const problems: string[] = [];
  let passed = 0;
  let failed = 0;
  let isComplete = false;
  for (const event of events) {
    if (event.type === "test:summary" && event.counts !== undefined) isComplete = true;
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    if (event.skip !== undefined && event.skip !== false) {
      failed += 1;
      problems.push(`skipped: "${event.name}"${reason(event.skip)}; a test that cannot run is a failure`);
    } else if (event.todo !== undefined && event.todo !== false) {
      failed += 1;
      problems.push(`todo: "${event.name}"${reason(event.todo)}; a test that is not there yet is a failure`);
    } else if (event.type === "test:fail") {
      failed += 1;
      problems.push(`failed: "${event.name}"`);
    } else if (event.isSuite !== true) {
      passed += 1;
    }
  }

  const problem = endProblem(events, end, {
    isComplete,
    isFiltered,
    isClean: failed === 0,
    isEmpty: passed + failed === 0,
  });
  if (problem !== undefined) {
    problems.push(problem);
    failed += 1;
  }
  return { passed, failed, problems };
}

interface Found {
  isComplete: boolean;
  isFiltered: boolean;
  isClean: boolean;
  isEmpty: boolean;
}

function endProblem(events: readonly TestEvent[], end: FileEnd, found: Found): string | undefined {
  const open = testsInProgress(events);
  const inTest = open.length === 0 ? "" : ` in test ${open.map((name) => `"${name}"`).join(" > ")}`;
  if (end.killed === "deadline") return `killed: did not end within ${end.limitSeconds} s${inTest}`;
  if (end.killed === "idle") {
    return `killed: all tests ended, but something they left open kept the process alive for ${end.limitSeconds} s`;
  }
  if (end.killed === "interrupted") return `interrupted${inTest}`;
  if (end.signal !== undefined) return `the test process died of ${end.signal}${inTest}`;
  if (end.exitCode !== 0) {
    // The code of a file with failed tests; they have been counted.
    return found.isClean ? `the test process ended with code ${end.exitCode}${inTest}` : undefined;
  }
  // Without tests Node does not even start its reporters.
  if (events.length === 0 && found.isFiltered) return undefined;
  if (!found.isComplete && events.length > 0) return `the test process ended before its tests did${inTest}`;
  if (found.isEmpty && !found.isFiltered) return "no tests were run";
  return undefined;
}

function reason(given: string | boolean): string {
  return typeof given === "string" && given !== "" ? ` (${given})` : "";
}
