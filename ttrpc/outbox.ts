// What is on its way out of one connection. Small frames written in the same turn of the event loop leave together in one
// system call; what the kernel does not take waits here, and whoever writes asks `isFull` first and waits for room.
// Borrows the socket; never closes it.
import type { Socket } from "node:net";
import { ScratchSocket } from "./scratch-socket.ts";
import { LARGE_FRAME_BYTES, type SpareMemory, spareMemory } from "./spare-memory.ts";

/**
 * From this many unsent bytes on the outbox is full: large enough to keep a socket buffer (208 KiB) busy. Later when the
 * socket's own mark is higher.
 */
export const OUTBOX_FULL_BYTES = 512 * 1024;

/**
 * Up to this many bytes frames wait for others of their turn, and are copied into one buffer: cheaper than a vector of
 * small pieces. With more the socket is given them at once: the peer reads while we make the next one.
 */
const COALESCE_BYTES = 32 * 1024;

/** So many frames do not wait for more either: with many calls in flight the two ends would take turns at working. */
const COALESCE_FRAMES = 16;

/**
 * How much may be written before the event loop has had a turn: a frame counts 1, and 1 for each 4 KiB. A peer that takes
 * everything at once would otherwise let a sender, who waits for room and for nothing else, go round for ever without the
 * process ever reading again.
 */
const TURN_UNITS = 1024;

/** From here on a turn is asked for; below it costs nothing. */
const TURN_UNITS_NOTICED = 256;

/** The queue of outgoing frames. */
export class Outbox {
  readonly #socket: Socket;
  /** Other sockets may not be done with a buffer when they say that it is written. */
  readonly #spares: SpareMemory | undefined;
  /** Always above the socket's mark: one that was never over it says no "drain", and those who wait would wait for ever. */
  readonly #fullBytes: number;
  #lastBytes = 0;
  #frames: Buffer[] = [];
  #bytes = 0;
  #isScheduled = false;
  #isGone = false;
  #turnUnits = 0;
  #isTurnAsked = false;
  #waiters = new Set<() => void>();

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#spares = socket instanceof ScratchSocket ? spareMemory() : undefined;
    this.#fullBytes = Math.max(OUTBOX_FULL_BYTES, socket.writableHighWaterMark + COALESCE_BYTES);
    socket.on("drain", () => this.#wake());
  }

  /**
   * Whether the peer reads slower than we write, or the event loop needs a turn. Writing goes on being possible: replies
   * are never refused. Never so when the connection is gone: nobody waits for room that cannot come.
   */
  get isFull(): boolean {
    if (this.#isGone) return false;
    return this.#turnUnits >= TURN_UNITS || this.#bytes + this.#socket.writableLength >= this.#fullBytes;
  }

  /** Memory to write the next frame into, if the last one was large. */
  takeSpare(): Uint8Array | undefined {
    return this.#lastBytes < LARGE_FRAME_BYTES ? undefined : this.#spares?.take(this.#lastBytes);
  }

  /** Queues a frame; it is dropped without a word when the connection is gone. Takes the buffer. */
  write(frame: Buffer): void {
    if (!this.#socket.writable) return;
    this.#lastBytes = frame.length;
    this.#frames.push(frame);
    this.#bytes += frame.length;
    this.#turnUnits += 1 + (frame.length >>> 12);
    if (this.#turnUnits >= TURN_UNITS_NOTICED && !this.#isTurnAsked) {
      this.#isTurnAsked = true;
      setImmediate(this.#onTurn);
    }
    if (this.#bytes > COALESCE_BYTES || this.#frames.length >= COALESCE_FRAMES) {
      this.flush();
      return;
    }
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    process.nextTick(this.#flushScheduled);
  }

  readonly #onTurn = (): void => {
    this.#isTurnAsked = false;
    this.#turnUnits = 0;
    this.#wake();
  };

  readonly #flushScheduled = (): void => {
    this.#isScheduled = false;
    this.flush();
  };

  /** Hands everything to the socket now, not at the end of this turn. */
  flush(): void {
    const frames = this.#frames;
    if (frames.length === 0 || !this.#socket.writable) return;
    this.#frames = [];
    const bytes = this.#bytes;
    this.#bytes = 0;
    if (frames.length === 1) {
      this.#send(frames[0] as Buffer);
    } else if (bytes <= COALESCE_BYTES) {
      this.#socket.write(Buffer.concat(frames, bytes));
    } else {
      this.#socket.cork();
      for (const frame of frames) this.#send(frame);
      this.#socket.uncork();
    }
  }

  #send(frame: Buffer): void {
    const spares = this.#spares;
    if (spares === undefined || frame.length < LARGE_FRAME_BYTES) {
      this.#socket.write(frame);
      return;
    }
    this.#socket.write(frame, (error) => {
      // After an error the kernel may still be reading from it.
      if (!error) spares.give(frame);
    });
  }

  /**
   * Calls back once when there is room, in order of asking, and stops waking others as soon as it is full again. Also
   * called when the connection is gone. Returns a function that withdraws the request.
   */
  whenRoom(callback: () => void): () => void {
    // A wrapper of its own, so that asking twice with one function counts twice.
    const waiter = (): void => callback();
    this.#waiters.add(waiter);
    return () => {
      this.#waiters.delete(waiter);
    };
  }

  /** The connection is gone: forgets what is queued and wakes everybody who waits, now. */
  drop(): void {
    this.#isGone = true;
    this.#frames = [];
    this.#bytes = 0;
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const waiter of waiters) waiter();
  }

  #wake(): void {
    for (const waiter of this.#waiters) {
      if (this.isFull) return;
      this.#waiters.delete(waiter);
      waiter();
    }
  }
}
