// The ttrpc peer made with containerd's Go library: one program per version, run as a server or as a client.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildGoProgram } from "./go-program.ts";

const run = promisify(execFile);

const sources = join(import.meta.dirname, "fixtures/ttrpc-peer");

/** Versions of the library, with the module file each is built with. `hasStreams`: the library knows more than unary. */
export const versions = [
  { version: "v1.2.8", modFile: "go", tags: "", hasStreams: true },
  { version: "v1.2.7", modFile: "v1.2.7", tags: "", hasStreams: true },
  { version: "v1.1.2", modFile: "v1.1.2", tags: "gogo", hasStreams: false },
] as const;

export type PeerVersion = (typeof versions)[number];

/** Path of the peer's program, built unless it has been. */
export function buildPeer({ version, modFile, tags }: PeerVersion): Promise<string> {
  return buildGoProgram({ name: `ttrpc-peer-${version}`, sources, modFile, tags });
}

/** A running Go server. Owns its process. */
export class GoServer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #output: Buffer[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr?.on("data", (text: Buffer) => this.#output.push(text));
  }

  /** Resolves when it listens. */
  static async start(program: string, socketPath: string): Promise<GoServer> {
    const child = spawn(program, ["server", socketPath], { stdio: ["pipe", "pipe", "pipe"] });
    const server = new GoServer(child);
    await Promise.race([
      once(child.stdout, "data"),
      once(child, "exit").then(() => {
        throw new Error(`the Go server did not start: ${server.log}`);
      }),
    ]);
    return server;
  }

  /** What it has complained about. */
  get log(): string {
    return Buffer.concat(this.#output).toString();
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    const hasExited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await hasExited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}

/** Lets the Go client play a scenario and resolves with the facts that it reports. */
export async function play(
  program: string,
  socketPath: string,
  scenario: string,
): Promise<Record<string, unknown>> {
  const { stdout } = await run(program, ["client", socketPath, scenario], { timeout: 30_000 });
  return JSON.parse(stdout);
}
