// A place for a hawserd that nobody has started: directories and environment, in which `hawser` starts one by itself. Ends it, and
// knows whether it runs. Nothing of it is this process's child, as in real life.

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type CommandOptions, type CommandResult, command } from "./command.ts";
import { until } from "./until.ts";

const binDir = resolve(import.meta.dirname, "../../bin");

/** A place. */
export class HawserPlace implements AsyncDisposable {
  readonly dir: string;

  /** `dir`: a directory of the suite that nobody else uses, as short as `Hawserd` wants it. */
  constructor(dir: string) {
    this.dir = dir;
  }

  get rootDir(): string {
    return join(this.dir, "r");
  }

  get stateDir(): string {
    return join(this.dir, "s");
  }

  get address(): string {
    return join(this.stateDir, "hawserd.sock");
  }

  /** What tells `hawser` of this place. */
  get env(): NodeJS.ProcessEnv {
    const { HAWSER_CONFIG: _, HAWSER_START: __, HAWSER_ADDRESS: ___, ...env } = process.env;
    return { ...env, HAWSER_ROOT: this.rootDir, HAWSER_STATE: this.stateDir };
  }

  /** Runs `hawser`; any exit status will do. */
  async hawser(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const env = { ...this.env, ...options.env };
    return await command(join(binDir, "hawser"), args, { status: "any", ...options, env });
  }

  /** Pids of the hawserds that run here. */
  hawserds(): number[] {
    return readdirSync("/proc")
      .map(Number)
      .filter((pid) => Number.isInteger(pid) && isHawserdOf(pid, this.rootDir));
  }

  /** Ends what runs here, by force if need be. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.hawser(["system", "stop"]).catch(() => undefined);
    for (const pid of this.hawserds()) process.kill(pid, "SIGKILL");
    await until(() => this.hawserds().length === 0, { what: "no hawserd runs here" });
  }
}

// A zombie, which nobody reaps where init does not, has no command line.
function isHawserdOf(pid: number, rootDir: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return words.some((word) => word.endsWith("/hawserd.mjs")) && words.includes(rootDir);
  } catch {
    return false;
  }
}
