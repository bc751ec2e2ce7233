// Where a client is in the output of a process. Everything that says what comes next goes through here: pieces from a shim, pieces
// from the log, gaps. Pure.
// Always true: what comes out is in order and without overlap, and what is missing in between is a gap. So a piece that is told
// twice, after a reconnection, is given once.

/** Some bytes of the output, as they came: not a line. */
export interface AttachOutput {
  /** Place of the first byte: so many bytes of output, of both streams together, came before it. */
  readonly offset: bigint;
  /** A terminal has `stdout` alone. */
  readonly stream: "stdout" | "stderr";
  readonly bytes: Uint8Array;
  readonly gap?: undefined;
}

/** Output that is missing: it was dropped, or is not kept any more. */
export interface AttachGap {
  readonly gap: {
    /** Place of the first byte that is missing. */
    readonly from: bigint;
    /** Place of the first that is there again. */
    readonly to: bigint;
  };
}

/** What a session yields. */
export type AttachItem = AttachOutput | AttachGap;

/** A place in the output, going forward. */
export class OutputPlace {
  #next: bigint | undefined;
  #hasOutput = false;

  /** `next` is the place of the first byte that is wanted; without it, that is the first that comes. */
  constructor(next?: bigint) {
    this.#next = next;
  }

  /** Place of the next byte. */
  get next(): bigint {
    return this.#next ?? 0n;
  }

  /** Whether any output came through here. */
  get hasOutput(): boolean {
    return this.#hasOutput;
  }

  /** There is nothing before `to`: the gap up to there, unless we are there already. */
  skip(to: bigint): AttachGap | undefined {
    const from = this.#next ?? to;
    if (to < from) return undefined;
    this.#next = to;
    return to === from ? undefined : { gap: { from, to } };
  }

  /** What is new in a piece, behind the gap that it leaves. Borrows `bytes` and gives a part of them. */
  take(offset: bigint, stream: AttachOutput["stream"], bytes: Uint8Array): AttachItem[] {
    const gap = this.skip(offset);
    const end = offset + BigInt(bytes.length);
    if (end <= this.next) return gap === undefined ? [] : [gap];
    const piece = { offset: this.next, stream, bytes: bytes.subarray(Number(this.next - offset)) };
    this.#next = end;
    this.#hasOutput = true;
    return gap === undefined ? [piece] : [gap, piece];
  }
}
