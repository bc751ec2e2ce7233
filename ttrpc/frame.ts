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
  /** A whole frame. `body` borrows the memory of what was read; it stays valid as long as it is referenced. */
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
  /** The body under construction, when it did not come in one chunk, and how much of it is missing. */
  #partial: Buffer | undefined;
  #missing = 0;
  #inBody = false;
  #length = 0;
  #streamId = 0;
  #type = 0;
  #flags = 0;
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

  /** Takes what was read. The chunk is not to be written to afterwards: bodies may point into it. */
  push(chunk: Buffer): void {
    let position = 0;
    while (!this.#stopped) {
      if (this.#inBody) {
        if (!this.#takeBody(chunk, position)) return;
        position = this.#bodyEnd;
        continue;
      }
      const left = chunk.length - position;
      if (left === 0) return;
      if (this.#headerBytes === 0 && left >= HEADER_BYTES) {
        this.#startBody(chunk, position);
        position += HEADER_BYTES;
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

  #bodyEnd = 0;

  #startBody(bytes: Buffer, at: number): void {
    this.#length = bytes.readUInt32BE(at);
    this.#streamId = bytes.readUInt32BE(at + 4);
    this.#type = bytes[at + 8] as number;
    this.#flags = bytes[at + 9] as number;
    this.#missing = this.#length;
    this.#inBody = true;
  }

  /** Takes body bytes from `position` on; false when the chunk ended first. */
  #takeBody(chunk: Buffer, position: number): boolean {
    const available = chunk.length - position;
    const isOversized = this.#length > MAX_BODY_BYTES;
    if (available < this.#missing) {
      if (!isOversized && available > 0) this.#keep(chunk.subarray(position));
      this.#missing -= available;
      return false;
    }
    const end = position + this.#missing;
    this.#bodyEnd = end;
    this.#inBody = false;
    if (isOversized) {
      this.#sink.onOversized(this.#streamId, this.#type, this.#flags, this.#length);
      return true;
    }
    let body = chunk.subarray(position, end);
    if (this.#partial !== undefined) {
      body = this.#keep(body);
      this.#partial = undefined;
    }
    this.#sink.onFrame(this.#streamId, this.#type, this.#flags, body);
    return true;
  }

  /**
   * Appends to the body under construction. Its memory doubles as bytes come in, so it costs at most twice what has
   * come, whatever the header claims and however small the chunks are (a list of one-byte chunks would cost a
   * hundred times that).
   */
  #keep(bytes: Buffer): Buffer {
    const held = this.#length - this.#missing;
    const needed = held + bytes.length;
    let partial = this.#partial;
    if (partial === undefined || partial.length < needed) {
      partial = Buffer.allocUnsafe(Math.min(this.#length, Math.max(2 * needed, FIRST_PIECE_BYTES)));
      this.#partial?.copy(partial, 0, 0, held);
      this.#partial = partial;
    }
    bytes.copy(partial, held);
    return partial;
  }
}
