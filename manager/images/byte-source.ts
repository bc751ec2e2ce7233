// Bytes that come in pieces of any size, read in pieces of the reader's choice. Pull: holds one piece and asks for the next when
// that is used up. Knows at which byte it is, for errors.

/** Reads from an iterable of bytes; owns it, so dispose of this. */
export class ByteSource implements AsyncDisposable {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #piece: Buffer = Buffer.alloc(0);
  #offset = 0;
  #isDone = false;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** How many bytes have been read. */
  get offset(): number {
    return this.#offset;
  }

  /** From 1 byte to `max`, whatever is there; undefined at the end. A view that stays valid. */
  async some(max: number): Promise<Buffer | undefined> {
    while (this.#piece.length === 0) {
      if (this.#isDone) return undefined;
      const { value, done } = await this.#iterator.next();
      if (done === true) this.#isDone = true;
      else this.#piece = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    const taken = this.#piece.subarray(0, max);
    this.#piece = this.#piece.subarray(taken.length);
    this.#offset += taken.length;
    return taken;
  }

  /** Gives back bytes that were read last: they are read next. */
  unread(bytes: Buffer): void {
    this.#piece = this.#piece.length === 0 ? bytes : Buffer.concat([bytes, this.#piece]);
    this.#offset -= bytes.length;
  }

  /** `length` bytes; fewer only at the end. For lengths that were bounded before. */
  async exactly(length: number): Promise<Buffer> {
    const first = length === 0 ? Buffer.alloc(0) : ((await this.some(length)) ?? Buffer.alloc(0));
    if (first.length === length) return first;
    const pieces = [first];
    let missing = length - first.length;
    while (missing > 0) {
      const piece = await this.some(missing);
      if (piece === undefined) break;
      pieces.push(piece);
      missing -= piece.length;
    }
    return Buffer.concat(pieces);
  }

  /** Tells the source that nobody reads on. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#iterator.return?.();
    } catch {
      // Who stops reading does not care how the rest would have ended.
    }
  }
}

/** The same bytes in pieces of at least `size`, but for the last one. */
export async function* gathered(
  source: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (const bytes of source) {
    pieces.push(bytes);
    length += bytes.length;
    if (length < size) continue;
    yield pieces.length === 1 ? bytes : Buffer.concat(pieces, length);
    pieces = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(pieces, length);
}
