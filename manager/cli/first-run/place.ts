// A hawser of its own for a first look: directories, socket and a command beside them, so that nothing of the machine is touched.
// Owns all of it. Disposing of it removes the containers, ends hawserd and takes the directory away.
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/** Sockets lie three levels below and have 107 bytes. */
const MAX_BASE_BYTES = 24;

/** What a command did. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The place. */
export class FirstRunPlace implements AsyncDisposable {
  readonly dir: string;
  /** A program that is `hawser` for this place. */
  readonly command: string;

  constructor(binDir: string) {
    const base = Buffer.byteLength(tmpdir()) <= MAX_BASE_BYTES ? tmpdir() : "/tmp";
    this.dir = mkdtempSync(join(base, "hawser-"));
    this.command = join(this.dir, "hawser");
    const lines = [
      "#!/bin/sh",
      `dir=${quoted(this.dir)}`,
      'export HAWSER_ROOT="$dir/r" HAWSER_STATE="$dir/s" HAWSER_ADDRESS="$dir/s/hawserd.sock"',
      "unset HAWSER_NAMESPACE HAWSER_CONFIG HAWSER_START",
      `exec ${quoted(join(binDir, "hawser"))} "$@"`,
      "",
    ];
    writeFileSync(this.command, lines.join("\n"), { mode: 0o755 });
  }

  /** Runs a command to its end. */
  async hawser(...args: readonly string[]): Promise<Outcome> {
    const child = this.spawn(args, ["ignore", "pipe", "pipe"]);
    const { stdout, stderr } = child;
    const [out, err, [status]] = await Promise.all([
      stdout === null ? "" : text(stdout),
      stderr === null ? "" : text(stderr),
      once(child, "close"),
    ]);
    return { status: status ?? -1, stdout: out, stderr: err };
  }

  /** Starts a command. */
  spawn(args: readonly string[], stdio: StdioOptions): ChildProcess {
    return spawn(this.command, args, { stdio });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { stdout } = await this.hawser("ps", "--all", "--quiet", "--no-trunc", "--no-start");
    const ids = stdout.split("\n").filter((id) => id !== "");
    if (ids.length > 0) await this.hawser("rm", "--force", ...ids);
    await this.hawser("system", "stop", "--no-start");
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** One word of the shell, whatever is in it. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
