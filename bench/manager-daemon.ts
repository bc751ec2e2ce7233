// A daemon that serves containerd's API, ours or Debian's, in private directories of the bench. Owns the process and knows
// it by pid alone; both are driven by the same `ctr`, so that what differs is the daemon and its shims.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

export const NAMESPACE = "hawser-bench";

/** Time for a daemon to serve, or to end. Milliseconds. */
const BUDGET_MS = 60_000;

const top = join(import.meta.dirname, "..");

/** Which daemon. */
export interface DaemonKind {
  /** As in the tables. */
  readonly name: string;
  /** The program and its arguments; what it needs in `dir` is made by then. */
  command(dir: string, stateDir: string): Promise<readonly string[]>;
}

export const containerd: DaemonKind = {
  name: "containerd",
  async command(dir, stateDir) {
    const config = join(dir, "config.toml");
    await writeFile(
      config,
      `version = 2\nroot = "${dir}/root"\nstate = "${stateDir}/state"\n` +
        `disabled_plugins = ["io.containerd.grpc.v1.cri"]\n[grpc]\naddress = "${stateDir}/sock"\n`,
    );
    return ["containerd", "--config", config];
  },
};

export const hawserd: DaemonKind = {
  name: "hawserd",
  command: (dir, stateDir) =>
    Promise.resolve([
      join(top, "bin", "hawserd"),
      ...["--root", join(dir, "root"), "--state", join(stateDir, "state")],
      ...["--address", join(stateDir, "sock")],
    ]),
};

/** A running daemon. */
export class Daemon implements AsyncDisposable {
  readonly kind: DaemonKind;
  readonly address: string;
  readonly #command: readonly string[];
  readonly #logPath: string;
  #child: ChildProcess | undefined;

  private constructor(kind: DaemonKind, stateDir: string, command: readonly string[], logPath: string) {
    this.kind = kind;
    this.address = join(stateDir, "sock");
    this.#command = command;
    this.#logPath = logPath;
  }

  /** Starts one: `dir` on disk for what lasts, `stateDir` in memory for the rest; both are its own. */
  static async start(kind: DaemonKind, dir: string, stateDir: string): Promise<Daemon> {
    await mkdir(dir, { recursive: true });
    await mkdir(stateDir, { recursive: true });
    const daemon = new Daemon(kind, stateDir, await kind.command(dir, stateDir), join(dir, "log"));
    try {
      await daemon.restart();
      return daemon;
    } catch (error) {
      await daemon.stop();
      throw error;
    }
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Starts it on what it left, and returns when it answers. */
  async restart(): Promise<void> {
    const log = openSync(this.#logPath, "a");
    const [program = "", ...args] = this.#command;
    const path = [join(top, "bin"), process.env["PATH"]].join(delimiter);
    const env = { ...process.env, PATH: path, SHIM_SOCKET_DIR: join(dirname(this.address), "s") };
    const child = spawn(program, args, { env, stdio: ["ignore", log, log] });
    closeSync(log);
    this.#child = child;
    const deadline = performance.now() + BUDGET_MS;
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
        const said = readFileSync(this.#logPath, "utf8").slice(-2_000);
        throw new Error(`bench manager: ${this.kind.name} does not serve:\n${said}`);
      }
      const served = await this.ctr("version").catch(() => undefined);
      if (served !== undefined) return;
      await delay(2);
    }
  }

  /** Runs `ctr` in the namespace of the bench; returns what it printed. Rejects when it fails. */
  async ctr(...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(
      "ctr",
      ["--address", this.address, "--namespace", NAMESPACE, ...args],
      { maxBuffer: 64 * 1024 * 1024 },
    );
    return stdout;
  }

  /** Ends it by a signal; its shims go on. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  /** Deletes what the bench made and ends the daemon. */
  async [Symbol.asyncDispose](): Promise<void> {
    const ids = await this.ctr("containers", "list", "--quiet").catch(() => "");
    for (const id of ids.split("\n").filter(Boolean)) {
      await this.ctr("tasks", "delete", "--force", id).catch(() => undefined);
      await this.ctr("containers", "delete", id).catch(() => undefined);
    }
    await this.stop();
  }
}
