// A program of a peer, run to its end under a deadline. Its failure is an error that shows everything it said.

import { spawn } from "node:child_process";

/** How to run a program. */
export interface CommandOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** What it reads; nothing when absent. */
  input?: string | Buffer;
  deadlineMs?: number;
  /** The status that is no failure; `any` for callers who look at it themselves. */
  status?: number | "any";
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
  { env, cwd, input, deadlineMs = 60_000, status = 0 }: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(program, args, { env: env ?? process.env, cwd, stdio: ["pipe", "pipe", "pipe"] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  // A program that does not read what it is given is no failure of ours.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
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
