// The stage that looks at the sources without running them: types, lint and format, walls, generated code. All steps run,
// so that one run shows every complaint.

import { spawn } from "node:child_process";
import { join } from "node:path";
import type { StageResult } from "./suite.ts";

/** More than any step takes on a slow machine: what is not done by then hangs. */
const STEP_BUDGET_MS = 300_000;

interface Step {
  name: string;
  command: string;
  args: string[];
}

function stepsIn(rootDir: string): Step[] {
  const bin = (name: string) => join(rootDir, "node_modules/.bin", name);
  return [
    // One thread: the parallel checker of TypeScript 7 has been seen to wait for itself for ever on a busy machine.
    { name: "types", command: bin("tsc"), args: ["--project", rootDir, "--singleThreaded"] },
    // The page runs in a browser, which has other things than Node.
    {
      name: "types of the page",
      command: bin("tsc"),
      args: ["--project", join(rootDir, "manager/web/page"), "--singleThreaded"],
    },
    {
      name: "lint and format",
      command: bin("biome"),
      args: ["ci", "--error-on-warnings", "--colors=off", rootDir],
    },
    { name: "walls", command: process.execPath, args: [join(rootDir, "scripts/check-walls.ts")] },
    {
      name: "generated code",
      command: process.execPath,
      args: [join(rootDir, "scripts/generate-proto.ts"), "--check"],
    },
  ];
}

/** Runs all steps of the check side by side; prints what failed. */
export async function runCheck(rootDir: string, print: (text: string) => void): Promise<StageResult> {
  const startedAt = performance.now();
  const steps = stepsIn(rootDir);
  const runs = await Promise.all(steps.map((step) => runStep(step, rootDir)));
  const result: StageResult = { name: "check", passed: 0, failed: 0, problems: [], durationMs: 0 };
  for (const { step, exitCode, output } of runs) {
    if (exitCode === 0) continue;
    print(output.endsWith("\n") || output === "" ? output : `${output}\n`);
    result.failed += 1;
    result.problems.push(`${step.name}: ended with code ${exitCode}, its complaints are above`);
  }
  result.durationMs = performance.now() - startedAt;
  return result;
}

function runStep(step: Step, rootDir: string): Promise<{ step: Step; exitCode: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(step.command, step.args, {
      cwd: rootDir,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: STEP_BUDGET_MS,
      killSignal: "SIGKILL",
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.once("error", (error) => resolve({ step, exitCode: 127, output: `${error.message}\n` }));
    child.once("close", (code) =>
      resolve({
        step,
        exitCode: code ?? 255,
        output: Buffer.concat(chunks).toString() + (code === null ? "killed: it took too long\n" : ""),
      }),
    );
  });
}
