// Stdio with a terminal. The OCI runtime makes the pty and sends its master to our console socket; from there on we
// copy: master → stdout, stdin → master, each at the pace of the slower side. A client that does not read holds back
// its own container and nobody else. When the terminal ends (the last process has closed it), stdout ends for the
// client, without waiting for Delete, and a client that still types gets EPIPE.
//
// CloseIO: a terminal has no end of input. Its way of saying it is the VEOF character (^D), so that is what the process
// gets, behind everything that was typed before: a shell or `cat` ends as if the user had typed it, and what it wrote
// is not lost. (Go's shim hangs up instead: SIGHUP kills the process in the middle of its output. Who wants that sends
// SIGHUP.) A program in raw mode sees one byte 4. See termios(3), pty(7).
import { Code, HawserError } from "../../proto/errors.ts";
import { FdReader } from "../../sys/fd-io.ts";
import { PtyMaster, type WindowSize } from "../../sys/tty.ts";
import { ConsoleSocket, endOfInput } from "./console-socket.ts";
import { type Drained, type OnNotice, type ProcessStdio, type StdioOptions, worst } from "./contract.ts";
import type { Input } from "./input.ts";
import type { Outputs, Sink } from "./outputs.ts";
import { withinMs } from "./within.ts";

/** The most that struct winsize holds. */
const MAX_SIZE = 0xffff;

/** A terminal, from the socket that it will arrive on to the hang-up. */
export class ConsoleStdio implements ProcessStdio {
  readonly child = { stdin: "ignore", stdout: "ignore", stderr: "ignore" } as const;
  readonly consoleSocket: string;
  readonly #input: Input | undefined;
  readonly #outputs: Outputs | undefined;
  readonly #onNotice: OnNotice;
  readonly #sink: Sink | undefined;
  readonly #socket: ConsoleSocket;
  /** Ends everything that waits. */
  readonly #lifetime = new AbortController();
  /** Resolves when the terminal is here and copying runs. */
  readonly #arrival: Promise<void>;
  #master: PtyMaster | undefined;
  #size: WindowSize | undefined;
  #outputCopy: Promise<Drained> | undefined;
  #inputCopy: Promise<void> | undefined;

  /** Takes `input` and `outputs`. Throws a HawserError, and has then closed nothing of the caller's. */
  constructor(input: Input | undefined, outputs: Outputs | undefined, options: StdioOptions) {
    this.#onNotice = options.onNotice;
    this.#input = input;
    this.#outputs = outputs;
    this.#socket = new ConsoleSocket(options.bundleDir);
    try {
      this.#sink = outputs?.openForCopy();
    } catch (error) {
      this.#socket[Symbol.dispose]();
      throw error;
    }
    this.consoleSocket = this.#socket.path;
    this.#arrival = this.#receive();
    // Whether it is awaited depends on the runtime; a failure of the runtime is told by the runtime.
    this.#arrival.catch(() => undefined);
  }

  async #receive(): Promise<void> {
    const fd = await this.#socket.receive(this.#lifetime.signal);
    try {
      this.#master = new PtyMaster(fd);
    } catch (error) {
      throw HawserError.from(error).wrap("receive terminal");
    }
    if (this.#size) this.#setSize(this.#master, this.#size);
    this.#outputCopy = this.#copyOutput(this.#master);
    this.#inputCopy = this.#copyInput(this.#master);
  }

  async spawned(): Promise<void> {
    try {
      await this.#socket.arrived(this.#arrival);
    } catch (error) {
      this.#lifetime.abort();
      throw error;
    }
  }

  resize(width: number, height: number): void {
    if (width > MAX_SIZE || height > MAX_SIZE) {
      const message = `resize terminal to ${width} × ${height}: at most ${MAX_SIZE} × ${MAX_SIZE}`;
      throw new HawserError(Code.InvalidArgument, message);
    }
    if (width <= 0 || height <= 0) return;
    this.#size = { columns: width, rows: height };
    if (this.#master) this.#setSize(this.#master, this.#size);
  }

  #setSize(master: PtyMaster, size: WindowSize): void {
    try {
      master.resize(size);
    } catch (error) {
      this.#onNotice("resize terminal: ignoring", error);
    }
  }

  closeStdin(): void {
    this.#input?.closeWriter();
  }

  // Reads the terminal to its end whatever becomes of the sink: a full disk must not stall the container.
  async #copyOutput(master: PtyMaster): Promise<Drained> {
    const { signal } = this.#lifetime;
    let droppedBytes = 0;
    try {
      for (;;) {
        const bytes = await master.output.read({ signal });
        if (bytes === undefined) return droppedBytes === 0 ? "complete" : "cut";
        if (droppedBytes > 0) droppedBytes += bytes.length;
        else if (!(await this.#writeOut(bytes))) droppedBytes = bytes.length;
      }
    } catch (error) {
      if (!signal.aborted) this.#onNotice("copy terminal output: ending it", error);
      return "cut";
    } finally {
      if (droppedBytes > 0) this.#onNotice(`${droppedBytes} bytes of a terminal's output were dropped`);
      this.#sink?.[Symbol.dispose]();
      // Nobody will read input any more. Ends the other direction, whose reading end must not outlive the terminal.
      this.#lifetime.abort();
    }
  }

  async #writeOut(bytes: Uint8Array): Promise<boolean> {
    const { signal } = this.#lifetime;
    try {
      await this.#sink?.write(bytes, { signal });
      return true;
    } catch (error) {
      signal.throwIfAborted();
      this.#onNotice("write terminal output: dropping it from here on", error);
      return false;
    }
  }

  async #copyInput(master: PtyMaster): Promise<void> {
    if (this.#input === undefined) return;
    const { signal } = this.#lifetime;
    try {
      using reader = new FdReader(this.#input.take());
      let last: number | undefined;
      for (let bytes = await reader.read({ signal }); bytes; bytes = await reader.read({ signal })) {
        await master.input.write(bytes, { signal });
        last = bytes.at(-1);
      }
      await master.input.write(endOfInput(master.fd, last), { signal });
    } catch (error) {
      if (!signal.aborted) this.#onNotice("copy terminal input: ending it, continuing", error);
    } finally {
      this.#input.closeWriter();
    }
  }

  async drained(budgetMs: number): Promise<Drained> {
    const startedAt = performance.now();
    const results: Drained[] = [];
    if (this.#master !== undefined && this.#outputCopy !== undefined) {
      const copied = await withinMs(this.#outputCopy, budgetMs);
      if (copied === undefined) {
        this.#onNotice(`terminal output did not end within ${budgetMs} ms: hanging up`);
        this.#lifetime.abort();
        await this.#outputCopy;
        this.#master[Symbol.dispose]();
      }
      results.push(copied ?? "cut");
    } else this.#sink?.[Symbol.dispose]();
    const leftMs = Math.max(0, budgetMs - (performance.now() - startedAt));
    if (this.#outputs) results.push(await this.#outputs.settled(leftMs));
    return worst(results);
  }

  /** Hangs up. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#lifetime.abort();
    this.#socket[Symbol.dispose]();
    await this.#arrival.catch(() => undefined);
    await this.#outputCopy;
    await this.#inputCopy;
    this.#master?.[Symbol.dispose]();
    this.#sink?.[Symbol.dispose]();
    this.#input?.[Symbol.dispose]();
    await this.#outputs?.[Symbol.asyncDispose]();
  }
}
