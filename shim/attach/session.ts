// One attach session: a connection, from its first frame to its last. Takes what its client sends, and gives it output
// (`session-output.ts`), word of its input, and the end. Owns its socket. Frames and states: docs/attach.md.
// Always true: `exit`, `cut` or nothing is last; a client that does not read is never written more than a piece ahead.
import type { Socket } from "node:net";
import {
  ATTACH_INPUT_WINDOW_BYTES,
  AttachFrame,
  AttachFrameReader,
  attachFrame,
  inputTakenFrame,
  type ReceivedFrame,
  readResize,
} from "../../proto/attach-frame.ts";
import { Code, HawserError, isInvalidArgument } from "../../proto/errors.ts";
import { AttachCut, AttachExit, AttachOpened, WhenSlow } from "../../proto/gen/attach.ts";
import { fromDate } from "../../proto/timestamp.ts";
import type { PeerCredentials } from "../../sys/peer-credentials.ts";
import type { Broker } from "./broker.ts";
import { type CutReason, codeOfCut, reasonOf } from "./cut-reason.ts";
import { InputAccount } from "./input-queue.ts";
import { decodeOpen, invalidFrame, placeOf } from "./opening.ts";
import { SessionOutput } from "./session-output.ts";
import type { ProcessEnd, SessionSide } from "./sides.ts";

/** A client that connects has something to say. Milliseconds. */
const OPENING_LIMIT_MS = 10_000;
/** What a session that was told its end may take to read it. Milliseconds. */
const ENDING_LIMIT_MS = 10_000;
const MAX_NAME_BYTES = 128;
/** No open frame is longer. */
const MAX_OPENING_BYTES = 8 * 1024;

/** What a session needs of the place where it came in. */
export interface SessionHost {
  /** A number that was never given before. */
  newId(): bigint;
  /** Throws NotFound, FailedPrecondition. */
  find(containerId: string, execId: string): Broker;
  /** Its connection is closed. */
  onClose(session: Session): void;
}

/** A connection to the attach socket. */
export class Session implements SessionSide {
  readonly uid: number;
  readonly pid: number;
  readonly openedAt = new Date();
  id = 0n;
  clientName = "";
  isReadOnly = false;
  hasNoSay = false;
  holds = false;
  size: SessionSide["size"];
  activity = 0;
  account = new InputAccount();
  readonly #socket: Socket;
  readonly #host: SessionHost;
  readonly #frames = new AttachFrameReader();
  #state: "opening" | "open" | "ending" = "opening";
  #broker: Broker | undefined;
  #timer: NodeJS.Timeout;
  #output: SessionOutput | undefined;
  #toldTaken = 0;
  #openingBytes = 0;
  readonly #onTaken = (): void => this.#tellTaken();

  /** Takes the socket, which has been checked, and begins to listen to it. */
  constructor(socket: Socket, peer: PeerCredentials, host: SessionHost) {
    this.#socket = socket;
    this.#host = host;
    this.uid = peer.uid;
    this.pid = peer.pid;
    this.#timer = setTimeout(() => {
      this.cut("invalid", `the client has not said what it wants within ${OPENING_LIMIT_MS / 1000} s`);
    }, OPENING_LIMIT_MS).unref();
    socket.on("data", (bytes) => this.#receive(bytes));
    socket.on("drain", () => this.#onDrain());
    socket.on("error", () => undefined); // the close that follows says enough
    socket.on("close", () => this.#onClose());
    socket.resume();
  }

  get canType(): boolean {
    return this.#state === "open" && !this.isReadOnly;
  }

  get offset(): number {
    return this.#output?.offset ?? 0;
  }

  get skippedBytes(): number {
    return this.#output?.skippedBytes ?? 0;
  }

  // ── what comes ──

  #receive(bytes: Buffer): void {
    if (this.#state === "ending") return;
    try {
      for (const frame of this.#frames.push(bytes)) {
        if (this.#state === "opening") this.#open(frame);
        else this.#take(frame);
        if (this.#isEnding()) return;
      }
      if (this.#state === "opening") this.#boundOpening(bytes.length);
    } catch (caught) {
      const { code, message } = HawserError.from(caught);
      this.cut(reasonOf(code), message, code);
    }
  }

  // Whoever has not said what it wants is not given room for a whole frame.
  #boundOpening(bytes: number): void {
    this.#openingBytes += bytes;
    if (this.#openingBytes > MAX_OPENING_BYTES)
      throw invalidFrame("the first frame is too long to be one that opens");
  }

  // A frame may have ended it, which the compiler does not see.
  #isEnding(): boolean {
    return this.#state === "ending";
  }

  #open({ type, payload }: ReceivedFrame): void {
    if (type !== AttachFrame.open)
      throw invalidFrame(`the first frame has type ${type}, not ${AttachFrame.open}`);
    const open = decodeOpen(payload);
    const broker = this.#host.find(open.containerId, open.execId);
    const { isTerminal } = broker.options;
    this.isReadOnly = open.isReadOnly;
    this.hasNoSay = open.isReadOnly || open.noResize;
    this.clientName = open.clientName.slice(0, MAX_NAME_BYTES);
    this.holds = open.whenSlow === WhenSlow.WHEN_SLOW_HOLD;
    const from = placeOf(open, broker);
    this.#output = new SessionOutput(this.#socket, broker, from, open.whenSlow, {
      onEnd: (end) => this.#giveExit(end),
      onCut: (reason, message) => this.cut(reason, message),
    });
    const account = open.resumedSession === 0n ? undefined : broker.resume(open.resumedSession, this.uid);
    this.id = account === undefined ? this.#host.newId() : open.resumedSession;
    this.account = account ?? this.account;
    this.#toldTaken = this.account.taken;
    this.account.onTaken = this.#onTaken;
    clearTimeout(this.#timer);
    this.#state = "open";
    this.#broker = broker;
    broker.join(this);
    const opened = AttachOpened.encode({
      session: this.id,
      isTerminal,
      hasStdin: broker.input.isOpen,
      offset: BigInt(from),
      endOffset: BigInt(broker.window.end),
      columns: broker.size?.columns ?? 0,
      rows: broker.size?.rows ?? 0,
      isResumed: account !== undefined,
      inputTaken: BigInt(this.account.received),
    });
    this.#socket.write(attachFrame(AttachFrame.opened, opened));
    // What was asked for and has gone before is no fault of the client: told, whatever it wants to happen when it is slow.
    if (from < broker.keptFrom) this.#output.giveGap(broker.keptFrom);
    this.pump();
  }

  #take({ type, payload }: ReceivedFrame): void {
    switch (type) {
      case AttachFrame.input:
        this.#requireSay("type");
        if (!this.#broker?.input.add(this.account, payload)) {
          this.cut("input", "the client has sent more input than it may have under way");
          return;
        }
        this.#touch();
        return;
      case AttachFrame.inputEnd:
        this.#requireSay("end the input");
        this.#broker?.input.end();
        return;
      case AttachFrame.resize: {
        this.#requireSay("resize");
        const size = readResize(payload);
        if (size.columns === 0 || size.rows === 0) return;
        this.size = size;
        this.#touch();
        return;
      }
      case AttachFrame.signal:
        this.#requireSay("send signals");
        this.#signal(payload);
        return;
      case AttachFrame.detach:
        this.#end();
        return;
      default:
        if (type < 128) throw invalidFrame(`a frame has type ${type}, which no client may send here`);
    }
  }

  #requireSay(what: string): void {
    if (!this.isReadOnly) return;
    throw new HawserError(Code.PermissionDenied, `a session that was opened read-only may not ${what}`);
  }

  #touch(): void {
    this.activity = this.#broker?.nextActivity() ?? 0;
    this.#broker?.resize();
  }

  #signal(payload: Uint8Array): void {
    const number = payload[0];
    if (payload.length !== 1 || number === undefined || number === 0)
      throw invalidFrame("a signal is one byte, and not 0");
    try {
      this.#broker?.signal(number);
    } catch (caught) {
      if (isInvalidArgument(caught)) throw caught;
      // It has ended, or not begun: there is nobody to feel it.
    }
  }

  // ── what goes ──

  #onDrain(): void {
    this.#tellTaken();
    this.pump();
  }

  pump(): void {
    if (this.#state === "open" && this.#output?.pump()) this.#broker?.advanced();
  }

  #tellTaken(): void {
    const { taken, received } = this.account;
    if (this.#state !== "open" || taken === this.#toldTaken || this.#output?.isFull) return;
    if (taken < received && taken - this.#toldTaken < ATTACH_INPUT_WINDOW_BYTES / 2) return;
    this.#toldTaken = taken;
    this.#socket.write(inputTakenFrame(BigInt(taken)));
  }

  #giveExit({ exitStatus, isUnknown, exitedAt, output, oom, timedOut }: ProcessEnd): void {
    const at = exitedAt && fromDate(exitedAt);
    const exit = AttachExit.encode({ exitStatus, isUnknown, exitedAt: at, output, oom, timedOut });
    this.#end(attachFrame(AttachFrame.exit, exit));
  }

  // The account may be that of a connection that goes on with this session by now.
  #leaveAccount(): void {
    if (this.account.onTaken === this.#onTaken) this.account.onTaken = undefined;
  }

  cut(reason: CutReason, message: string, code = codeOfCut(reason)): void {
    if (this.#state === "ending") return;
    if (this.#state === "open" && !this.isReadOnly) this.#broker?.remember(this);
    const cut = AttachCut.encode({ code, reason, message });
    this.#end(attachFrame(AttachFrame.cut, cut));
  }

  /** Sends the last frame, and lets go once the kernel has it, or the client has had its time. */
  #end(last?: Buffer): void {
    this.#state = "ending";
    this.#output?.close();
    this.#leaveAccount();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#socket.destroy(), ENDING_LIMIT_MS).unref();
    const letGo = (): void => {
      this.#broker?.leave(this, false);
      this.#socket.destroySoon();
    };
    if (last === undefined) this.#socket.end(letGo);
    else this.#socket.end(last, letGo);
  }

  #onClose(): void {
    clearTimeout(this.#timer);
    const isLost = this.#state === "open";
    this.#state = "ending";
    this.#output?.close();
    this.#leaveAccount();
    this.#broker?.leave(this, isLost);
    this.#host.onClose(this);
  }

  /** Ends the connection now, whatever the client has read. */
  destroy(): void {
    this.#socket.destroy();
  }
}
