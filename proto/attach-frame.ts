// What travels on an attach socket: frames of a type, a length and a payload. Both sides' codec, pure; docs/attach.md says what
// each frame means and who may send it when.
//
//   0        1              5
//   ┌────────┬──────────────┬───────────────
//   │ type   │ length, u32  │ payload …        numbers are big-endian
//   └────────┴──────────────┴───────────────
import { Code, HawserError } from "./errors.ts";

/** Types of frames. Those of clients are below 16, those of the shim are not. */
export const AttachFrame = {
  /** Client: `AttachOpen`; the first frame and only that. */
  open: 1,
  /** Client: bytes for the standard input. */
  input: 2,
  /** Client: nothing; no more input comes, from anybody. */
  inputEnd: 3,
  /** Client: columns and rows, two u16. */
  resize: 4,
  /** Client: a signal for the process, one byte. */
  signal: 5,
  /** Client: nothing; the session ends as wished, and the process feels nothing of it. */
  detach: 6,
  /** Shim: `AttachOpened`; the first frame, unless it is `cut`. */
  opened: 16,
  /** Shim: u64 place of the first byte, u8 stream, bytes. */
  output: 17,
  /** Shim: u64 first byte that is missing, u64 first that is there again. */
  gap: 18,
  /** Shim: `AttachExit`; the last frame. */
  exit: 19,
  /** Shim: `AttachCut`; the last frame. */
  cut: 20,
  /** Shim: u64, bytes of this session's input, from its beginning, that the process has taken (it, or its kernel buffer). */
  inputTaken: 21,
} as const;

/** One of {@link AttachFrame}, or what a later version sends: to be ignored from 128 on, refused below. */
export type AttachFrame = (typeof AttachFrame)[keyof typeof AttachFrame];

/** Streams of an output frame. */
export const OutputStream = { stdout: 1, stderr: 2 } as const;

export const ATTACH_HEADER_BYTES = 5;

/** What lies in an output frame before the bytes. */
export const OUTPUT_HEADER_BYTES = 9;

/** The longest payload; more ends the connection. A frame of output has at most this, of input too. */
export const MAX_ATTACH_PAYLOAD_BYTES = 256 * 1024;

/**
 * A client has at most so much input under way: sent, and not told of by `inputTaken`. The shim has room for that, so that it
 * never stops reading, and a resize, a signal or a detach passes a process that does not read. It tells what was taken at the
 * latest when half of this was, or nothing is left. Bytes.
 */
export const ATTACH_INPUT_WINDOW_BYTES = 256 * 1024;

/** A frame that came. */
export interface ReceivedFrame {
  readonly type: number;
  /** Belongs to the receiver; not used again by the reader. */
  readonly payload: Uint8Array;
}

/** Header of a frame. Send it and the payload in one write. */
export function attachHeader(type: number, payloadBytes: number): Buffer {
  const header = Buffer.allocUnsafe(ATTACH_HEADER_BYTES);
  header[0] = type;
  header.writeUInt32BE(payloadBytes, 1);
  return header;
}

/** A whole frame. */
export function attachFrame(type: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  return Buffer.concat([attachHeader(type, payload.length), payload]);
}

/** Header of an output frame, with its place and stream; the bytes follow. */
export function outputHeader(offset: bigint, stream: number, bytes: number): Buffer {
  const header = Buffer.allocUnsafe(ATTACH_HEADER_BYTES + OUTPUT_HEADER_BYTES);
  header[0] = AttachFrame.output;
  header.writeUInt32BE(OUTPUT_HEADER_BYTES + bytes, 1);
  header.writeBigUInt64BE(offset, ATTACH_HEADER_BYTES);
  header[ATTACH_HEADER_BYTES + 8] = stream;
  return header;
}

/** What is in an output frame. Throws InvalidArgument for one that is too short. */
export function readOutput(payload: Uint8Array): { offset: bigint; stream: number; bytes: Uint8Array } {
  const view = viewOf(payload, "output", OUTPUT_HEADER_BYTES);
  return {
    offset: view.getBigUint64(0),
    stream: view.getUint8(8),
    bytes: payload.subarray(OUTPUT_HEADER_BYTES),
  };
}

/** A frame of two places. */
export function gapFrame(from: bigint, to: bigint): Buffer {
  const payload = Buffer.allocUnsafe(16);
  payload.writeBigUInt64BE(from, 0);
  payload.writeBigUInt64BE(to, 8);
  return attachFrame(AttachFrame.gap, payload);
}

/** The places in a gap frame. Throws InvalidArgument. */
export function readGap(payload: Uint8Array): { from: bigint; to: bigint } {
  const view = viewOf(payload, "gap", 16);
  return { from: view.getBigUint64(0), to: view.getBigUint64(8) };
}

/** A frame of a size in characters, each at most 65535. */
export function resizeFrame(columns: number, rows: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt16BE(columns, 0);
  payload.writeUInt16BE(rows, 2);
  return attachFrame(AttachFrame.resize, payload);
}

/** The size in a resize frame. Throws InvalidArgument. */
export function readResize(payload: Uint8Array): { columns: number; rows: number } {
  const view = viewOf(payload, "resize", 4);
  return { columns: view.getUint16(0), rows: view.getUint16(2) };
}

/** A frame of one number. */
export function inputTakenFrame(total: bigint): Buffer {
  const payload = Buffer.allocUnsafe(8);
  payload.writeBigUInt64BE(total, 0);
  return attachFrame(AttachFrame.inputTaken, payload);
}

/** The number in it. Throws InvalidArgument. */
export function readInputTaken(payload: Uint8Array): bigint {
  return viewOf(payload, "input-taken", 8).getBigUint64(0);
}

/** Makes frames of whatever pieces come. Holds at most one frame that is not whole, and what came with its last piece. */
export class AttachFrameReader {
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;

  /**
   * The frames that are whole with these bytes. Throws ResourceExhausted for a frame that says it is longer than any may be; the
   * connection is of no use then. Takes `bytes`: payloads are parts of them, and copied only where they came in several pieces.
   */
  *push(bytes: Uint8Array): Generator<ReceivedFrame, void, undefined> {
    if (bytes.length > 0) this.#pieces.push(bytes);
    this.#bytes += bytes.length;
    while (this.#bytes >= ATTACH_HEADER_BYTES) {
      const length = this.#length();
      if (length > MAX_ATTACH_PAYLOAD_BYTES) {
        const message = `read attach frame of ${length} bytes: at most ${MAX_ATTACH_PAYLOAD_BYTES} are allowed`;
        throw new HawserError(Code.ResourceExhausted, message);
      }
      if (this.#bytes < ATTACH_HEADER_BYTES + length) return;
      const [type = 0] = this.#take(ATTACH_HEADER_BYTES);
      yield { type, payload: this.#take(length) };
    }
  }

  #length(): number {
    let length = 0;
    for (let at = 1; at < ATTACH_HEADER_BYTES; at++) length = length * 256 + this.#byteAt(at);
    return length;
  }

  // The header is nearly always in the first piece.
  #byteAt(place: number): number {
    let at = place;
    for (const piece of this.#pieces) {
      if (at < piece.length) return piece[at] ?? 0;
      at -= piece.length;
    }
    return 0;
  }

  #take(count: number): Uint8Array {
    this.#bytes -= count;
    const [first] = this.#pieces;
    if (first === undefined || first.length < count) return this.#gather(count);
    if (first.length === count) this.#pieces.shift();
    else this.#pieces[0] = first.subarray(count);
    return first.subarray(0, count);
  }

  #gather(count: number): Uint8Array {
    const gathered = Buffer.allocUnsafe(count);
    for (let at = 0; at < count; ) {
      const [piece = gathered] = this.#pieces;
      const part = piece.subarray(0, count - at);
      gathered.set(part, at);
      at += part.length;
      if (part.length === piece.length) this.#pieces.shift();
      else this.#pieces[0] = piece.subarray(part.length);
    }
    return gathered;
  }
}

function viewOf(payload: Uint8Array, what: string, bytes: number): DataView {
  if (payload.length >= bytes) return new DataView(payload.buffer, payload.byteOffset, payload.length);
  const message = `read ${what} frame of ${payload.length} bytes: it has at least ${bytes}`;
  throw new HawserError(Code.InvalidArgument, message);
}
