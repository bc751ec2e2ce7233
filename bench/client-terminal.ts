// A command on a terminal of the bench's own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync } from "node:fs";
import { openPty, PtyMaster, setWindowSize } from "../sys/tty.ts";

/** What to run. */
export interface TerminalCommand {
  readonly command: readonly [string, ...string[]];
  readonly env?: NodeJS.ProcessEnv;
}

/** The command, in a session of its own with the terminal, and the other side of that. Disposing ends it by force. */
export class ClientTerminal implements AsyncDisposable {
  readonly master: PtyMaster;
  readonly child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor({ command, env = process.env }: TerminalCommand) {
    const { master, slavePath } = openPty();
    setWindowSize(master.fd, { columns: 80, rows: 24 });
    const slave = openSync(slavePath, constants.O_RDWR | constants.O_NOCTTY);
    const [program, ...args] = ["--ctty", ...command];
    this.child = spawn("setsid", [program, ...args], { stdio: [slave, slave, slave], env });
    this.#ended = once(this.child, "exit");
    closeSync(slave);
    this.master = new PtyMaster(master);
  }

  /** Runs a command to its end. Throws with what it printed when it failed. */
  static async run(command: TerminalCommand): Promise<void> {
    await using terminal = new ClientTerminal(command);
    let said = "";
    for await (const bytes of terminal.master.output) said += String(bytes);
    await terminal.#ended;
    if (terminal.child.exitCode !== 0) throw new Error(`bench attach: ${command.command.join(" ")}: ${said}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill("SIGKILL");
    this.master[Symbol.dispose]();
    await this.#ended;
  }
}
