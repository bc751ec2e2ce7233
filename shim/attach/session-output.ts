// What one session is given, and from where: from the window while its client keeps up, from the log when it lags, and never more
// than one piece ahead of the socket. Owns its place in the output; borrows the socket.
// Always true: output is given in the order of places, and what is left out is told by a gap.
import type { Socket } from "node:net";
import type { OutputEntry } from "../../output-log/page.ts";
import { OutputLogReader } from "../../output-log/reader.ts";
import { gapFrame, outputHeader } from "../../proto/attach-frame.ts";
import { messageOf } from "../../proto/errors.ts";
import { WhenSlow } from "../../proto/gen/attach.ts";
import type { Broker } from "./broker.ts";
import type { CutReason } from "./cut-reason.ts";
import type { ProcessEnd } from "./sides.ts";

/** One frame of output, and what may wait for a client in here; the socket has room for three times that. Bytes. */
const PIECE_BYTES = 64 * 1024;
/** What is read from the log at once: what its reader reads from the disk at once. */
const LOG_READ_BYTES = 256 * 1024;
/** Up to here a frame is copied together; what is longer is written in two parts. */
const SHORT_BYTES = 4 * 1024;

/** Whom it tells how it goes on. */
export interface OutputEvents {
  /** Everything is given, and the process has ended. */
  readonly onEnd: (end: ProcessEnd) => void;
  /** It cannot go on. */
  readonly onCut: (reason: CutReason, message: string) => void;
}

/** The output of one session. */
export class SessionOutput {
  /** Place of the next byte. */
  offset: number;
  skippedBytes = 0;
  readonly #socket: Socket;
  readonly #broker: Broker;
  readonly #whenSlow: number;
  readonly #events: OutputEvents;
  #reader: OutputLogReader | undefined;
  #isReading = false;
  #isPumping = false;
  #isOver = false;
  #entries: OutputEntry[] = [];

  constructor(socket: Socket, broker: Broker, from: number, whenSlow: number, events: OutputEvents) {
    this.#socket = socket;
    this.#broker = broker;
    this.offset = from;
    this.#whenSlow = whenSlow;
    this.#events = events;
  }

  /** Whether the client has to read before anything more is written. */
  get isFull(): boolean {
    return this.#socket.writableLength >= PIECE_BYTES;
  }

  /** Nothing more is given. */
  close(): void {
    this.#isOver = true;
    this.#entries = [];
    this.#reader = undefined;
  }

  /** Gives what there is, as far as there is room. Whether the place has moved. */
  pump(): boolean {
    if (this.#isPumping) return false;
    this.#isPumping = true;
    const from = this.offset;
    while (!this.#isOver && !this.isFull && this.#giveNext());
    this.#isPumping = false;
    return this.offset > from;
  }

  /** Whether there may be more to give. */
  #giveNext(): boolean {
    const { window, end } = this.#broker;
    const endOffset = end?.endOffset ?? window.end;
    if (this.offset >= endOffset) {
      if (end !== undefined) this.#events.onEnd(end);
      return false;
    }
    const maxBytes = Math.min(PIECE_BYTES, endOffset - this.offset);
    if (this.offset >= window.start) {
      this.#entries = [];
      const piece = window.at(this.offset, maxBytes);
      if (piece === undefined) return false;
      this.#give(piece.stream, piece.bytes);
      // The socket has it still.
      if (this.#socket.writableLength > 0) window.pin(piece.offset);
      return true;
    }
    const entry = this.#entries.shift();
    if (entry?.record !== undefined) {
      this.#give(entry.record.stream, entry.record.bytes.subarray(0, maxBytes));
      return true;
    }
    // What never came into the log may still be in the window.
    const goesOnAt = Math.min(Number(entry?.gap?.to ?? window.start), window.start);
    const isLost = entry?.gap?.reason === "rotated" || this.#broker.logs.main === undefined;
    if (isLost) return this.#lag(goesOnAt);
    if (entry?.gap !== undefined) {
      // The rest of the page lies behind the gap, and we go on before its end.
      if (BigInt(goesOnAt) < entry.gap.to) this.#entries = [];
      this.giveGap(goesOnAt);
      return true;
    }
    if (!this.#isReading) void this.#readLog(this.#broker.options.wanted.logDir ?? "");
    return false;
  }

  async #readLog(dir: string): Promise<void> {
    this.#isReading = true;
    try {
      this.#reader ??= OutputLogReader.open(dir);
      const { entries } = await this.#reader.read(BigInt(this.offset), LOG_READ_BYTES);
      if (this.#isOver) return;
      this.#entries = [...entries];
      const { start } = this.#broker.window;
      // Neither in the log nor in the window: the log has dropped it, and has not come to say so yet.
      if (entries.length === 0 && this.offset < start) this.giveGap(start);
    } catch (error) {
      this.#events.onCut("unreadable", `the log could not be read: ${messageOf(error)}`);
    } finally {
      this.#isReading = false;
    }
    if (this.pump()) this.#broker.advanced();
  }

  /** What the client has not read in time is gone. Whether the session goes on. */
  #lag(to: number): boolean {
    if (this.#whenSlow === WhenSlow.WHEN_SLOW_CUT) {
      const missing = `${to - this.offset} bytes from ${this.offset} on`;
      this.#events.onCut("lagged", `the client was too slow: ${missing} are not kept any more`);
      return false;
    }
    this.giveGap(to);
    return true;
  }

  /** Leaves out what lies before `to`, and says so. */
  giveGap(to: number): void {
    this.#socket.write(gapFrame(BigInt(this.offset), BigInt(to)));
    this.skippedBytes += to - this.offset;
    this.offset = to;
  }

  #give(stream: number, bytes: Uint8Array): void {
    const header = outputHeader(BigInt(this.offset), stream, bytes.length);
    if (bytes.length <= SHORT_BYTES) {
      this.#socket.write(Buffer.concat([header, bytes]));
    } else {
      this.#socket.cork();
      this.#socket.write(header);
      this.#socket.write(bytes);
      this.#socket.uncork();
    }
    this.offset += bytes.length;
  }
}
