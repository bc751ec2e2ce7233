// A program of a peer, run to its end under a deadline. Its failure is an error that shows everything it said.

import { spawn } from "node:child_process";

/** How to run a program. */
export interface CommandOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** What it reads; nothing when absent. */
  input?: string | Buffer;
  /** It gets its input, and the end of it, once this says so; asked whenever something was printed. Default: at once. */
  inputWhen?: (printed: Printed) => boolean;
  deadlineMs?: number;
  /** The status that is no failure; `any` for callers who look at it themselves. */
  status?: number | "any";
}

/** What a program has printed so far. */
export interface Printed {
  readonly stdoutBytes: number;
  readonly stderr: string;
}

/** What came of it. */
export interface CommandResult {
  status: number;
  stdout: string;
  stderr: string;
  /** What it printed to standard output, as bytes. */
  bytes: Buffer;
}

/** Runs a program. Rejects when it ends otherwise than expected, or not in time: then it is killed. */
export async function command(
  program: string,
  args: readonly string[],
  { env, cwd, input, inputWhen, deadlineMs = 60_000, status = 0 }: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(program, args, { env: env ?? process.env, cwd, stdio: ["pipe", "pipe", "pipe"] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  let stdoutBytes = 0;
  const giveInput = () => {
    if (child.stdin.writableEnded) return;
    if (inputWhen?.({ stdoutBytes, stderr: Buffer.concat(err).toString() }) ?? true) child.stdin.end(input);
  };
  child.stdout.on("data", (chunk: Buffer) => {
    out.push(chunk);
    stdoutBytes += chunk.length;
    giveInput();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err.push(chunk);
    giveInput();
  });
  // A program that does not read what it is given is no failure of ours.
  child.stdin.on("error", () => undefined);
  giveInput();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill("SIGKILL");
    // A descendant that holds the pipes must not hold the test.
    child.stdout.destroy();
    child.stderr.destroy();
  }, deadlineMs);
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (...end) => resolve(end));
  }).finally(() => clearTimeout(timer));
  const result: CommandResult = {
    status: code ?? -1,
    bytes: Buffer.concat(out),
    stdout: Buffer.concat(out).toString(),
    stderr: Buffer.concat(err).toString(),
  };
  if (!isLate && (status === "any" || result.status === status)) return result;
  const how = isLate ? `did not end within ${deadlineMs} ms` : `ended with ${signal ?? result.status}`;
  const said = [result.stdout.slice(-2_000), result.stderr.slice(-4_000)].filter((text) => text !== "");
  throw new Error([`${program} ${args.join(" ")}: ${how}`, ...said].join("\n"));
}
