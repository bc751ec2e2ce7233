// The three messages that travel in frames: Request, Response, and the bare message of a Data frame. Encoding goes
// straight into one buffer per frame with the header in front (one allocation, one copy of the payload); decoding is
// the generated code's. Every size is checked here, before anything reaches the socket: a refusal by the peer would
// come late, and some Go versions answer an oversized reply by dropping the connection.
import { Writer } from "protobufjs/minimal.js";
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

const none = new Uint8Array(0);

/** Service and method as they stand at the start of every Request: encoded once per method. */
export function encodeRoute(service: string, method: string): Uint8Array {
  return new Writer()
    .uint32(Tag.RequestService)
    .string(service)
    .uint32(Tag.RequestMethod)
    .string(method)
    .finish();
}

/** What stands behind the payload of a Request; empty when there is neither deadline nor metadata. */
function encodeTail(timeoutNano: number, metadata: Metadata | undefined): Uint8Array {
  if (timeoutNano === 0 && (metadata === undefined || metadata.size === 0)) return none;
  const writer = new Writer();
  if (timeoutNano !== 0) writer.uint32(Tag.RequestTimeout).int64(timeoutNano);
  for (const [key, value] of metadata ?? []) {
    writer.uint32(Tag.RequestMetadata).fork();
    writer.uint32(Tag.KeyValueKey).string(key).uint32(Tag.KeyValueValue).string(value).ldelim();
  }
  return writer.finish();
}

export interface RequestParts {
  readonly streamId: number;
  readonly flags: number;
  /** From `encodeRoute`. */
  readonly route: Uint8Array;
  /** Undefined leaves the field out, which is not the same as an empty message for a stream. */
  readonly payload: Uint8Array | undefined;
  /** Nanoseconds from now; 0 is "no deadline", negative is "already over". */
  readonly timeoutNano: number;
  readonly metadata: Metadata | undefined;
}

/** A Request frame. Throws ResourceExhausted when it would be over the limit: nothing was sent then. */
export function requestFrame(parts: RequestParts): Buffer {
  const { streamId, flags, route, payload } = parts;
  const tail = encodeTail(parts.timeoutNano, parts.metadata);
  const payloadBytes = payload === undefined ? 0 : 1 + varintBytes(payload.length) + payload.length;
  const bodyBytes = route.length + payloadBytes + tail.length;
  checkSize(bodyBytes, "request");
  const frame = Buffer.allocUnsafe(HEADER_BYTES + bodyBytes);
  writeHeader(frame, bodyBytes, streamId, FrameType.Request, flags);
  frame.set(route, HEADER_BYTES);
  let position = HEADER_BYTES + route.length;
  if (payload !== undefined) position = writeBytes(frame, position, Tag.RequestPayload, payload);
  frame.set(tail, position);
  return frame;
}

/** The Response frame of a call that went well. Throws ResourceExhausted when it would be over the limit. */
export function responseFrame(streamId: number, payload: Uint8Array): Buffer {
  const bodyBytes = payload.length === 0 ? 0 : 1 + varintBytes(payload.length) + payload.length;
  checkSize(bodyBytes, "response");
  const frame = Buffer.allocUnsafe(HEADER_BYTES + bodyBytes);
  writeHeader(frame, bodyBytes, streamId, FrameType.Response, 0);
  if (payload.length > 0) writeBytes(frame, HEADER_BYTES, Tag.ResponsePayload, payload);
  return frame;
}

/** The Response frame of a call that failed. Details that would not fit are left out; the text always fits. */
export function statusFrame(streamId: number, status: Status): Buffer {
  let body = Response.encode({ status });
  if (body.length > MAX_BODY_BYTES) body = Response.encode({ status: { ...status, details: [] } });
  return encodeFrame(streamId, FrameType.Response, 0, body);
}

/** A Data frame with one message. Throws ResourceExhausted when the message is over the limit. */
export function dataFrame(streamId: number, message: Uint8Array): Buffer {
  checkSize(message.length, "stream message");
  return encodeFrame(streamId, FrameType.Data, 0, message);
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

function checkSize(bytes: number, what: string): void {
  if (bytes > MAX_BODY_BYTES) throw tooLarge(bytes, what);
}

function writeBytes(frame: Buffer, at: number, tag: number, bytes: Uint8Array): number {
  frame[at] = tag;
  let position = at + 1;
  let length = bytes.length;
  while (length > 0x7f) {
    frame[position++] = (length & 0x7f) | 0x80;
    length >>>= 7;
  }
  frame[position++] = length;
  frame.set(bytes, position);
  return position + bytes.length;
}

function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  return value < 0x20_0000 ? 3 : 4;
}
