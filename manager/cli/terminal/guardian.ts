// Puts the terminal back after a death of ours that nobody can see coming: SIGKILL, a crash of the engine. A shell in a session of
// its own waits at a pipe of which we alone hold the other end; when that ends without a word, and the terminal is still as we have
// left it, it puts back what was there. A shell, because it costs a fortieth of what another Node would.
// In a session of its own: no signal of the terminal or of the job ends it, and stty(1) may change a terminal that is not its own.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";

// Says "ready" once it knows what to put back, hears a line when the terminal is raw, and another at an orderly end.
const SCRIPT = `
trap '' INT QUIT HUP TERM TSTP TTIN TTOU
saved=$(stty -g) || exit
echo ready
read -r _ <&3 || { stty "$saved"; exit; }
raw=$(stty -g)
read -r _ <&3 && exit
[ "$(stty -g)" = "$raw" ] && stty "$saved"
`;

/** How long it may take to look at the terminal, and to go; without it, we go on. Milliseconds. */
const PATIENCE_MS = 2_000;

/** The guardian of one terminal. */
export class TerminalGuardian implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #line: Writable;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#line = child.stdio[3] as Writable;
    // It may have no shell, no stty, or have been killed: a terminal without a guardian is no reason to do without a terminal.
    child.on("error", () => undefined);
    this.#line.on("error", () => undefined);
  }

  /** Begins to guard the terminal behind `fd`. Resolves when it knows how that is now, so before anybody changes it. */
  static async start(fd: number): Promise<TerminalGuardian> {
    const child = spawn("/bin/sh", ["-c", SCRIPT], {
      detached: true,
      cwd: "/",
      stdio: [fd, "pipe", "ignore", "pipe"],
    });
    const guardian = new TerminalGuardian(child);
    const heard = Promise.race([once(child.stdout as never, "data"), once(child, "close")]);
    await Promise.race([heard.catch(() => undefined), once(AbortSignal.timeout(PATIENCE_MS), "abort")]);
    child.stdout?.destroy();
    return guardian;
  }

  /** The terminal is raw. */
  isRaw(): void {
    this.#line.write("raw\n");
  }

  /** All is as it was: the guardian goes. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode, pid } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const ended = once(this.#child, "exit");
    const late = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE_MS);
    this.#line.end("raw\nend\n");
    await ended;
    clearTimeout(late);
  }
}
