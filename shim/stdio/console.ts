// Stdio with a terminal. The OCI runtime makes the pty and sends its master to our console socket; from there on we
// copy: master → stdout, stdin → master, each at the pace of the slower side. A client that does not read holds back
// its own container and nobody else. When the terminal ends (the last process has closed it), stdout ends for the
// client, without waiting for Delete, and a client that still types gets EPIPE.
//
// CloseIO: a terminal has no end of input. Its way of saying it is the VEOF character (^D), so that is what the process
// gets, behind everything that was typed before: a shell or `cat` ends as if the user had typed it, and what it wrote
// is not lost. (Go's shim hangs up instead: SIGHUP kills the process in the middle of its output. Who wants that sends
// SIGHUP.) A program in raw mode sees one byte 4. See termios(3), pty(7).
import { tmpdir } from "node:os";
import { Code, HawserError } from "../../proto/errors.ts";
import type { OwnedFd } from "../../sys/fd.ts";
import { FdReader } from "../../sys/fd-io.ts";
import { FdSocket } from "../../sys/fd-passing.ts";
import { syscall } from "../../sys/libc.ts";
import { isTerminal, PtyMaster, type WindowSize } from "../../sys/tty.ts";
import { type Drained, type OnNotice, type ProcessStdio, type StdioOptions, worst } from "./contract.ts";
import type { Input } from "./input.ts";
import { openError } from "./open-error.ts";
import type { Outputs, Sink } from "./outputs.ts";
import { withinMs } from "./within.ts";

/** How long the terminal may take to arrive after the runtime has succeeded; it was sent before that. */
const ARRIVAL_LIMIT_MS = 10_000;
/** The most that struct winsize holds. */
const MAX_SIZE = 0xffff;
/** What a socket in a bundle directory must fit into, with the name that FdSocket gives it. */
const MAX_BASE_DIR_BYTES = 107 - "/console-XXXXXX/s".length;
const TCGETS = 0x5401;
const ICANON = 0o2;

/** A terminal, from the socket that it will arrive on to the hang-up. */
export class ConsoleStdio implements ProcessStdio {
  readonly child = { stdin: "ignore", stdout: "ignore", stderr: "ignore" } as const;
  readonly consoleSocket: string;
  readonly #input: Input | undefined;
  readonly #outputs: Outputs | undefined;
  readonly #onNotice: OnNotice;
  readonly #sink: Sink | undefined;
  readonly #socket: FdSocket;
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
    this.#socket = openSocket(options.bundleDir);
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
    const { signal } = this.#lifetime;
    let fd: OwnedFd | undefined;
    try {
      fd = await this.#socket.receive({ signal });
      if (!isTerminal(fd.fd)) {
        throw new HawserError(Code.FailedPrecondition, "the runtime sent a descriptor that is none");
      }
      this.#master = new PtyMaster(fd);
    } catch (error) {
      fd?.[Symbol.dispose]();
      throw HawserError.from(error).wrap("receive terminal");
    } finally {
      this.#socket[Symbol.dispose]();
    }
    if (this.#size) this.#setSize(this.#master, this.#size);
    this.#outputCopy = this.#copyOutput(this.#master);
    this.#inputCopy = this.#copyInput(this.#master);
  }

  async spawned(): Promise<void> {
    const arrived = await withinMs(
      this.#arrival.then(() => true),
      ARRIVAL_LIMIT_MS,
    );
    if (arrived) return;
    this.#lifetime.abort();
    const message = `receive terminal: the runtime has sent none within ${ARRIVAL_LIMIT_MS / 1000} s`;
    throw new HawserError(Code.DeadlineExceeded, message);
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

// In the bundle, which goes away with the container whatever happens to us, if its name is short enough.
function openSocket(bundleDir: string): FdSocket {
  const runtimeDir = process.env["XDG_RUNTIME_DIR"];
  const dirs = [runtimeDir, tmpdir()].filter((dir) => dir !== undefined);
  if (Buffer.byteLength(bundleDir) <= MAX_BASE_DIR_BYTES) dirs.unshift(bundleDir);
  let cause: unknown;
  for (const dir of dirs) {
    try {
      return new FdSocket(dir);
    } catch (error) {
      cause ??= error;
    }
  }
  throw openError("open console socket in", dirs[0] ?? "", cause);
}

// One VEOF ends the input in canonical mode at the start of a line; behind an unfinished line the first hands over what
// is there and the second is the end. A terminal whose VEOF is off (0) is left alone.
function endOfInput(fd: number, last: number | undefined): Uint8Array {
  const termios = Buffer.alloc(64);
  syscall("ioctl", [fd, TCGETS, termios]);
  const veof = termios[17 + 4] ?? 0;
  if (veof === 0) return Buffer.alloc(0);
  const isCanonical = (termios.readUInt32LE(12) & ICANON) !== 0;
  const isAtLineStart = last === undefined || last === 0x0a || last === 0x0d || last === veof;
  return Buffer.alloc(isCanonical && !isAtLineStart ? 2 : 1, veof);
}
