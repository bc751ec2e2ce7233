// Brokered stdio: the process has pipes of ours or a terminal, and we stand between it and everybody else, so that its output is
// in the log and its sessions come and go (docs/attach.md). Owns the pipes, or the terminal from the socket that it arrives on to
// the hang-up; borrows the broker, which lives longer: sessions may be there before the process and after it.
import { fchownSync } from "node:fs";
import { Code, HawserError } from "../../proto/errors.ts";
import { type OwnedFd, pipe } from "../../sys/fd.ts";
import { FdWriter } from "../../sys/fd-io.ts";
import { setWindowSize, type WindowSize } from "../../sys/tty.ts";
import type { Broker } from "../attach/broker.ts";
import type { ProcessSide } from "../attach/sides.ts";
import { ConsoleSocket, endOfInput } from "./console-socket.ts";
import type { ChildStdio, Drained, ProcessStdio, StdioOptions } from "./contract.ts";
import { openError } from "./open-error.ts";
import { widenPipe } from "./output-fifo.ts";
import { OutputPump } from "./output-pump.ts";
import { withinMs } from "./within.ts";

/** The most that struct winsize holds. */
const MAX_SIZE = 0xffff;

/** What of the process the sessions reach beside its stdio. */
export type ProcessControl = Pick<ProcessSide, "signal" | "killAll">;

/** Which streams there are. */
export interface BrokeredStreams {
  readonly isTerminal: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

/** Stdio that passes through a broker. */
export class BrokeredProcessStdio implements ProcessStdio {
  readonly child: ChildStdio;
  readonly #broker: Broker;
  readonly #options: StdioOptions;
  readonly #childFds: OwnedFd[] = [];
  readonly #pumps = new Set<OutputPump>();
  readonly #console: ConsoleSocket | undefined;
  readonly #lifetime = new AbortController();
  readonly #ended = Promise.withResolvers<Drained>();
  readonly #hasStdin: boolean;
  /** Resolves when the terminal is here; at once without one. */
  #arrival: Promise<void> = Promise.resolve();
  #master: OwnedFd | undefined;
  #size: WindowSize | undefined;
  #isCut = false;

  /** Opens what the process inherits. Throws a HawserError with everything closed. */
  constructor(broker: Broker, streams: BrokeredStreams, control: ProcessControl, options: StdioOptions) {
    this.#broker = broker;
    this.#options = options;
    this.#hasStdin = streams.stdin;
    const ignored = { stdin: "ignore", stdout: "ignore", stderr: "ignore" } as const;
    try {
      if (streams.isTerminal) {
        this.child = ignored;
        this.#console = new ConsoleSocket(options.bundleDir);
        this.#arrival = this.#receive(this.#console);
        // Whether it is awaited depends on the runtime; a failure of the runtime is told by the runtime.
        this.#arrival.catch(() => undefined);
      } else {
        this.child = {
          stdin: streams.stdin ? this.#openInput() : "ignore",
          stdout: streams.stdout ? this.#openOutput(1) : "ignore",
          stderr: streams.stderr ? this.#openOutput(2) : "ignore",
        };
        if (this.#pumps.size === 0) this.#end("complete");
      }
    } catch (error) {
      this.#close();
      throw openError("open stdio of", options.execId ?? options.containerId, error);
    }
    const stdio = this;
    broker.serve({
      get size() {
        return stdio.#size;
      },
      goOn: () => this.#goOn(),
      resize: (columns, rows) => this.resize(columns, rows),
      signal: (number) => control.signal(number),
      killAll: () => control.killAll(),
      hangUp: () => this.#hangUp(control),
    });
  }

  get consoleSocket(): string | undefined {
    return this.#console?.path;
  }

  #openInput(): number {
    const { read, write } = this.#pipe();
    this.#childFds.push(read);
    this.#broker.input.open(pipeTarget(write));
    return read.fd;
  }

  #openOutput(stream: 1 | 2): number {
    const { read, write } = this.#pipe();
    this.#childFds.push(write);
    this.#addPump(read, stream);
    return write.fd;
  }

  #pipe(): { read: OwnedFd; write: OwnedFd } {
    const pair = pipe();
    try {
      widenPipe(pair.read.fd);
      const { uid, gid } = this.#options;
      // Both ends are one inode; a program that opens /dev/stdout as another user needs this.
      if (uid !== undefined || gid !== undefined) fchownSync(pair.read.fd, uid ?? -1, gid ?? -1);
      return pair;
    } catch (error) {
      pair.read[Symbol.dispose]();
      pair.write[Symbol.dispose]();
      throw error;
    }
  }

  #addPump(fd: OwnedFd, stream: 1 | 2): void {
    const pump = new OutputPump(fd, stream, this.#broker, (error) => {
      if (error !== undefined) {
        this.#options.onNotice("read output: ending it", error);
        this.#isCut = true;
      }
      this.#pumps.delete(pump);
      if (this.#pumps.size === 0) this.#end(this.#isCut ? "cut" : "complete");
    });
    this.#pumps.add(pump);
  }

  async #receive(socket: ConsoleSocket): Promise<void> {
    const master = await socket.receive(this.#lifetime.signal);
    this.#master = master;
    // Closed while it was under way: what would be made of it now, nobody would close. It is hung up with the rest.
    if (this.#lifetime.signal.aborted) return;
    try {
      if (this.#size !== undefined) setWindowSize(master.fd, this.#size);
      if (this.#hasStdin) this.#broker.input.open(terminalTarget(master.dup()));
      this.#addPump(master.dup(), 1);
    } catch (error) {
      throw HawserError.from(error).wrap("receive terminal");
    }
  }

  async spawned(): Promise<void> {
    this.#closeChildFds();
    await this.#console?.arrived(this.#arrival);
  }

  resize(width: number, height: number): void {
    if (width > MAX_SIZE || height > MAX_SIZE) {
      const message = `resize terminal to ${width} × ${height}: at most ${MAX_SIZE} × ${MAX_SIZE}`;
      throw new HawserError(Code.InvalidArgument, message);
    }
    if (width <= 0 || height <= 0 || this.#console === undefined) return;
    this.#size = { columns: width, rows: height };
    try {
      if (this.#master?.isOpen) setWindowSize(this.#master.fd, this.#size);
    } catch (error) {
      this.#options.onNotice("resize terminal: ignoring", error);
    }
  }

  closeStdin(): void {
    this.#broker.input.end();
  }

  #goOn(): void {
    for (const pump of this.#pumps) pump.goOn();
  }

  // A terminal hangs up: the kernel tells the processes on it, whichever they are. Without one, init of the session is all there is.
  #hangUp(control: ProcessControl): void {
    if (this.#console === undefined) {
      try {
        control.signal(SIGHUP);
      } catch {
        // it has ended
      }
      return;
    }
    for (const pump of this.#pumps) pump[Symbol.dispose]();
    this.#pumps.clear();
    this.#end("cut");
    this.#master?.[Symbol.dispose]();
  }

  #end(output: "complete" | "cut"): void {
    this.#broker.endOutput(output);
    this.#ended.resolve(output);
  }

  async drained(budgetMs: number): Promise<Drained> {
    this.#closeChildFds();
    const startedAt = performance.now();
    let output = await withinMs(this.#ended.promise, budgetMs);
    if (output === undefined) {
      this.#options.onNotice(`output did not end within ${budgetMs} ms: closing it`);
      output = "cut";
      this.#close();
    }
    const leftMs = Math.max(0, budgetMs - (performance.now() - startedAt));
    const isGiven = await this.#broker.settled(leftMs);
    return output === "complete" && isGiven ? "complete" : "cut";
  }

  #closeChildFds(): void {
    for (const fd of this.#childFds) fd[Symbol.dispose]();
  }

  #close(): void {
    this.#lifetime.abort();
    this.#closeChildFds();
    for (const pump of this.#pumps) pump[Symbol.dispose]();
    this.#pumps.clear();
    this.#console?.[Symbol.dispose]();
    this.#end("cut");
    this.#master?.[Symbol.dispose]();
  }

  /** Hangs up, and leaves the broker as it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    await this.#arrival.catch(() => undefined);
    this.#master?.[Symbol.dispose]();
  }
}

const SIGHUP = 1;

/** Takes the writing end of a pipe: closing it is the end of the input. */
function pipeTarget(fd: OwnedFd): { writer: FdWriter } & Disposable {
  const writer = new FdWriter(fd);
  return { writer, [Symbol.dispose]: () => writer[Symbol.dispose]() };
}

/** Takes a duplicate of a master: the end of the input is a character. */
function terminalTarget(fd: OwnedFd) {
  const writer = new FdWriter(fd);
  return {
    writer,
    endMark: (last: number | undefined) => endOfInput(fd.fd, last),
    [Symbol.dispose]: () => writer[Symbol.dispose](),
  };
}
