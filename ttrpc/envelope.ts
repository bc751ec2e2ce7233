// The three messages that travel in frames: Request, Response, and the bare message of a Data frame. Each frame is
// encoded in one go into one buffer, header first: the message's bytes are copied once, and never again before they
// reach the socket. Decoding is the generated code's. Every size is checked here: a refusal by the peer would come late,
// and some Go versions answer an oversized reply by dropping the connection.
import { Writer } from "protobufjs/minimal.js";
import type { Codec, Init } from "../proto/codec.ts";
import { Code, HawserError } from "../proto/errors.ts";
import type { Status } from "../proto/gen/status.ts";
import { Response } from "../proto/gen/ttrpc.ts";
import { encodeFrame, Flag, FrameType, HEADER_BYTES, MAX_BODY_BYTES, writeHeader } from "./frame.ts";
import type { Metadata } from "./metadata.ts";

/** Wire tags (field number << 3 | wire type) of the fields that are written by hand. */
const Tag = {
  RequestService: 0x0a,
  RequestMethod: 0x12,
  RequestPayload: 0x1a,
  RequestTimeout: 0x20,
  RequestMetadata: 0x2a,
  KeyValueKey: 0x0a,
  KeyValueValue: 0x12,
  ResponsePayload: 0x12,
} as const;

/** Keeps the place of the header while the body is written. */
const NO_HEADER = new Uint8Array(HEADER_BYTES);

/** Service and method as they stand at the start of every Request: encoded once per method. */
export function encodeRoute(service: string, method: string): Uint8Array {
  return new Writer()
    .uint32(Tag.RequestService)
    .string(service.toWellFormed())
    .uint32(Tag.RequestMethod)
    .string(method.toWellFormed())
    .finish();
}

/** What a Request says besides its message. */
export interface RequestParts {
  readonly flags: number;
  /** From `encodeRoute`. */
  readonly route: Uint8Array;
  /** Nanoseconds from now; 0 is "no deadline", negative is "already over". */
  readonly timeoutNano: number;
  readonly metadata: Metadata | undefined;
}

/**
 * A Request frame for stream 0: `setStreamId` gives it its own when it is written. Without a codec the payload is left
 * out, which is not the same as an empty message for a stream. Throws ResourceExhausted when it would be over the limit.
 */
export function requestFrame<T>(parts: RequestParts, codec?: Codec<T>, message?: Init<T>): Buffer {
  const { timeoutNano, metadata } = parts;
  const writer = startFrame().raw(parts.route);
  if (codec !== undefined) {
    codec.write(message ?? ({} as Init<T>), writer.uint32(Tag.RequestPayload).fork()).ldelim();
  }
  if (timeoutNano !== 0) writer.uint32(Tag.RequestTimeout).int64(timeoutNano);
  if (metadata !== undefined && metadata.size > 0) {
    for (const [key, value] of metadata) {
      writer.uint32(Tag.RequestMetadata).fork();
      // Half a surrogate pair would make the peer refuse the whole request.
      writer.uint32(Tag.KeyValueKey).string(key.toWellFormed());
      writer.uint32(Tag.KeyValueValue).string(value.toWellFormed()).ldelim();
    }
  }
  return finishFrame(writer, 0, FrameType.Request, parts.flags, "request");
}

/** The Response frame of a call that went well. Throws ResourceExhausted when it would be over the limit. */
export function responseFrame<T>(streamId: number, codec: Codec<T>, message: Init<T>): Buffer {
  const writer = startFrame().uint32(Tag.ResponsePayload).fork();
  const start = writer.pos;
  codec.write(message, writer);
  // An empty payload is left out, as Go does.
  if (writer.pos === start) return encodeFrame(streamId, FrameType.Response, 0);
  return finishFrame(writer.ldelim(), streamId, FrameType.Response, 0, "response");
}

/** The Response frame of a call that failed. Details that do not fit are left out; the text always fits. Never throws. */
export function statusFrame(streamId: number, status: Status): Buffer {
  let body = tryEncode(status);
  if (body === undefined || body.length > MAX_BODY_BYTES) {
    body = Response.encode({ status: { ...status, details: [] } });
  }
  return encodeFrame(streamId, FrameType.Response, 0, body);
}

/** Undefined when the details are not what their type says: they are a handler's, and the caller is answered anyway. */
function tryEncode(status: Status): Uint8Array | undefined {
  try {
    return Response.encode({ status });
  } catch {
    return undefined;
  }
}

/**
 * A Data frame with one message, in `memory` when that is given and large enough. Throws ResourceExhausted when the
 * message is over the limit.
 */
export function dataFrame<T>(
  streamId: number,
  codec: Codec<T>,
  message: Init<T>,
  memory?: Uint8Array,
): Buffer {
  return finishFrame(codec.write(message, startFrame(memory)), streamId, FrameType.Data, 0, "stream message");
}

/** The empty Data frame that closes the sender's half. Never carries a message: Go servers refuse that. */
export function closeFrame(streamId: number): Buffer {
  return encodeFrame(streamId, FrameType.Data, Flag.RemoteClosed | Flag.NoData);
}

/** The error for a message over the limit, on either side and in either direction. */
export function tooLarge(bytes: number, what: string): HawserError {
  return new HawserError(
    Code.ResourceExhausted,
    `${what}: message length ${bytes} exceed maximum message size of ${MAX_BODY_BYTES}`,
  );
}

function startFrame(memory?: Uint8Array): Writer {
  const writer = Writer.create();
  if (memory !== undefined) writer.buf = memory;
  return writer.raw(NO_HEADER);
}

/** The writer's own memory, which nobody writes to any more, with the header filled in. */
function finishFrame(writer: Writer, streamId: number, type: number, flags: number, what: string): Buffer {
  const { buffer, byteOffset, byteLength } = writer.finish(true);
  const bodyBytes = byteLength - HEADER_BYTES;
  if (bodyBytes > MAX_BODY_BYTES) throw tooLarge(bodyBytes, what);
  const frame = Buffer.from(buffer, byteOffset, byteLength);
  writeHeader(frame, bodyBytes, streamId, type, flags);
  return frame;
}
