// A containerd of a suite's own: private directories, sockets and configuration, our bin/ first on its PATH. Owns the process,
// which it knows by pid alone, and its log. Another containerd on the machine sees nothing of it.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import type { CtrDaemon, CtrProgram } from "../../support/ctr-daemon.ts";
import { peer } from "../../support/peer.ts";
import { until } from "../../support/until.ts";
import { type CommandOptions, type CommandResult, command } from "./command.ts";
import { shimPids } from "./shim-processes.ts";

const rootDir = resolve(import.meta.dirname, "../../..");

/** A version of containerd, with the client that belongs to it. */
export interface ContainerdProgram extends CtrProgram {
  /** Path of the daemon. */
  readonly daemon: string;
}

/** Debian's. */
export function debianContainerd(): ContainerdProgram {
  return {
    label: "containerd 1.6",
    daemon: "/usr/bin/containerd",
    ctr: "/usr/bin/ctr",
    isTwo: false,
    keepsExits: true,
  };
}

/** The one that scripts/peers builds. */
export function newContainerd(): ContainerdProgram {
  const daemon = peer("containerd");
  return { label: "containerd 2.4", daemon, ctr: peer("containerd", "ctr"), isTwo: true, keepsExits: false };
}

/** What a daemon is to be. */
export interface ContainerdOptions {
  /** A directory of the suite that nobody else uses; its path is short, for the sockets in it. */
  readonly dir: string;
  /** The namespace that `ctr` uses. */
  readonly namespace: string;
  /** The cgroup that all containers are below; carries the suite's id. Default: named as the namespace, which then does. */
  readonly cgroup?: string;
  /** More of the configuration: TOML tables. With it the CRI plug-in is on. */
  readonly cri?: string;
}

/** A running containerd. */
export class Containerd implements CtrDaemon {
  readonly program: ContainerdProgram;
  readonly dir: string;
  readonly namespace: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #cgroup: string;
  #child: ChildProcess | undefined;

  private constructor(program: ContainerdProgram, { dir, namespace, cgroup = namespace }: ContainerdOptions) {
    this.#cgroup = cgroup;
    this.program = program;
    this.dir = dir;
    this.namespace = namespace;
    const path = [join(rootDir, "bin"), resolve(program.daemon, ".."), process.env["PATH"]].join(delimiter);
    // Where our shim puts its socket. containerd 2.4 is told by its configuration, and tells every shim.
    const socketDir = program.isTwo ? undefined : join(dir, "s");
    this.env = { ...process.env, PATH: path, SHIM_SOCKET_DIR: socketDir };
  }

  /** Starts one and waits until it serves. */
  static async start(program: ContainerdProgram, options: ContainerdOptions): Promise<Containerd> {
    const containerd = new Containerd(program, options);
    await mkdir(join(options.dir, "fifo"), { recursive: true });
    writeFileSync(containerd.#path("config.toml"), configuration(program, options));
    try {
      await containerd.restart();
      return containerd;
    } catch (error) {
      await containerd[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where it serves its API. */
  get address(): string {
    return this.#path("sock");
  }

  /** Its own pid. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** All that it has logged, over restarts. */
  get log(): string {
    return readFileSync(this.#path("log"), "utf8");
  }

  /** Starts it again on what it left behind. */
  async restart(): Promise<void> {
    const log = openSync(this.#path("log"), "a");
    const startsAt = this.log.length;
    const child = spawn(this.program.daemon, ["--config", this.#path("config.toml")], {
      env: this.env,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#child = child;
    await until(
      () => {
        if (child.exitCode !== null || child.signalCode !== null) throw new Error("it has ended");
        return this.log.slice(startsAt).includes("containerd successfully booted");
      },
      { what: `${this.program.label} serves`, deadline: 30_000, logs: { log: () => this.log.slice(-4_000) } },
    );
  }

  /** Ends it by a signal and waits for its end. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
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

  /** Imports the archive that `makeImageArchive` made. */
  async importImage(archive: string): Promise<void> {
    await this.ctr(["images", "import", archive]);
  }

  /** Runs a test's body; when it fails, what the daemon has logged meanwhile is part of the error. */
  async watch<T>(body: () => Promise<T>): Promise<T> {
    const startsAt = this.log.length;
    try {
      return await body();
    } catch (error) {
      const said = this.log.slice(startsAt).slice(-6_000);
      throw new Error(`${(error as Error).message}\n--- ${this.program.label}\n${said}`, { cause: error });
    }
  }

  /**
   * Fails when anything of a container is left: in the daemon's books, a shim, a socket. `ofOurs`: of our shim; the one of
   * containerd 2.4 at times leaves its socket.
   */
  async assertEmpty({ ofOurs = true } = {}): Promise<void> {
    const options = { what: "no container, shim or socket is left", deadline: 15_000 };
    await until(
      async () => {
        const left = await this.#leftovers(ofOurs);
        if (left.length > 0) throw new Error(left.join("\n"));
        return true;
      },
      { ...options, logs: { left: async () => (await this.#leftovers(ofOurs)).join("\n") } },
    );
  }

  /** Ends what a failed test left, the daemon, and the parents of the cgroups. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child?.exitCode === null && this.#child.signalCode === null) {
      const quick = { deadlineMs: 20_000, status: "any" } as const;
      const { stdout } = await this.ctr(["containers", "list", "--quiet"], quick);
      for (const id of stdout.split("\n").filter(Boolean)) {
        await this.ctr(["tasks", "delete", "--force", id], quick).catch(() => undefined);
        await this.ctr(["containers", "delete", id], quick).catch(() => undefined);
      }
      await this.kill("SIGTERM");
    }
    for (const pid of this.shimPids()) process.kill(pid, "SIGKILL");
    removeCgroups(this.#cgroup);
    removeEmpty(join("/run/containerd/runc", this.namespace));
  }

  async #leftovers(ofOurs: boolean): Promise<string[]> {
    const { stdout: containers } = await this.ctr(["containers", "list", "--quiet"]);
    const { stdout: tasks } = await this.ctr(["tasks", "list", "--quiet"]);
    const bundles = join(this.dir, "state/io.containerd.runtime.v2.task", this.namespace);
    return [
      ...containers.split("\n").filter(Boolean),
      ...tasks.split("\n").filter(Boolean),
      ...this.shimPids().map((pid) => `shim ${pid}`),
      ...(ofOurs ? namesIn(join(this.dir, "s")) : []),
      ...namesIn(bundles),
      ...namesIn(join(this.dir, "runtime", this.namespace)),
    ];
  }

  #path(name: string): string {
    return join(this.dir, name);
  }
}

// A parent of cgroups, which OCI runtimes leave.
function removeCgroups(name: string): void {
  for (const hierarchy of namesIn("/sys/fs/cgroup")) removeEmpty(join("/sys/fs/cgroup", hierarchy, name));
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

function configuration(program: ContainerdProgram, { dir, cri }: ContainerdOptions): string {
  const common = `root = "${dir}/root"\nstate = "${dir}/state"\n`;
  if (!program.isTwo)
    return `version = 2
${common}disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "${dir}/sock"
`;
  const criPlugins = [
    "grpc.v1.cri",
    "cri.v1.images",
    "cri.v1.runtime",
    "podsandbox.controller.v1.podsandbox",
  ];
  const disabled = cri === undefined ? criPlugins.map((name) => `"io.containerd.${name}"`).join(", ") : "";
  return `version = 4
${common}disabled_plugins = [${disabled}]
[plugins.'io.containerd.server.v1.grpc']
address = "${dir}/sock"
[plugins.'io.containerd.server.v1.ttrpc']
address = "${dir}/sock.ttrpc"
[plugins.'io.containerd.shim.v1.manager']
socket_dir = "${dir}/s"
[plugins.'io.containerd.nri.v1.nri']
disable = true
${cri ?? ""}`;
}
