// A program in a terminal of its own, with every byte that the terminal was sent (node-pty). Where the picture counts, and not the
// bytes, `terminal.ts` has tmux. Owns the program: at the end it is hung up, and killed when that is not enough.
import { type IPty, spawn } from "@lydell/node-pty";
import { announceChild } from "../../sys/wait.ts";
import { until } from "./until.ts";

/** How to start it. */
export interface PtyOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly columns?: number;
  readonly rows?: number;
}

/** A program in a terminal. */
export class PtyProgram implements AsyncDisposable {
  readonly #pty: IPty;
  #said = "";
  #from = 0;
  #status: number | undefined;

  constructor(program: string, args: readonly string[], options: PtyOptions = {}) {
    const { env = process.env, cwd = "/", columns = 80, rows = 24 } = options;
    const variables = Object.entries({ ...env, TERM: "xterm" });
    this.#pty = spawn(program, [...args], {
      cols: columns,
      rows,
      cwd,
      env: Object.fromEntries(variables.filter(([, value]) => value !== undefined)) as Record<string, string>,
    });
    // node-pty waits for its child by itself; the subreaper of a `Hawserd` must not take its status.
    const child: { pid: number; exitCode: number | null; signalCode: null } = {
      pid: this.#pty.pid,
      exitCode: null,
      signalCode: null,
    };
    announceChild(child);
    this.#pty.onData((text) => {
      this.#said += text;
    });
    this.#pty.onExit(({ exitCode, signal = 0 }) => {
      child.exitCode = exitCode;
      this.#status = signal === 0 ? exitCode : 128 + signal;
    });
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** Everything that the terminal was sent. */
  get said(): string {
    return this.#said;
  }

  /** Presses keys. */
  type(keys: string): void {
    this.#pty.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.#pty.resize(columns, rows);
  }

  /** Waits until the terminal was sent something that matches, behind what was waited for before; the match. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    const match = await until(() => pattern.exec(this.#said.slice(this.#from)), {
      what: `the terminal shows ${pattern}`,
      deadline: 30_000,
      logs: { said: () => JSON.stringify(this.#said.slice(-2_000)) },
    });
    this.#from += match.index + match[0].length;
    return match;
  }

  /** Waits for its end: its exit status, 128 + n for signal n. */
  async ended(): Promise<number> {
    const { status } = await until(() => this.#status !== undefined && { status: this.#status }, {
      what: "the end of the program in the terminal",
      deadline: 30_000,
      logs: { said: () => JSON.stringify(this.#said.slice(-2_000)) },
    });
    return status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#status === undefined) this.#pty.kill("SIGKILL");
    await this.ended();
  }
}
