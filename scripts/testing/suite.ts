// A suite: the test files below one directory and the limits they run under. Runs them, two at a time, and reports a line
// per file and everything about the ones that failed. A suite without tests fails.

import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { type FileOutcome, judgeFile } from "./file-outcome.ts";
import { runTestFile } from "./test-process.ts";

/** The suites, in the order in which they run. */
export const suiteNames = ["unit", "integration", "faults", "conformance"] as const;
/** The name of a suite. */
export type SuiteName = (typeof suiteNames)[number];

/** True for the name of a suite. */
export function isSuiteName(name: string): name is SuiteName {
  return (suiteNames as readonly string[]).includes(name);
}

/** How a suite is run. */
export interface SuiteOptions {
  rootDir: string;
  /** Where the suites are; `test` but in tests of this file. */
  testDir: string;
  /** Only files whose path contains one of these; all when empty. */
  only: readonly string[];
  /** Options for Node, such as `--test-name-pattern=…`. */
  nodeArgs: readonly string[];
  print: (text: string) => void;
  signal: AbortSignal;
  limits?: Partial<Limits>;
}

/** What bounds a suite. */
export interface Limits {
  concurrency: number;
  fileDeadlineMs: number;
  idleMs: number;
}

/** The result of a suite or any other stage. */
export interface StageResult {
  name: string;
  passed: number;
  failed: number;
  problems: string[];
  durationMs: number;
}

const minuteMs = 60_000;
const limitsOf: Record<SuiteName, Limits> = {
  unit: { concurrency: 2, fileDeadlineMs: 3 * minuteMs, idleMs: 15_000 },
  integration: { concurrency: 2, fileDeadlineMs: 10 * minuteMs, idleMs: minuteMs },
  faults: { concurrency: 2, fileDeadlineMs: 10 * minuteMs, idleMs: minuteMs },
  conformance: { concurrency: 2, fileDeadlineMs: 15 * minuteMs, idleMs: minuteMs },
};

/** The test files below a directory, in a stable order; none when the directory is missing. */
export function testFilesIn(dir: string): string[] {
  let entries: string[];
  try {
    entries = readdirSync(dir, { recursive: true, encoding: "utf8" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return entries
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join(dir, name))
    .sort();
}

/** Runs a suite to its end. */
export async function runSuite(name: SuiteName, options: SuiteOptions): Promise<StageResult> {
  const startedAt = performance.now();
  const limits = { ...limitsOf[name], ...options.limits };
  const dir = join(options.testDir, name);
  const all = testFilesIn(dir);
  const files = all.filter(
    (file) => options.only.length === 0 || options.only.some((part) => isMeant(file, part)),
  );
  const result: StageResult = { name, passed: 0, failed: 0, problems: [], durationMs: 0 };
  const isFiltered = options.nodeArgs.some((arg) => /^--test-(name|skip)-pattern|^--test-only/.test(arg));

  const queue = [...files];
  const worker = async () => {
    for (let file = queue.shift(); file !== undefined && !options.signal.aborted; file = queue.shift()) {
      const fileStartedAt = performance.now();
      const isLive = files.length === 1;
      const run = await runTestFile(file, {
        rootDir: options.rootDir,
        nodeArgs: options.nodeArgs,
        deadlineMs: limits.fileDeadlineMs,
        idleMs: limits.idleMs,
        isLive,
        signal: options.signal,
      });
      const outcome = judgeFile(run.events, run.end, isFiltered);
      const path = relative(options.rootDir, file);
      add(result, path, outcome);
      options.print(fileReport(path, outcome, performance.now() - fileStartedAt, run.output));
    }
  };
  await Promise.all(Array.from({ length: limits.concurrency }, worker));

  if (all.length === 0) {
    result.problems.push(`no tests: ${relative(options.rootDir, dir)} holds no *.test.ts`);
    result.failed += 1;
  } else if (files.length === 0) {
    result.problems.push(
      `no tests: no file of the suite has ${options.only.map((part) => `"${part}"`).join(" or ")} in its path`,
    );
    result.failed += 1;
  } else if (result.passed + result.failed === 0) {
    result.problems.push("no tests were run");
    result.failed += 1;
  }
  result.durationMs = performance.now() - startedAt;
  return result;
}

function add(result: StageResult, path: string, outcome: FileOutcome): void {
  result.passed += outcome.passed;
  result.failed += outcome.failed;
  result.problems.push(...outcome.problems.map((problem) => `${path}: ${problem}`));
}

// Also finds "./test/unit/x.test.ts", as a shell completes it.
function isMeant(file: string, part: string): boolean {
  return file.includes(part.replace(/^(\.\/)+/, ""));
}

function fileReport(path: string, outcome: FileOutcome, durationMs: number, output: string): string {
  const line = `${outcome.problems.length === 0 ? "ok  " : "FAIL"} ${path} (${outcome.passed} passed, ${(durationMs / 1000).toFixed(1)} s)\n`;
  return outcome.problems.length === 0 ? line : `${output}${line}`;
}
