// Reads one output of a process, a pipe or a terminal, and hands it on as long as it may: bursts of reads on the event loop,
// without a promise in between, because a keystroke's echo passes here. Owns the descriptor.

import { codeOfError } from "../../sys/errno.ts";
import { type OwnedFd, setNonBlocking } from "../../sys/fd.ts";
import { tryReadInto } from "../../sys/fd-io.ts";
import { type FdPoll, pollFd } from "../../sys/libc.ts";
import type { Broker } from "../attach/broker.ts";
import { readBuffer, type Stream } from "../attach/output-window.ts";

/** Reads in one turn of the event loop. */
const BURST = 8;
/** A shorter read has emptied what it read from. */
const SHORT_READ_BYTES = 4 * 1024;

// One for all: what was read is taken or copied before anything else runs. Idle processes then cost no buffer.
let buffer: Buffer | undefined;

/** Told once: the end of the output, or what made an end of it. */
export type OnOutputEnd = (error?: unknown) => void;

/** One stream of output on its way to a broker. */
export class OutputPump implements Disposable {
  readonly #fd: OwnedFd;
  readonly #broker: Broker;
  readonly #stream: Stream;
  readonly #onEnd: OnOutputEnd;
  readonly #poll: FdPoll;
  #isStopped = false;
  #isOver = false;

  /** Takes `fd` and begins. Throws the system's error, and has closed `fd` then. */
  constructor(fd: OwnedFd, stream: Stream, broker: Broker, onEnd: OnOutputEnd) {
    this.#fd = fd;
    this.#stream = stream;
    this.#broker = broker;
    this.#onEnd = onEnd;
    try {
      setNonBlocking(fd.fd, true);
      this.#poll = pollFd(fd.fd, { readable: true }, () => this.#read());
    } catch (error) {
      fd[Symbol.dispose]();
      throw error;
    }
  }

  /** Goes on after it was held. */
  goOn(): void {
    if (!this.#isStopped || this.#isOver) return;
    this.#isStopped = false;
    this.#poll.start();
  }

  #read(): void {
    let error: unknown;
    try {
      for (let burst = 0; burst < BURST && !this.#isOver && this.#readOnce(); burst++);
    } catch (caught) {
      // What a pty master says when the last of the other side is gone.
      if (codeOfError(caught) !== "EIO") error = caught;
      this.#end();
    }
    this.#broker.feed();
    if (this.#isOver) this.#onEnd(error);
  }

  /** Whether there is probably more. */
  #readOnce(): boolean {
    if (this.#broker.mustHold) {
      this.#isStopped = true;
      this.#poll.stop();
      return false;
    }
    buffer ??= readBuffer();
    const count = tryReadInto(this.#fd.fd, buffer);
    if (count === undefined) return false;
    if (count === 0) {
      this.#end();
      return false;
    }
    if (this.#broker.append(this.#stream, buffer, count)) buffer = undefined;
    return count >= SHORT_READ_BYTES;
  }

  #end(): void {
    this.#isOver = true;
    this.#poll.close();
    this.#fd[Symbol.dispose]();
  }

  /** Stops reading; nobody is told. */
  [Symbol.dispose](): void {
    if (!this.#isOver) this.#end();
  }
}
