// What a session says to its process: input, its end, the size of the terminal, signals. Goes over the link that there is; when
// there is none, or another one comes, everything but signals is said again as far as it was not taken.
// Borrows the link.
import { Code, HawserError } from "../../../proto/errors.ts";
import type { TerminalSize } from "../terminal-size.ts";
import type { AttachLink } from "./attach-link.ts";
import { InputWindow } from "./input-window.ts";

/** The outgoing half of a session. */
export class SessionInput {
  readonly #noun: string;
  readonly #isReadOnly: boolean;
  readonly #window = new InputWindow();
  #link: AttachLink | undefined;
  #size: TerminalSize | undefined;
  #hasStdin = false;
  #isInputEnded = false;
  #isWriting = false;
  #hasEnded = false;

  /** `noun` is the process, for errors. */
  constructor(noun: string, isReadOnly: boolean) {
    this.#noun = noun;
    this.#isReadOnly = isReadOnly;
  }

  /** Whether the process has an input that was open when the last link was made. */
  get hasStdin(): boolean {
    return this.#hasStdin;
  }

  /** A link is there: says again what was not taken. Returns how many bytes were under way and may be lost. */
  begin(link: AttachLink): number {
    const { hasStdin, isResumed, inputTaken } = link.opened;
    this.#link = link;
    this.#hasStdin = hasStdin;
    let unknownBytes = 0;
    if (isResumed) this.#window.taken(inputTaken);
    else unknownBytes = this.#window.forget();
    for (const piece of this.#window.pieces) link.input(piece);
    if (this.#isInputEnded) link.endInput();
    if (this.#size !== undefined) link.resize(this.#size);
    return unknownBytes;
  }

  /** The link is gone; another may come. */
  lose(): void {
    this.#link = undefined;
    this.#window.lose();
  }

  /** The session is over: whoever waits is told. */
  end(): void {
    this.#hasEnded = true;
    this.#link = undefined;
    this.#window.wake();
  }

  /** The process has taken everything before `place`. */
  taken(place: bigint): void {
    this.#window.taken(place);
  }

  /** See `AttachSession.write`. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#isWriting) this.#refuse("write", "one call at a time: wait for the one before");
    this.#isWriting = true;
    try {
      for (let rest = bytes; rest.length > 0; ) {
        this.#check("write");
        await this.#window.room();
        this.#check("write");
        const piece = this.#window.add(rest);
        rest = rest.subarray(piece.length);
        this.#link?.input(piece);
      }
    } finally {
      this.#isWriting = false;
    }
  }

  /** See `AttachSession.endInput`. */
  endInput(): void {
    if (this.#isInputEnded || this.#hasEnded) return;
    if (this.#isWriting) this.#refuse("end the input", "wait for the write before");
    this.#check("end the input");
    this.#isInputEnded = true;
    this.#link?.endInput();
  }

  /** See `AttachSession.resize`. */
  resize(size: TerminalSize): void {
    if (this.#isReadOnly) return;
    this.#size = size;
    this.#link?.resize(size);
  }

  /** See `AttachSession.signal`. */
  signal(number: number): void {
    if (this.#isReadOnly) this.#refuse("signal", "the session is read-only");
    this.#link?.signal(number);
  }

  #check(what: string): void {
    if (this.#isReadOnly) this.#refuse(what, "the session is read-only");
    if (this.#hasEnded) this.#refuse(what, "the session has ended");
    if (this.#isInputEnded) this.#refuse(what, "the input was ended");
    if (!this.#hasStdin) this.#refuse(what, "it has no input: it was made without one, or that was ended");
  }

  #refuse(what: string, reason: string): never {
    throw new HawserError(Code.FailedPrecondition, `${what}: ${this.#noun}: ${reason}`);
  }
}
