// A real terminal for programs that want one: a pane of a tmux server of its own. Owns the server.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { command } from "./command.ts";
import { until } from "./until.ts";

/** A program in a terminal. */
export class Terminal implements AsyncDisposable {
  readonly #socket: string;
  readonly #statusFile: string;

  private constructor(socket: string, statusFile: string) {
    this.#socket = socket;
    this.#statusFile = statusFile;
  }

  /** Starts a program in a terminal of 80 columns and 24 lines. `dir` is a directory of the suite, `name` unique in it. */
  static async open(
    dir: string,
    name: string,
    program: readonly string[],
    env: NodeJS.ProcessEnv = process.env,
  ): Promise<Terminal> {
    const socket = join(dir, `${name}.tmux`);
    const config = join(dir, `${name}.conf`);
    const statusFile = join(dir, `${name}.status`);
    // The pane outlives its program, so that the last screen can be read. The status goes its own way: tmux 3.3a at times
    // knows of a dead pane and not of its status.
    await writeFile(config, "set -g remain-on-exit on\nset -g status off\n");
    const words = ["sh", "-c", '"$@"; echo $? > "$0"', statusFile, ...program];
    const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
    await command("tmux", ["-S", socket, "-f", config, "new-session", "-d", "-x", "80", "-y", "24", line], {
      env: { ...env, TERM: "xterm", TMUX: undefined },
    });
    return new Terminal(socket, statusFile);
  }

  /** What the screen shows, without the blank lines at its end. */
  async screen(): Promise<string> {
    const { stdout } = await this.#tmux("capture-pane", "-p", "-t", "0");
    return stdout.trimEnd();
  }

  /** Types a line. */
  async type(line: string): Promise<void> {
    await this.#tmux("send-keys", "-t", "0", "-l", line);
    await this.press("Enter");
  }

  /** Presses keys by tmux's names: `C-c`, `Enter`. */
  async press(...keys: string[]): Promise<void> {
    await this.#tmux("send-keys", "-t", "0", ...keys);
  }

  async resize(columns: number, lines: number): Promise<void> {
    await this.#tmux("resize-window", "-t", "0", "-x", String(columns), "-y", String(lines));
  }

  /** Waits until the screen shows it. */
  async shows(pattern: RegExp, what = `the screen shows ${pattern}`): Promise<void> {
    await until(async () => pattern.test(await this.screen()), {
      what,
      deadline: 30_000,
      logs: { screen: () => this.screen() },
    });
  }

  /** Waits for the end of the program; its status. */
  async ended(): Promise<number> {
    const status = await until(async () => /^(\d+)\n/.exec(await readFile(this.#statusFile, "utf8"))?.[1], {
      what: "the end of the program",
      deadline: 30_000,
      logs: { screen: () => this.screen() },
    });
    return Number(status);
  }

  /** Ends the server, and with it, by a hang-up, what still runs in the terminal. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server").catch(() => undefined);
  }

  async #tmux(...args: string[]): Promise<{ stdout: string }> {
    return await command("tmux", ["-S", this.#socket, ...args], { deadlineMs: 10_000 });
  }
}
