// One connection to an attach socket: opens it, reads its frames at the pace of whoever asks, and sends what a session says. Owns
// the socket. Knows nothing of coming back: the session does that with another link.
// Always true: what waits to be sent is bounded. Input is, by the session's window; of sizes only the last counts; and a signal
// that waits is not added twice.
import { connect, type Socket } from "node:net";
import {
  AttachFrame,
  AttachFrameReader,
  attachFrame,
  attachHeader,
  type ReceivedFrame,
  resizeFrame,
} from "../../../proto/attach-frame.ts";
import { Code, codeOf, HawserError, messageOf } from "../../../proto/errors.ts";
import { AttachCut, AttachOpen, AttachOpened } from "../../../proto/gen/attach.ts";
import type { TerminalSize } from "../terminal-size.ts";

/** How long a shim may take to answer the first frame. Milliseconds. */
const OPEN_MS = 10_000;

/** A connection on which a session has been opened. */
export class AttachLink implements Disposable {
  readonly opened: AttachOpened;
  readonly #socket: Socket;
  readonly #frames: AsyncGenerator<ReceivedFrame, void, undefined>;
  readonly #waitingSignals = new Set<number>();
  #waitingSize: TerminalSize | undefined;

  private constructor(
    socket: Socket,
    frames: AsyncGenerator<ReceivedFrame, void, undefined>,
    opened: AttachOpened,
  ) {
    this.#socket = socket;
    this.#frames = frames;
    this.opened = opened;
    socket.on("drain", () => this.#flush());
  }

  /**
   * Connects and opens a session. Throws Unavailable when nobody is there or the connection breaks, and what the shim refuses with.
   */
  static async open(socketPath: string, open: AttachOpen, signal: AbortSignal): Promise<AttachLink> {
    const deadline = AbortSignal.timeout(OPEN_MS);
    const given = AbortSignal.any([signal, deadline]);
    const socket = connect(socketPath);
    // Reading says it, too; between reads there must be somebody who hears it.
    socket.on("error", () => undefined);
    const giveUp = () => socket.destroy(HawserError.from(given.reason));
    given.addEventListener("abort", giveUp, { once: true });
    try {
      given.throwIfAborted();
      const frames = framesOf(socket);
      socket.write(attachFrame(AttachFrame.open, AttachOpen.encode(open)));
      const first = await frames.next();
      if (first.done) throw unavailable("the shim closed the connection without an answer");
      return new AttachLink(socket, frames, openedIn(first.value));
    } catch (caught) {
      socket.destroy();
      if (signal.aborted) throw HawserError.from(signal.reason);
      if (deadline.aborted) throw unavailable(`the shim has not answered within ${OPEN_MS} ms`);
      throw caught instanceof HawserError ? caught : unavailable(messageOf(caught), caught);
    } finally {
      given.removeEventListener("abort", giveUp);
    }
  }

  /** The next frame, the caller's to keep. Throws Unavailable once the connection is gone. */
  async next(): Promise<ReceivedFrame> {
    try {
      const frame = await this.#frames.next();
      if (!frame.done) return frame.value;
    } catch (caught) {
      throw caught instanceof HawserError ? caught : unavailable(messageOf(caught), caught);
    }
    throw unavailable("the connection to the shim was closed");
  }

  /** Sends input. Takes the bytes. */
  input(bytes: Uint8Array): void {
    // One write of both, and no copy.
    this.#socket.cork();
    this.#socket.write(attachHeader(AttachFrame.input, bytes.length));
    this.#socket.write(bytes);
    this.#socket.uncork();
  }

  /** Says that no more input comes. */
  endInput(): void {
    this.#socket.write(attachFrame(AttachFrame.inputEnd));
  }

  /** Says how large the terminal is. */
  resize(size: TerminalSize): void {
    this.#waitingSize = size;
    this.#flush();
  }

  /** Sends a signal, by its number. */
  signal(number: number): void {
    this.#waitingSignals.add(number);
    this.#flush();
  }

  /** Says that the session ends as wished. The shim closes the connection. */
  detach(): void {
    this.#socket.end(attachFrame(AttachFrame.detach));
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  #flush(): void {
    if (this.#socket.writableNeedDrain || !this.#socket.writable) return;
    for (const number of this.#waitingSignals) {
      this.#socket.write(attachFrame(AttachFrame.signal, Uint8Array.of(number)));
    }
    this.#waitingSignals.clear();
    const size = this.#waitingSize;
    if (size !== undefined) this.#socket.write(resizeFrame(size.columns, size.rows));
    this.#waitingSize = undefined;
  }
}

async function* framesOf(socket: Socket): AsyncGenerator<ReceivedFrame, void, undefined> {
  const reader = new AttachFrameReader();
  for await (const bytes of socket) yield* reader.push(bytes as Buffer);
}

function openedIn({ type, payload }: ReceivedFrame): AttachOpened {
  if (type === AttachFrame.opened) return AttachOpened.decode(payload);
  if (type === AttachFrame.cut) {
    const { code, message, reason } = AttachCut.decode(payload);
    throw new HawserError(codeOf(code), message || reason);
  }
  throw new HawserError(Code.Internal, `attach: the shim answered with a frame of type ${type}`);
}

function unavailable(message: string, cause?: unknown): HawserError {
  return new HawserError(Code.Unavailable, message, { cause });
}
