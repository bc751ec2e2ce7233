// A session with a process: its output from a place on, its input, the size of its terminal. Goes over a connection straight to
// the shim, which no death of the manager disturbs. When that connection is lost, it comes back by itself to the place where it
// was, sends again what was not taken, and when the shim has gone meanwhile it ends with what is left: log and record.
// Owns its connection, its queue and the loop that reads; never the process.
// Always true: output is in order, given once, and what is missing is a gap; memory is bounded whatever the other side does.
import {
  AttachFrame,
  OutputStream,
  type ReceivedFrame,
  readGap,
  readInputTaken,
  readOutput,
} from "../../../proto/attach-frame.ts";
import { Code, HawserError, isUnavailable } from "../../../proto/errors.ts";
import { AttachCut, AttachExit, type AttachOpen } from "../../../proto/gen/attach.ts";
import type { Session } from "../session.ts";
import { type Signal, signalNumber } from "../signal-number.ts";
import type { TerminalSize } from "../terminal-size.ts";
import { exitOfFrame, type SessionEnd } from "./attach-end.ts";
import type { AttachLink } from "./attach-link.ts";
import { type AttachNotice, type AttachSessionOptions, type AttachTarget, nounOf } from "./attach-options.ts";
import type { AttachWay } from "./attach-way.ts";
import { comeBack } from "./come-back.ts";
import { ItemQueue } from "./item-queue.ts";
import type { AttachItem, OutputPlace } from "./output-place.ts";
import { SessionInput } from "./session-input.ts";

/** How long a shim may take to close the connection of a session that detaches. Milliseconds. */
const DETACH_MS = 5_000;

/** What a session begins with. */
export interface SessionStart {
  readonly open: AttachOpen;
  readonly way: AttachWay;
  /** Absent when the shim has gone: the session has what is left. */
  readonly link: AttachLink | undefined;
  readonly place: OutputPlace;
  readonly isTerminal: boolean;
}

/**
 * A session with a process. Iterate over it to its end, then `ended` says why; what is not read stays with the shim. One may
 * iterate at a time. Closing the handle ends the session as a client's death does; `detach()` ends it as wished.
 *
 * @example
 * await using session = await task.attach({ replay: "all" });
 * for await (const { bytes } of session) if (bytes !== undefined) process.stdout.write(bytes);
 * const { exit } = await session.ended;
 */
export class AttachSession implements AsyncDisposable, AsyncIterable<AttachItem> {
  readonly isTerminal: boolean;
  /** Resolves with the end of the session, behind all output. Rejects with the reason of a signal, or when the client is closed. */
  readonly ended: Promise<SessionEnd>;
  readonly #session: Session;
  readonly #target: AttachTarget;
  readonly #way: AttachWay;
  readonly #open: AttachOpen;
  readonly #onNotice: (notice: AttachNotice) => void;
  readonly #place: OutputPlace;
  readonly #queue = new ItemQueue();
  readonly #input: SessionInput;
  readonly #ending = new AbortController();
  readonly #signal: AbortSignal;
  readonly #end = Promise.withResolvers<SessionEnd>();
  readonly #running: Promise<void>;
  #link: AttachLink | undefined;
  #id = 0n;
  #offset: bigint;
  #isDetaching = false;
  #hasEnded = false;

  /** Takes the link. For `attach`. */
  constructor(session: Session, target: AttachTarget, options: AttachSessionOptions, start: SessionStart) {
    this.#session = session;
    this.#target = target;
    this.#open = start.open;
    this.#way = start.way;
    this.#place = start.place;
    this.#offset = start.place.next;
    this.#input = new SessionInput(nounOf(target), start.open.isReadOnly);
    this.isTerminal = start.isTerminal;
    this.#onNotice = options.onNotice ?? (() => undefined);
    const { closed } = session.state;
    const given = options.signal === undefined ? [closed] : [options.signal, closed];
    this.#signal = AbortSignal.any([this.#ending.signal, ...given]);
    this.#signal.addEventListener("abort", () => this.#stop(), { once: true });
    this.ended = this.#end.promise;
    // Whoever iterates hears of it; often nobody asks here.
    this.ended.catch(() => undefined);
    session.state.handles.add(this);
    this.#running = this.#run(start.link);
  }

  /** Number of the session in its shim; 0 when the shim has gone. */
  get id(): bigint {
    return this.#id;
  }

  /** Place behind what has been read: `replay: { fromOffset }` goes on there. */
  get offset(): bigint {
    return this.#offset;
  }

  /** Whether the process has an input that was open when the session began. */
  get hasStdin(): boolean {
    return this.#input.hasStdin;
  }

  /** Output and gaps, in order. Throws the reason of the signal, or Canceled when the session or the client is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<AttachItem, void, undefined> {
    for (;;) {
      const item = await this.#queue.next();
      if (item === undefined) return;
      this.#offset = item.gap === undefined ? item.offset + BigInt(item.bytes.length) : item.gap.to;
      yield item;
    }
  }

  /**
   * Writes to the input. Resolves once all of it is on its way; a process that does not read makes it wait. Read the output
   * meanwhile. One call at a time. Throws FailedPrecondition when there is no input, or the session has ended.
   */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#input.write(bytes);
  }

  /** Ends the input, for everybody, behind what was written. On a terminal this is Ctrl-D. Again does nothing. */
  async endInput(): Promise<void> {
    this.#input.endInput();
  }

  /** Says how large the terminal is, as far as the size rule lets this session. Sizes of which one is 0 are
   * ignored, and all those of a session that is read-only. */
  resize(size: TerminalSize): void {
    this.#input.resize(size);
  }

  /** Sends a signal to the process. It is lost when the connection is; to be sure use `kill()` of the process. */
  signal(signal: Signal): void {
    this.#input.signal(signalNumber(signal));
  }

  /** Ends the session as wished: nobody takes it for lost. What was not read is dropped here, and stays in the log. */
  async detach(): Promise<void> {
    if (this.#hasEnded) return;
    this.#isDetaching = true;
    this.#queue.drop();
    if (this.#link === undefined) this.#ending.abort();
    this.#link?.detach();
    const late = setTimeout(() => this.#ending.abort(), DETACH_MS);
    await this.#running;
    clearTimeout(late);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session.state.handles.delete(this);
    this.#ending.abort(new HawserError(Code.Canceled, "the session was closed"));
    await this.#running;
  }

  // Never rejects: how it ends is told by `ended`, and to whoever iterates.
  async #run(first: AttachLink | undefined): Promise<void> {
    try {
      let link = first;
      if (link !== undefined) await this.#begin(link);
      for (;;) {
        const end = link === undefined ? undefined : await this.#serve(link);
        const next = end ?? (await this.#comeBack());
        if (!("opened" in next)) return this.#finish(next);
        link = next;
        await this.#begin(link);
      }
    } catch (caught) {
      if (this.#isDetaching) this.#finish({ detached: true });
      else this.#fail(HawserError.from(this.#signal.aborted ? this.#signal.reason : caught));
    } finally {
      this.#link?.[Symbol.dispose]();
      // Lets go of the signals that this one is made of: a client lives longer than its sessions.
      this.#ending.abort();
      this.#session.state.handles.delete(this);
    }
  }

  async #begin(link: AttachLink): Promise<void> {
    this.#link = link;
    // Fired before there was a link to close.
    if (this.#signal.aborted) link[Symbol.dispose]();
    const isFirst = this.#id === 0n;
    this.#id = link.opened.session;
    const bytes = this.#input.begin(link);
    if (bytes > 0) this.#onNotice({ kind: "inputUnknown", bytes });
    if (!isFirst) this.#onNotice({ kind: "resumed" });
    const { offset } = link.opened;
    const gap = this.#place.skip(offset);
    if (gap !== undefined) await this.#queue.put([gap]);
  }

  // The end, or undefined when the connection is lost.
  async #serve(link: AttachLink): Promise<SessionEnd | undefined> {
    for (;;) {
      let frame: ReceivedFrame;
      try {
        frame = await link.next();
      } catch (error) {
        if (this.#isDetaching) return { detached: true };
        this.#signal.throwIfAborted();
        if (!isUnavailable(error)) throw error;
        this.#lose(HawserError.from(error).message);
        return undefined;
      }
      const { type, payload } = frame;
      switch (type) {
        case AttachFrame.output: {
          const { offset, stream, bytes } = readOutput(payload);
          const name = stream === OutputStream.stderr ? "stderr" : "stdout";
          await this.#queue.put(this.#place.take(offset, name, bytes));
          break;
        }
        case AttachFrame.gap: {
          const gap = this.#place.skip(readGap(payload).to);
          if (gap !== undefined) await this.#queue.put([gap]);
          break;
        }
        case AttachFrame.inputTaken:
          this.#input.taken(readInputTaken(payload));
          break;
        case AttachFrame.exit:
          return { exit: exitOfFrame(AttachExit.decode(payload)) };
        case AttachFrame.cut: {
          const { code, reason, message } = AttachCut.decode(payload);
          if (code !== Code.Unavailable) return { cut: { reason, message } };
          // Nobody wants the rest any more, nor another session.
          if (this.#isDetaching) return { detached: true };
          // The shim has to go, or the process was deleted: the rest is in the log, and how it ended in hawserd's record.
          this.#lose(message);
          return undefined;
        }
        default:
          if (type < 128)
            throw new HawserError(Code.Internal, `attach: the shim sent a frame of type ${type}`);
      }
    }
  }

  #lose(message: string): void {
    this.#link?.[Symbol.dispose]();
    this.#link = undefined;
    this.#input.lose();
    this.#onNotice({ kind: "lost", message });
  }

  async #comeBack(): Promise<AttachLink | SessionEnd> {
    const put = async (items: readonly AttachItem[]) => await this.#queue.put(items);
    const lost = { session: this.#session, target: this.#target, way: this.#way, open: this.#open };
    return await comeBack({ ...lost, id: this.#id, place: this.#place, put }, this.#signal);
  }

  #finish(end: SessionEnd): void {
    this.#hasEnded = true;
    this.#end.resolve(end);
    this.#queue.end();
    this.#input.end();
  }

  #fail(error: HawserError): void {
    this.#hasEnded = true;
    this.#end.reject(error);
    this.#queue.end(error);
    this.#input.end();
  }

  // A reader that is slow must not keep the end from being known.
  #stop(): void {
    this.#link?.[Symbol.dispose]();
    if (!this.#hasEnded) this.#queue.end(HawserError.from(this.#signal.reason));
  }
}
