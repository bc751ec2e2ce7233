// The program behind `npm test`, `npm run ok`, `npm run check` and `npm run test:…`: runs stages in order, stops after the
// first that fails, prints a line per stage and ends with one line of totals. `scripts/run` has seen to what they need.
//
//   HAWSER_TEST_TOTALS  a file to which "<passed> <failed>" is appended, for whoever adds up several runs
//   HAWSER_TEST_DIR     where the suites are, instead of test/ (for the tests of this program)

import { appendFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { runCheck } from "./testing/check.ts";
import { isSuiteName, runSuite, type StageResult, type SuiteName, suiteNames } from "./testing/suite.ts";

type Stage = "check" | SuiteName;

const rootDir = resolve(import.meta.dirname, "..");
const testDir = process.env["HAWSER_TEST_DIR"] ?? join(rootDir, "test");
const totalsFile = process.env["HAWSER_TEST_TOTALS"];
const print = (text: string) => void process.stdout.write(text);

function usage(complaint: string): never {
  process.stderr.write(
    `hawser: scripts/test.ts: ${complaint}\n` +
      `usage: check | ok | test | suite <${suiteNames.join("|")}> [node options] [parts of file names]\n`,
  );
  process.exit(2);
}

function plan(command: string | undefined, args: string[]): { stages: Stage[]; args: string[] } {
  switch (command) {
    case "check":
      return { stages: ["check"], args };
    case "ok":
      return { stages: ["check", "unit"], args };
    case "test":
      return { stages: ["check", "unit", "integration", "faults"], args };
    case "suite": {
      const [name = "", ...rest] = args;
      if (!isSuiteName(name)) usage(`there is no suite "${name}"`);
      return { stages: [name], args: rest };
    }
    default:
      return usage(command === undefined ? "which stages?" : `there is no command "${command}"`);
  }
}

function seconds(result: StageResult): string {
  return `${(result.durationMs / 1000).toFixed(1)} s`;
}

function stageLine(result: StageResult): string {
  const verdict = result.problems.length === 0 ? "passed" : "FAILED";
  const counts = result.name === "check" ? "" : `: ${result.passed} passed, ${result.failed} failed`;
  return `${result.name} ${verdict}${counts} (${seconds(result)})\n`;
}

async function runStage(stage: Stage, args: string[], signal: AbortSignal): Promise<StageResult> {
  if (stage === "check") return await runCheck(rootDir, print);
  if (stage !== "unit" && process.getuid?.() !== 0) {
    const problem = "needs root, because it makes containers: run it with sudo";
    return { name: stage, passed: 0, failed: 1, problems: [problem], durationMs: 0 };
  }
  const nodeArgs = args.filter((arg) => arg.startsWith("-"));
  const only = args.filter((arg) => !arg.startsWith("-"));
  return await runSuite(stage, { rootDir, testDir, only, nodeArgs, print, signal });
}

const { stages, args } = plan(process.argv[2], process.argv.slice(3));
const interrupt = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(name, () => interrupt.abort());

let passed = 0;
let failed = 0;
for (const stage of stages) {
  const result = await runStage(stage, args, interrupt.signal);
  passed += result.passed;
  failed += result.failed;
  print(stageLine(result));
  if (result.problems.length > 0) {
    for (const problem of result.problems) print(`  ${problem}\n`);
    const rest = stages.slice(stages.indexOf(stage) + 1);
    if (rest.length > 0) print(`stopped after ${stage}; not run: ${rest.join(", ")}\n`);
    break;
  }
  if (interrupt.signal.aborted) {
    failed += 1;
    print("interrupted\n");
    break;
  }
}
if (totalsFile !== undefined) appendFileSync(totalsFile, `${passed} ${failed}\n`);
print(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
