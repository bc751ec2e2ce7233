// Messages of one stream that have arrived and that nobody has read yet. Bounded in number and in bytes, because ttrpc
// has no flow control: a peer may send as fast as it likes. What happens when it is full is the owner's named choice.
// Knows nothing of frames or of sockets.

/**
 * What happens to a stream whose reader is too slow:
 *  - `fail`: the stream ends with ResourceExhausted; nobody else notices (the default)
 *  - `drop-oldest`: the oldest unread message is thrown away and counted
 *  - `pause`: the whole connection is not read until there is room. Loses nothing, and stalls every other call on the
 *    connection, the news of its end included: for a connection that belongs to this stream alone
 */
export type WhenFull = "fail" | "drop-oldest" | "pause";

/** Bounds of what a stream may hold unread. */
export interface InboundLimits {
  /** Messages; default 1024. */
  readonly maxMessages: number;
  /** Bytes of message bodies; default 16 MiB, so four of the largest messages. One message fits, whatever its size. */
  readonly maxBytes: number;
  /** Default `fail`. */
  readonly whenFull: WhenFull;
}

/** The bounds of a stream for which nobody says any. */
export const DEFAULT_INBOUND_LIMITS: InboundLimits = {
  maxMessages: 1024,
  maxBytes: 16 * 1024 * 1024,
  whenFull: "fail",
};

/** What became of a message that was offered. */
export type PushResult = "taken" | "taken-now-full" | "overflow";

/** In the place of a message that has been read. */
const TAKEN = new Uint8Array(0);

interface Reader {
  resolve(item: Uint8Array | undefined): void;
  reject(error: Error): void;
}

/** One stream's unread messages. Ends once: by `end` (what is queued is still read) or by `discard` (it is not). */
export class InboundQueue {
  readonly #limits: InboundLimits;
  /** Called when a queue that was full has room again. */
  readonly #onRoom: () => void;
  #items: Uint8Array[] = [];
  /** Items before this index have been read; the array is cut now and then. */
  #first = 0;
  #bytes = 0;
  #readers: Reader[] = [];
  #isFull = false;
  #hasEnded = false;
  #error: Error | undefined;
  /** Messages thrown away under `drop-oldest`. */
  dropped = 0;

  constructor(limits: InboundLimits, onRoom: () => void) {
    this.#limits = limits;
    this.#onRoom = onRoom;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Offers a message. `taken-now-full` comes under `pause` alone: the message is held, and the owner is to stop reading
   * until `onRoom`. `overflow` comes under `fail` alone: the message was not taken.
   */
  push(item: Uint8Array): PushResult {
    if (this.#hasEnded) return "taken";
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve(item);
      return "taken";
    }
    if (this.#isOver(item.length)) {
      if (this.#limits.whenFull === "fail") return "overflow";
      if (this.#limits.whenFull === "drop-oldest") {
        while (this.#isOver(item.length) && this.#take() !== undefined) this.dropped++;
      } else {
        this.#isFull = true;
      }
    }
    // A small message out of a large chunk would keep the whole chunk, and the bound would mean little.
    this.#items.push(item.length * 2 < item.buffer.byteLength ? new Uint8Array(item) : item);
    this.#bytes += item.length;
    return this.#isFull ? "taken-now-full" : "taken";
  }

  /** No more messages will come. What is queued is still read; behind it come the end, or `error` for every reader. */
  end(error?: Error): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#error = error;
    for (const reader of this.#readers.splice(0)) {
      if (error === undefined) reader.resolve(undefined);
      else reader.reject(error);
    }
  }

  /** As `end`, and what is queued is dropped. After an `end` the first end stands, and only the dropping is done. */
  discard(error?: Error): void {
    this.#items = [];
    this.#first = 0;
    this.#bytes = 0;
    this.end(error);
    this.#announceRoom();
  }

  /** The next message; undefined at the end. Rejects with what the stream failed with. */
  next(): Promise<Uint8Array | undefined> {
    const item = this.#take();
    if (item !== undefined) {
      this.#announceRoom();
      return Promise.resolve(item);
    }
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#hasEnded) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject });
    });
  }

  #isOver(moreBytes: number): boolean {
    const { maxMessages, maxBytes } = this.#limits;
    const messages = this.#items.length - this.#first;
    // An empty queue takes any message: whether one fits must not depend on when its reader asks for it.
    if (messages === 0) return false;
    return messages >= maxMessages || this.#bytes + moreBytes > maxBytes;
  }

  #take(): Uint8Array | undefined {
    const item = this.#items[this.#first];
    if (item === undefined) return undefined;
    // The slot stays for a while, its bytes must not.
    this.#items[this.#first++] = TAKEN;
    this.#bytes -= item.length;
    if (this.#first === this.#items.length) {
      this.#items = [];
      this.#first = 0;
    } else if (this.#first >= 1024) {
      this.#items.splice(0, this.#first);
      this.#first = 0;
    }
    return item;
  }

  /** Half of the room is free again: waking the owner for every single message would only make it stop again. */
  #announceRoom(): void {
    if (!this.#isFull) return;
    const { maxMessages, maxBytes } = this.#limits;
    if (this.#items.length - this.#first > maxMessages / 2 || this.#bytes > maxBytes / 2) return;
    this.#isFull = false;
    this.#onRoom();
  }
}
