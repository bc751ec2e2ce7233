// The standard streams of one process, on the client's side: fifos in a folder of its own, or those that the process's record
// names. Owns the streams, and the folder when it made one.
// Always true: the reading ends are open before the shim can open its own, so that no byte is written to nobody.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { BROKERED_STREAM, type BrokeredStdio, formatBrokeredStdio } from "../../../proto/brokered-stdio.ts";
import { Code, HawserError, isErrno } from "../../../proto/errors.ts";
import { makeFifo, openFifoForReading } from "../../../sys/fifo.ts";
import { InputStream } from "./input-stream.ts";
import { OutputStream } from "./output-stream.ts";
import { removeFolder, type StdioDirectory } from "./stdio-directory.ts";

/**
 * Where output goes: `pipe` to a stream here, which must be read, or the process is held back; `ignore` to nowhere; a URI to
 * what the shim opens: `file:///path`, `binary:///path/to/logger`.
 */
export type OutputTarget = "pipe" | "ignore" | `${string}://${string}`;

/** The standard streams that are wanted. */
export interface StdioOptions {
  /** Default `ignore`: the process reads an empty input. */
  readonly stdin?: "pipe" | "ignore" | undefined;
  /** Default `pipe`. */
  readonly stdout?: OutputTarget | undefined;
  /** Default `pipe`; with a terminal there is none. */
  readonly stderr?: OutputTarget | undefined;
}

/**
 * Standard streams that the shim keeps: output goes to its log and to whoever attaches, now or later, and never waits for them.
 * hawserd's alone.
 */
export interface BrokeredStdioOptions {
  /** What the shim is to do with the output; `{}` keeps the last of it in memory. */
  readonly brokered: BrokeredStdio;
  /** Whether there is an input for those who attach. Default: the process reads an empty one. */
  readonly stdin?: boolean | undefined;
}

/** What a request says of the streams. */
export interface StdioPaths {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** The streams of a process. */
export class ProcessStdio implements AsyncDisposable {
  readonly paths: StdioPaths;
  readonly stdin: InputStream | undefined;
  readonly stdout: OutputStream | undefined;
  readonly stderr: OutputStream | undefined;
  readonly #folder: string | undefined;

  private constructor(paths: StdioPaths, streams: Streams, folder?: string) {
    this.paths = paths;
    this.stdin = streams.stdin;
    this.stdout = streams.stdout;
    this.stderr = streams.stderr;
    this.#folder = folder;
  }

  /** Makes fifos for what is to be a pipe. `closeStdin` tells the shim that no more input comes. */
  static async create(
    directory: () => Promise<StdioDirectory>,
    options: StdioOptions | BrokeredStdioOptions,
    isTerminal: boolean,
    closeStdin: () => Promise<void>,
  ): Promise<ProcessStdio> {
    if ("brokered" in options) return new ProcessStdio(brokeredPaths(options, isTerminal), {});
    const { stdin = "ignore", stdout = "pipe", stderr = isTerminal ? "ignore" : "pipe" } = options;
    if (isTerminal && stderr !== "ignore") {
      throw new HawserError(Code.InvalidArgument, `stderr "${stderr}": a terminal has one output, stdout`);
    }
    if (![stdin, stdout, stderr].includes("pipe")) {
      return new ProcessStdio({ stdin: "", stdout: uriOf(stdout), stderr: uriOf(stderr) }, {});
    }
    const folder = await (await directory()).newFolder();
    const fifo = (name: string) => {
      const path = join(folder, name);
      makeFifo(path);
      return path;
    };
    const streams: Streams = {};
    try {
      const paths = {
        stdin: stdin === "pipe" ? fifo("stdin") : "",
        stdout: stdout === "pipe" ? fifo("stdout") : uriOf(stdout),
        stderr: stderr === "pipe" ? fifo("stderr") : uriOf(stderr),
      };
      if (stdin === "pipe") streams.stdin = new InputStream(paths.stdin, closeStdin);
      if (stdout === "pipe") streams.stdout = new OutputStream(openFifoForReading(paths.stdout));
      if (stderr === "pipe") streams.stderr = new OutputStream(openFifoForReading(paths.stderr));
      return new ProcessStdio(paths, streams, folder);
    } catch (error) {
      destroy(streams);
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /**
   * Opens the fifos that a process's record names, where they are fifos and are wanted. Two who read one fifo each get a part
   * of the output. Throws NotFound when a fifo has gone with whoever made it.
   */
  static attach(paths: StdioPaths, options: StdioOptions, closeStdin: () => Promise<void>): ProcessStdio {
    const { stdin = "ignore", stdout = "pipe", stderr = "pipe" } = options;
    const streams: Streams = {};
    try {
      if (stdin === "pipe" && isPath(paths.stdin)) streams.stdin = new InputStream(paths.stdin, closeStdin);
      if (stdout === "pipe" && isPath(paths.stdout)) streams.stdout = openOutput(paths.stdout);
      if (stderr === "pipe" && isPath(paths.stderr)) streams.stderr = openOutput(paths.stderr);
      return new ProcessStdio(paths, streams);
    } catch (error) {
      destroy(streams);
      throw error;
    }
  }

  /** Whether an output has been read to its end. */
  get isAtEnd(): boolean {
    return this.stdout?.readableEnded === true || this.stderr?.readableEnded === true;
  }

  /** Resolves once all output is here; whether that was so within `withinMs`. What is here can be read afterwards. */
  async drained(withinMs: number, signal?: AbortSignal): Promise<boolean> {
    const outputs = [this.stdout, this.stderr].filter((stream) => stream !== undefined);
    // Nobody may have begun to read: this takes as much out of the fifo as a stream may hold.
    for (const stream of outputs) stream.read(0);
    const timeout = AbortSignal.timeout(withinMs);
    const given = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    const late = new Promise<false>((resolve) =>
      given.addEventListener("abort", () => resolve(false), { once: true }),
    );
    return await Promise.race([Promise.all(outputs.map((stream) => stream.drained)).then(() => true), late]);
  }

  /** Closes the streams; what has not been read is lost. The folder goes when no shim has it open. */
  async [Symbol.asyncDispose](): Promise<void> {
    destroy(this);
    if (this.#folder === undefined) return;
    try {
      await removeFolder(this.#folder);
    } catch {
      // The directory that it is in tries again when the client ends.
    }
  }
}

function brokeredPaths({ brokered, stdin = false }: BrokeredStdioOptions, isTerminal: boolean): StdioPaths {
  return {
    stdin: stdin ? BROKERED_STREAM : "",
    stdout: formatBrokeredStdio(brokered),
    stderr: isTerminal ? "" : BROKERED_STREAM,
  };
}

interface Streams {
  stdin?: InputStream | undefined;
  stdout?: OutputStream | undefined;
  stderr?: OutputStream | undefined;
}

function destroy({ stdin, stdout, stderr }: Streams): void {
  for (const stream of [stdin, stdout, stderr]) stream?.destroy();
}

function uriOf(target: OutputTarget): string {
  return target === "ignore" || target === "pipe" ? "" : target;
}

function isPath(path: string): boolean {
  return path.startsWith("/");
}

function openOutput(path: string): OutputStream | undefined {
  try {
    return new OutputStream(openFifoForReading(path));
  } catch (cause) {
    // A regular file, a terminal: whoever gave it reads it.
    if (isErrno(cause, "EINVAL")) return undefined;
    if (!isErrno(cause, "ENOENT")) throw cause;
    throw new HawserError(Code.NotFound, `attach to "${path}": the fifo has gone with whoever made it`, {
      cause,
    });
  }
}
