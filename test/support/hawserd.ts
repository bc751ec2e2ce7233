// A hawserd of a suite's own, as a program: private directories, socket and environment. Owns the process, which it knows by
// pid alone, its log, and what of its containers a failed test leaves. The test process becomes a subreaper, so that shims,
// which are orphans by design, are reaped when their manager is gone.
// What hawserd was told to keep (images, containers that are deleted by the test) is the suite's directory, and goes with it.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { unmountAll } from "../../sys/mount.ts";
import { mountsUnder } from "../../sys/mount-table.ts";
import { setSubreaper } from "../../sys/prctl.ts";
import { Reaper } from "../../sys/wait.ts";
import { type CommandOptions, type CommandResult, command } from "./command.ts";
import type { CtrDaemon, CtrProgram } from "./ctr-daemon.ts";
import { shimPids } from "./shim-processes.ts";
import { until } from "./until.ts";

const binDir = resolve(import.meta.dirname, "../../bin");

/** What a hawserd is to be. */
export interface HawserdOptions {
  /**
   * A directory of the suite that nobody else uses, at most 37 bytes long: sockets of shims lie two levels below, or, when
   * that is too long, in /run/containerd/s, where nobody looks for what is left of them.
   */
  readonly dir: string;
  /** The namespace that `ctr` uses; carries the suite's id, as the cgroups that are named after it then do. */
  readonly namespace: string;
  /** More flags. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** The client; default: Debian's, of 1.6. */
  readonly program?: CtrProgram;
}

/** hawserd, driven by Debian's `ctr`. */
export const debianCtr: CtrProgram = {
  label: "hawserd with ctr 1.6",
  ctr: "/usr/bin/ctr",
  isTwo: false,
  keepsExits: true,
};

/** A hawserd and what belongs to it. Build it first: `buildHawserShim`. */
export class Hawserd implements CtrDaemon {
  readonly program: CtrProgram;
  readonly dir: string;
  readonly namespace: string;
  readonly #args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly #orphans = Orphans.take();
  #child: ChildProcess | undefined;

  private constructor({ dir, namespace, args = [], env = {}, program = debianCtr }: HawserdOptions) {
    this.program = program;
    this.dir = dir;
    this.namespace = namespace;
    this.#args = args;
    this.env = { ...process.env, ...env };
  }

  /** Starts one and waits until it serves. */
  static async start(options: HawserdOptions): Promise<Hawserd> {
    const hawserd = new Hawserd(options);
    // Where tests have `ctr` make its fifos.
    mkdirSync(join(options.dir, "fifo"), { recursive: true });
    try {
      await hawserd.restart();
      return hawserd;
    } catch (error) {
      await hawserd[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** `--root`. */
  get rootDir(): string {
    return join(this.dir, "r");
  }

  /** `--state`. */
  get stateDir(): string {
    return join(this.dir, "s");
  }

  /** Where it serves its API. */
  get address(): string {
    return join(this.stateDir, "hawserd.sock");
  }

  /** Its own pid. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Whether its process is there. */
  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** All that it has logged, over restarts. */
  get log(): string {
    return readFileSync(this.#logPath, "utf8");
  }

  /** The flags of a hawserd or a `hawser doctor` for this place. */
  get flags(): string[] {
    return ["--root", this.rootDir, "--state", this.stateDir, "--address", this.address];
  }

  /** Starts it on what an earlier one left behind, and waits until it serves. */
  async restart(): Promise<void> {
    const startsAt = this.#begin();
    const child = this.#child;
    await until(
      () => {
        if (child?.exitCode !== null || child.signalCode !== null) throw new Error("it has ended");
        return / msg="ready" /.test(this.log.slice(startsAt));
      },
      { what: "hawserd serves", deadline: 30_000, logs: { log: () => this.log.slice(-4_000) } },
    );
  }

  /** Starts it and waits for its end, for cases in which it must not serve; its status and what it said. */
  async refuse(): Promise<{ status: number; said: string }> {
    const startsAt = this.#begin();
    const child = this.#child as ChildProcess;
    const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
    const [status] = await once(child, "exit").finally(() => clearTimeout(timer));
    return { status: status ?? -1, said: this.log.slice(startsAt) };
  }

  /** Ends it by a signal and waits for its end; its exit status, or -1 when the signal ended it. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<number> {
    const child = this.#child;
    if (child === undefined || !this.isRunning) return child?.exitCode ?? -1;
    const ended = once(child, "exit");
    child.kill(signal);
    const [status] = await ended;
    return status ?? -1;
  }

  /** Tells it to stop; its exit status. */
  async stop(): Promise<number> {
    return await this.kill("SIGTERM");
  }

  /** The shims that serve for it. */
  shimPids(): number[] {
    return shimPids(this.address);
  }

  /** Runs `ctr` in the namespace. */
  async ctr(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return await command(this.program.ctr, this.ctrArgs(args), options);
  }

  /** The arguments of `ctr` before and with these. */
  ctrArgs(args: readonly string[]): string[] {
    return ["--address", this.address, "--namespace", this.namespace, ...args];
  }

  /** What tells `hawser` of this place and of the namespace. */
  get hawserEnv(): NodeJS.ProcessEnv {
    return {
      ...this.env,
      HAWSER_ROOT: this.rootDir,
      HAWSER_STATE: this.stateDir,
      HAWSER_ADDRESS: this.address,
      HAWSER_NAMESPACE: this.namespace,
    };
  }

  /** Runs `hawser` for this place: `hawser(["doctor"])`. */
  async hawser(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const env = { ...this.hawserEnv, ...options.env };
    return await command(join(binDir, "hawser"), args, { ...options, env });
  }

  /** Imports an archive that `makeImageArchive` made. */
  async importImage(archive: string): Promise<void> {
    await this.ctr(["images", "import", archive]);
  }

  /** Runs a test's body; when it fails, what hawserd has logged meanwhile is part of the error. */
  async watch<T>(body: () => Promise<T>): Promise<T> {
    const startsAt = this.log.length;
    try {
      return await body();
    } catch (error) {
      const said = this.log.slice(startsAt).slice(-6_000);
      throw new Error(`${(error as Error).message}\n--- hawserd\n${said}`, { cause: error });
    }
  }

  /** Fails when anything of a container is left: a record, a shim, a socket, a bundle, a mount. */
  async assertEmpty(): Promise<void> {
    let left: string[] = [];
    await until(
      async () => {
        left = await this.#leftovers();
        return left.length === 0;
      },
      {
        what: "no container, shim, socket, bundle or mount is left",
        deadline: 15_000,
        logs: { left: () => left.join("\n") },
      },
    );
  }

  /** Ends what a failed test left, hawserd, and the parents of the cgroups. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      if (this.isRunning) {
        await this.#deleteContainers().catch(() => undefined);
        await this.stop();
      }
      for (const pid of this.shimPids()) process.kill(pid, "SIGKILL");
      for (const dir of [this.stateDir, this.rootDir]) await unmountBelow(dir);
      for (const hierarchy of namesIn("/sys/fs/cgroup")) {
        removeEmpty(join("/sys/fs/cgroup", hierarchy, this.namespace));
      }
      removeEmpty(join("/run/containerd/runc", this.namespace));
    } finally {
      await this.#orphans.release();
    }
  }

  get #logPath(): string {
    return join(this.dir, "hawserd.log");
  }

  #begin(): number {
    const log = openSync(this.#logPath, "a");
    const startsAt = this.log.length;
    this.#child = spawn(join(binDir, "hawserd"), [...this.flags, "--log-level", "debug", ...this.#args], {
      env: this.env,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    return startsAt;
  }

  async #deleteContainers(): Promise<void> {
    const quick = { deadlineMs: 20_000, status: "any" } as const;
    const { stdout } = await this.ctr(["containers", "list", "--quiet"], quick);
    const ids = stdout.split("\n").filter(Boolean);
    // Records that a test made by the thousand have no tasks.
    for (const id of ids.length > 1_000 ? [] : ids) {
      await this.ctr(["tasks", "delete", "--force", id], quick);
      await this.ctr(["containers", "delete", id], quick);
    }
  }

  async #leftovers(): Promise<string[]> {
    const { stdout: containers } = await this.ctr(["containers", "list", "--quiet"]);
    const { stdout: tasks } = await this.ctr(["tasks", "list", "--quiet"]);
    return [
      ...`${containers}${tasks}`.split("\n").filter(Boolean),
      ...this.shimPids().map((pid) => `shim ${pid}`),
      ...namesIn(join(this.stateDir, "s")).map((name) => `socket ${name}`),
      ...[this.stateDir, this.rootDir].flatMap((dir) => namesIn(join(dir, "tasks", this.namespace))),
      ...mountsUnder(join(this.stateDir, "tasks")).map(({ target }) => `mount ${target}`),
    ];
  }
}

// The subreaper of this process, for as long as any hawserd of it lives.
class Orphans {
  static #count = 0;
  static #reaper: Reaper | undefined;

  static take(): Orphans {
    if (Orphans.#count++ === 0) {
      setSubreaper();
      Orphans.#reaper = new Reaper({ onExit: () => undefined });
      Orphans.#reaper.start();
    }
    return new Orphans();
  }

  async release(): Promise<void> {
    if (--Orphans.#count > 0) return;
    const orphan = () =>
      readdirSync("/proc").find((pid) => /^\d+$/.test(pid) && parentOf(pid) === String(process.pid));
    await until(() => orphan() === undefined, { what: "the last orphan" }).catch(() => undefined);
    Orphans.#reaper?.[Symbol.dispose]();
    setSubreaper(false);
  }
}

// Not the directory itself: a test may have mounted a small file system there.
async function unmountBelow(dir: string): Promise<void> {
  for (const { target } of mountsUnder(dir)) if (target !== dir) await unmountAll(target);
}

function parentOf(pid: string): string | undefined {
  try {
    return /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  } catch {
    return undefined;
  }
}

function removeEmpty(dir: string): void {
  try {
    rmdirSync(dir);
  } catch {
    // Never made, or in use: the suite's leak check says so.
  }
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}
