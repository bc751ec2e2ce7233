// The input of a session that is under way: written here, and not known to have been taken. Bounded by the window of the attach
// protocol, so a process that does not read holds back whoever writes, and nothing else.
// Always true: what a session that is resumed has to send again is here. Knows nothing of connections.
import { ATTACH_INPUT_WINDOW_BYTES, MAX_ATTACH_PAYLOAD_BYTES } from "../../../proto/attach-frame.ts";

/** Input under way. Places are bytes from the beginning of the session. */
export class InputWindow {
  readonly #pieces: Uint8Array[] = [];
  #taken = 0n;
  #heldBytes = 0;
  #doubtfulBytes = 0;
  #wake: (() => void) | undefined;

  /** Bytes that may be added now. */
  get roomBytes(): number {
    return ATTACH_INPUT_WINDOW_BYTES - this.#heldBytes;
  }

  /** Bytes that are under way. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Resolves once there is room, or `wake` was called. One at a time waits. */
  async room(): Promise<void> {
    if (this.roomBytes > 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await promise;
  }

  /** Ends a wait for room, for whoever has to look at something else. */
  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  /** Adds as much as there is room for, and a frame may have. Returns a copy of that, to be sent. */
  add(bytes: Uint8Array): Uint8Array {
    const piece = Buffer.from(bytes.subarray(0, Math.min(this.roomBytes, MAX_ATTACH_PAYLOAD_BYTES)));
    this.#pieces.push(piece);
    this.#heldBytes += piece.length;
    return piece;
  }

  /** Everything before `place` was taken. A place before that changes nothing, and one beyond what was sent is the end of it. */
  taken(place: bigint): void {
    let count = Number(place - this.#taken);
    while (count > 0 && this.#pieces[0] !== undefined) {
      const [piece] = this.#pieces;
      const size = Math.min(count, piece.length);
      if (size === piece.length) this.#pieces.shift();
      else this.#pieces[0] = piece.subarray(size);
      count -= size;
      this.#heldBytes -= size;
      this.#taken += BigInt(size);
      this.#doubtfulBytes = Math.max(0, this.#doubtfulBytes - size);
    }
    if (this.roomBytes > 0) this.wake();
  }

  /** What is to be sent again by a session that is resumed. */
  get pieces(): readonly Uint8Array[] {
    return this.#pieces;
  }

  /** The connection is lost: of everything that is here, nobody knows whether it has arrived. What comes later has not. */
  lose(): void {
    this.#doubtfulBytes = this.#heldBytes;
  }

  /**
   * Another session begins, from 0, and what is in doubt is not sent again: typed twice is worse than not typed. Returns how many
   * bytes that were. What is not in doubt stays, to be sent.
   */
  forget(): number {
    const bytes = Math.min(this.#doubtfulBytes, this.#heldBytes);
    this.taken(this.#taken + BigInt(bytes));
    this.#taken = 0n;
    this.#doubtfulBytes = 0;
    return bytes;
  }
}
