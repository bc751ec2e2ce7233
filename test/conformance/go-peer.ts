// The ttrpc peer made with containerd's Go library: builds it, once per version, and runs it as a server or as a client.
// A missing or broken Go toolchain is an error that says what to do, never a reason to skip.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

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
export async function buildPeer({ version, modFile, tags }: PeerVersion): Promise<string> {
  const cache =
    process.env["HAWSER_PEERS"] ??
    join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "hawser/peers");
  const program = join(cache, `ttrpc-peer-${version}-${await digestOfSources()}`);
  if ((await stat(program).catch(() => undefined)) !== undefined) return program;
  await mkdir(cache, { recursive: true });
  // Built in a copy: Go writes beside what it builds. It appears in one step, so that two runs may build at a time.
  const work = await mkdtemp(join(cache, ".building-ttrpc-peer-"));
  try {
    await cp(sources, work, { recursive: true });
    await rename(join(work, `${modFile}.mod`), join(work, "go.mod"));
    await rename(join(work, `${modFile}.sum`), join(work, "go.sum"));
    const env = {
      ...process.env,
      PATH: `${process.env["PATH"]}:/usr/local/go/bin`,
      CGO_ENABLED: "0",
      GOFLAGS: "-mod=mod",
      GOTOOLCHAIN: "local",
      GOWORK: "off",
    };
    await run("go", ["build", "-trimpath", "-buildvcs=false", "-tags", tags, "-o", "peer", "."], {
      cwd: work,
      env,
    });
    await rename(join(work, "peer"), program);
  } catch (cause) {
    const advice =
      "install Go 1.22 or newer (https://go.dev/dl) and make sure that its module proxy can be reached";
    throw new Error(`build the Go peer for ttrpc ${version}: ${advice}`, { cause });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return program;
}

async function digestOfSources(): Promise<string> {
  const hash = createHash("sha256");
  for (const name of (await readdir(sources)).sort())
    hash.update(name).update(await readFile(join(sources, name)));
  return hash.digest("hex").slice(0, 16);
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
