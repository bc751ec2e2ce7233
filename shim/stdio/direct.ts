// Stdio without a terminal: the container has the client's own fifos and files, or the pipes to a logger, and no byte
// passes through us. Owns, until the runtime has succeeded, our copies of the container's descriptors, and to the end
// what keeps the streams alive (`input.ts`, `output-fifo.ts`, `logger-outputs.ts`).
import type { OwnedFd } from "../../sys/fd.ts";
import type { ChildStdio, Drained, ProcessStdio } from "./contract.ts";
import type { Input } from "./input.ts";
import type { OutputFds, Outputs } from "./outputs.ts";

/** No terminal; any of the three streams may be missing. */
export class DirectStdio implements ProcessStdio {
  readonly child: ChildStdio;
  readonly consoleSocket = undefined;
  readonly #input: Input | undefined;
  readonly #outputs: Outputs | undefined;
  readonly #childFds: OwnedFd[] = [];

  /** Takes both. Throws a HawserError, and has then closed nothing of the caller's. */
  constructor(input: Input | undefined, outputs: Outputs | undefined) {
    const fds: OutputFds = outputs?.openForContainer() ?? { stdout: undefined, stderr: undefined };
    const stdin = input?.take();
    for (const fd of [stdin, fds.stdout, fds.stderr]) if (fd) this.#childFds.push(fd);
    this.#input = input;
    this.#outputs = outputs;
    this.child = {
      stdin: stdin?.fd ?? "ignore",
      stdout: fds.stdout?.fd ?? "ignore",
      stderr: fds.stderr?.fd ?? "ignore",
    };
  }

  async spawned(): Promise<void> {
    this.#closeChildFds();
  }

  resize(): void {
    // no terminal, no size
  }

  closeStdin(): void {
    this.#input?.closeWriter();
  }

  async drained(budgetMs: number): Promise<Drained> {
    this.#closeChildFds();
    return (await this.#outputs?.settled(budgetMs)) ?? "complete";
  }

  #closeChildFds(): void {
    for (const fd of this.#childFds) fd[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closeChildFds();
    this.#input?.[Symbol.dispose]();
    await this.#outputs?.[Symbol.asyncDispose]();
  }
}
