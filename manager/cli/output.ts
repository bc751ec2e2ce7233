// Where a command prints: standard output or standard error, with what it can show. Every write waits until its bytes are
// taken, so that a slow reader slows the command and nothing piles up.
// Always true: a reader that has gone away (`hawser ps | head -1`) ends the command without a word, with the status of a
// program that SIGPIPE ended; standard error that has gone away is ignored.
import { EXIT_SIGNAL_BASE, ExitStatus } from "./exit-status.ts";

/** Its number: signal(7). */
export const SIGPIPE = 13;

/** Width of what is no terminal and does not say otherwise: no limit. */
const NO_WIDTH = Number.POSITIVE_INFINITY;

/** Something to print to. */
export interface Output {
  /** Resolves when it is written. Throws ExitStatus 141 when nobody reads any more. */
  write(data: string | Uint8Array): Promise<void>;
  /** A line of text; the newline is added. */
  line(text: string): Promise<void>;
  /** Whether a person is looking. */
  readonly isTerminal: boolean;
  /** Width in characters; `Infinity` for what is no terminal. */
  readonly columns: number;
  /** Whether escape sequences for colours are welcome: on a terminal that has some, unless NO_COLOR is set. */
  readonly hasColour: boolean;
}

/** Output to a stream of the process. Borrows the stream. */
export class StreamOutput implements Output {
  readonly isTerminal: boolean;
  readonly hasColour: boolean;
  readonly #stream: NodeJS.WriteStream;
  readonly #endsCommand: boolean;

  /** `endsCommand`: whether a reader that has gone ends the command. */
  constructor(
    stream: NodeJS.WriteStream,
    { env, endsCommand }: { env: NodeJS.ProcessEnv; endsCommand: boolean },
  ) {
    this.#stream = stream;
    this.#endsCommand = endsCommand;
    this.isTerminal = stream.isTTY === true;
    this.hasColour = this.isTerminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
    // Each write hears of its own failure; without this, the first would end the process.
    stream.on("error", () => undefined);
  }

  get columns(): number {
    return this.isTerminal ? this.#stream.columns || NO_WIDTH : NO_WIDTH;
  }

  write(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(data, (error) => {
        if (error == null || !this.#endsCommand) resolve();
        else if (isGone(error)) reject(new ExitStatus(EXIT_SIGNAL_BASE + SIGPIPE));
        else reject(new ExitStatus(1, `write to standard output: ${error.message}`, { cause: error }));
      });
    });
  }

  line(text: string): Promise<void> {
    return this.write(`${text}\n`);
  }
}

function isGone(error: NodeJS.ErrnoException): boolean {
  return error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED";
}
