// Frames: the ten-byte header, its limits, and the reader that cuts a byte stream back into frames.
// The reader is the only place that looks at raw bytes from a peer. It holds at most one unfinished body, grows with
// what has really arrived (never with what a header claims), and skips bodies over the limit without keeping them.
// It knows nothing of calls: what a frame means is the connection's business.
//
//   0        4        8   9   10
//   | length | stream | t | f | body … |     length: body only, big endian; t: type; f: flags

/** Bytes in front of every body. */
export const HEADER_BYTES = 10;

/** The largest legal body in bytes (4 MiB); a body of exactly this size is legal. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

/** Stream ids are 32 bits wide; the last odd one. */
export const MAX_STREAM_ID = 0xffff_ffff;

/** What a body that has to be put together gets at least, in bytes, unless it is smaller itself. */
const FIRST_PIECE_BYTES = 4 * 1024;

/** What a header is believed before its bytes have come, at most: when the body before it was as large. */
const MAX_BELIEVED_BYTES = 256 * 1024;

/** Bodies up to this size share memory with their neighbours, up to `SLAB_BYTES`: the most that one of them can pin. */
const SMALL_BODY_BYTES = 4 * 1024;
const SLAB_BYTES = 16 * 1024;

/** Kinds of frames. Receivers ignore kinds they do not know. */
export const FrameType = { Request: 1, Response: 2, Data: 3 } as const;

/** Flag bits. Receivers ignore bits they do not know. */
export const Flag = {
  /** The sender will send no more Data on this stream. */
  RemoteClosed: 0x01,
  /** The sender of this Request will send Data. */
  RemoteOpen: 0x02,
  /** The body carries no message at all (an empty body without this flag is a message with every default). */
  NoData: 0x04,
} as const;

/** Who is told what the reader found. Called synchronously and in the order of arrival. */
export interface FrameSink {
  /** A whole frame. `body` is the callee's; a small one shares its memory with the small ones next to it. */
  onFrame(streamId: number, type: number, flags: number, body: Uint8Array): void;
  /** The frame's body was over the limit; exactly `length` bytes have been read and thrown away. */
  onOversized(streamId: number, type: number, flags: number, length: number): void;
}

/** Writes a header at the start of `frame`, which has the body behind it or will get it. */
export function writeHeader(
  frame: Buffer,
  bodyBytes: number,
  streamId: number,
  type: number,
  flags: number,
): void {
  frame.writeUInt32BE(bodyBytes, 0);
  frame.writeUInt32BE(streamId, 4);
  frame[8] = type;
  frame[9] = flags;
}

/** Gives a frame the stream it belongs to. */
export function setStreamId(frame: Buffer, streamId: number): void {
  frame.writeUInt32BE(streamId, 4);
}

/** A complete frame around a copy of `body`. */
export function encodeFrame(streamId: number, type: number, flags: number, body?: Uint8Array): Buffer {
  const bodyBytes = body?.length ?? 0;
  const frame = Buffer.allocUnsafe(HEADER_BYTES + bodyBytes);
  writeHeader(frame, bodyBytes, streamId, type, flags);
  if (body !== undefined) frame.set(body, HEADER_BYTES);
  return frame;
}

/** Cuts chunks of any size into frames. One per connection. */
export class FrameReader {
  readonly #sink: FrameSink;
  /** The header under construction, when a chunk ended inside one. */
  readonly #header = Buffer.allocUnsafe(HEADER_BYTES);
  #headerBytes = 0;
  /** The body under construction, and how much of it is missing. */
  #partial: Buffer | undefined;
  #missing = 0;
  #inBody = false;
  #length = 0;
  #streamId = 0;
  #type = 0;
  #flags = 0;
  /** The size of the last body that came whole: so much the next header is believed. */
  #proven = 0;
  #stopped = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Whether bytes of an unfinished frame are held. True at the end of the stream means that a frame was cut. */
  get isMidFrame(): boolean {
    return this.#inBody || this.#headerBytes > 0;
  }

  /** Nothing is reported from now on, not even what the current chunk still holds. */
  stop(): void {
    this.#stopped = true;
    this.#partial = undefined;
  }

  /** Takes what was read. Borrows the chunk for the call: what stays is copied out of it. */
  push(chunk: Buffer): void {
    let position = 0;
    while (!this.#stopped) {
      if (this.#inBody) {
        const taken = Math.min(this.#missing, chunk.length - position);
        this.#takeBody(chunk, position, position + taken);
        position += taken;
        if (this.#inBody) return;
        continue;
      }
      const left = chunk.length - position;
      if (left === 0) return;
      if (this.#headerBytes === 0 && left >= HEADER_BYTES) {
        const end = endOfSmallFrames(chunk, position);
        if (end > position) {
          this.#takeSmallFrames(chunk, position, end);
          position = end;
        } else {
          this.#startBody(chunk, position);
          position += HEADER_BYTES;
        }
        continue;
      }
      const taken = Math.min(left, HEADER_BYTES - this.#headerBytes);
      chunk.copy(this.#header, this.#headerBytes, position, position + taken);
      this.#headerBytes += taken;
      position += taken;
      if (this.#headerBytes < HEADER_BYTES) return;
      this.#headerBytes = 0;
      this.#startBody(this.#header, 0);
    }
  }

  /** Whole frames next to each other: one copy and one piece of memory for all. */
  #takeSmallFrames(chunk: Buffer, start: number, end: number): void {
    const slab = Buffer.allocUnsafeSlow(end - start);
    chunk.copy(slab, 0, start, end);
    for (let at = 0; at < slab.length && !this.#stopped; ) {
      const bodyAt = at + HEADER_BYTES;
      const bodyEnd = bodyAt + slab.readUInt32BE(at);
      this.#sink.onFrame(
        slab.readUInt32BE(at + 4),
        slab[at + 8] as number,
        slab[at + 9] as number,
        slab.subarray(bodyAt, bodyEnd),
      );
      at = bodyEnd;
    }
  }

  #startBody(bytes: Buffer, at: number): void {
    this.#length = bytes.readUInt32BE(at);
    this.#streamId = bytes.readUInt32BE(at + 4);
    this.#type = bytes[at + 8] as number;
    this.#flags = bytes[at + 9] as number;
    this.#missing = this.#length;
    this.#inBody = true;
  }

  /** Takes the bytes of the body that the chunk has, and reports the frame when they were the last. */
  #takeBody(chunk: Buffer, start: number, end: number): void {
    const isOversized = this.#length > MAX_BODY_BYTES;
    if (!isOversized) this.#keep(chunk, start, end);
    this.#missing -= end - start;
    if (this.#missing > 0) return;
    this.#inBody = false;
    if (isOversized) {
      this.#sink.onOversized(this.#streamId, this.#type, this.#flags, this.#length);
      return;
    }
    const body = this.#partial as Buffer;
    this.#partial = undefined;
    this.#proven = Math.min(this.#length, MAX_BELIEVED_BYTES);
    this.#sink.onFrame(this.#streamId, this.#type, this.#flags, body);
  }

  /**
   * Appends to the body under construction. Its memory doubles as bytes come in, so it costs at most twice what has
   * come, whatever the header claims and however small the chunks are (a list of one-byte chunks would cost a
   * hundred times that). A peer whose last body was of that size is believed: large messages are copied once.
   */
  #keep(chunk: Buffer, start: number, end: number): void {
    const held = this.#length - this.#missing;
    const needed = held + end - start;
    let partial = this.#partial;
    if (partial === undefined || partial.length < needed) {
      const room = Math.max(2 * needed, FIRST_PIECE_BYTES, this.#proven);
      partial = Buffer.allocUnsafeSlow(Math.min(this.#length, room));
      this.#partial?.copy(partial, 0, 0, held);
      this.#partial = partial;
    }
    chunk.copy(partial, held, start, end);
  }
}

/** Where the run of whole small frames ends that starts at `start`; `start` when there is none. */
function endOfSmallFrames(chunk: Buffer, start: number): number {
  let end = start;
  while (end + HEADER_BYTES <= chunk.length) {
    const length = chunk.readUInt32BE(end);
    const next = end + HEADER_BYTES + length;
    if (length > SMALL_BODY_BYTES || next > chunk.length || next - start > SLAB_BYTES) break;
    end = next;
  }
  return end;
}
