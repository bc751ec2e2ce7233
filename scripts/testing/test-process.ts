// Runs one test file in a process of its own: collects its events and output, and bounds its life. The process leads its own
// process group, so that whatever it left running in it is killed along when time is up. Knows nothing of suites.

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { TestEvent } from "./event-reporter.ts";
import { type FileEnd, testsInProgress } from "./file-outcome.ts";

/** How to run a test file. */
export interface TestProcessOptions {
  rootDir: string;
  nodeArgs: readonly string[];
  /** The whole life of the process. */
  deadlineMs: number;
  /** How long the process may go on after its last test has ended. */
  idleMs: number;
  /** Show the output as it comes, instead of collecting it. */
  isLive: boolean;
  /** Kills the process. */
  signal: AbortSignal;
}

/** What came of a test file. */
export interface TestProcessResult {
  events: TestEvent[];
  end: FileEnd;
  /** What it printed; the end of it when it was more than 4 MiB. */
  output: string;
}

const outputLimitBytes = 4 * 1024 * 1024;
const reporter = fileURLToPath(new URL("./event-reporter.ts", import.meta.url));

/** Runs the file to its end, or kills it when it has no end. Never rejects for what the file does. */
export async function runTestFile(file: string, options: TestProcessOptions): Promise<TestProcessResult> {
  const args = [
    ...options.nodeArgs,
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    `--test-reporter=${reporter}`,
    "--test-reporter-destination=stdout",
    file,
  ];
  const outputStdio = options.isLive ? "inherit" : "pipe";
  const child = spawn(process.execPath, args, {
    cwd: options.rootDir,
    stdio: ["ignore", outputStdio, outputStdio, "pipe"],
    detached: true,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined },
  });

  const output = new Tail(outputLimitBytes);
  child.stdout?.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => output.push(chunk));

  const events: TestEvent[] = [];
  let killed: FileEnd["killed"];
  const kill = (why: FileEnd["killed"]) => {
    killed ??= why;
    killGroup(child);
  };

  const deadline = setTimeout(() => kill("deadline"), options.deadlineMs);
  let idle: NodeJS.Timeout | undefined;
  const onAbort = () => kill("interrupted");
  options.signal.addEventListener("abort", onAbort, { once: true });
  if (options.signal.aborted) onAbort();

  const lines = new Lines((line) => {
    events.push(JSON.parse(line) as TestEvent);
    clearTimeout(idle);
    if (testsInProgress(events).length === 0) idle = setTimeout(() => kill("idle"), options.idleMs);
  });
  child.stdio[3]?.on("data", (chunk: Buffer) => lines.push(chunk));

  // "close" would wait for every process that inherited the pipes: a container that leaked must not hang the run. What the
  // file itself wrote is in the pipes by the time it exits, and is read before the streams are let go.
  const { exitCode, signal } = await new Promise<{ exitCode: number | null; signal: string | null }>(
    (resolve) => {
      child.once("error", (error) => {
        output.push(Buffer.from(`${error.message}\n`));
        resolve({ exitCode: 127, signal: null });
      });
      child.once("exit", (code, name) => {
        const end = { exitCode: code, signal: name };
        const letGo = setTimeout(() => resolve(end), 2_000);
        child.once("close", () => {
          clearTimeout(letGo);
          resolve(end);
        });
      });
    },
  );
  clearTimeout(deadline);
  clearTimeout(idle);
  options.signal.removeEventListener("abort", onAbort);
  child.stdout?.destroy();
  child.stderr?.destroy();
  child.stdio[3]?.destroy();

  return {
    events,
    end: {
      exitCode: exitCode ?? undefined,
      signal: signal ?? undefined,
      killed,
      limitSeconds: (killed === "idle" ? options.idleMs : options.deadlineMs) / 1000,
    },
    output: output.toString(),
  };
}

// Aims at the group first and at the process alone when the group is not there yet.
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}

class Tail {
  readonly #limitBytes: number;
  #chunks: Buffer[] = [];
  #sizeBytes = 0;
  #droppedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#sizeBytes += chunk.length;
    while (this.#sizeBytes > this.#limitBytes && this.#chunks.length > 1) {
      const dropped = this.#chunks.shift();
      this.#sizeBytes -= dropped?.length ?? 0;
      this.#droppedBytes += dropped?.length ?? 0;
    }
  }

  toString(): string {
    const kept = Buffer.concat(this.#chunks).toString();
    return this.#droppedBytes === 0 ? kept : `… ${this.#droppedBytes} bytes left out …\n${kept}`;
  }
}

class Lines {
  readonly #onLine: (line: string) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    let data = Buffer.concat([this.#rest, chunk]);
    for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10)) {
      this.#onLine(data.subarray(0, at).toString());
      data = data.subarray(at + 1);
    }
    this.#rest = data;
  }
}
