// Generated from proto/ttrpc.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// The bodies of ttrpc's Request and Response frames. Frames themselves are not protobuf.
import type { Codec } from "../codec.ts";
import { NO_BYTES, codec, copyList, createList, halves, readBytes, readInt64, readMessage, writeMessage, writeString } from "../codec-runtime.ts";
import { Status } from "./status.ts";

/** Opens a call: what is called, with what, and for how long. */
export interface Request {
  /** Full name of the service: `containerd.task.v2.Task`. */
  service: string;
  /** Bare name of the method: `Create`. */
  method: string;
  /**
   * The encoded request message. Presence is explicit because a stream that opens without a message (no field) is
   * not one that opens with an empty message (field of length 0). A unary call may leave an empty payload out: a
   * peer without explicit presence reads both alike.
   */
  payload?: Uint8Array | undefined;
  /** How long the caller waits, in nanoseconds; 0 is for ever. */
  timeoutNano: bigint;
  /** Headers, in order; a key may occur several times. */
  metadata: KeyValue[];
}

/** Codec of `ttrpc.Request`. */
export const Request: Codec<Request> = /* @__PURE__ */ codec<Request>({
  typeName: "ttrpc.Request",
  create: (init) => ({
    service: init.service ?? "",
    method: init.method ?? "",
    payload: init.payload,
    timeoutNano: init.timeoutNano ?? 0n,
    metadata: createList(KeyValue, init.metadata),
  }),
  write(message, writer) {
    if (message.service) writeString(writer, 10, message.service);
    if (message.method) writeString(writer, 18, message.method);
    if (message.payload !== undefined) writer.uint32(26).bytes(message.payload);
    if (message.timeoutNano) writer.uint32(32).int64(halves(message.timeoutNano));
    if (message.metadata) for (const item of message.metadata) writeMessage(writer, 42, KeyValue, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.service = reader.string();
        break;
      case 18:
        message.method = reader.string();
        break;
      case 26:
        message.payload = readBytes(reader);
        break;
      case 32:
        message.timeoutNano = readInt64(reader);
        break;
      case 42:
        message.metadata.push(readMessage(KeyValue, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Ends a call. */
export interface Response {
  /** How it ended; absent or code 0 is success. */
  status?: Status | undefined;
  /** The encoded response message; nothing when the call failed. */
  payload: Uint8Array;
}

/** Codec of `ttrpc.Response`. */
export const Response: Codec<Response> = /* @__PURE__ */ codec<Response>({
  typeName: "ttrpc.Response",
  create: (init) => ({
    status: init.status && Status.create(init.status),
    payload: init.payload ?? NO_BYTES,
  }),
  write(message, writer) {
    if (message.status !== undefined) writeMessage(writer, 10, Status, message.status);
    if (message.payload?.length) writer.uint32(18).bytes(message.payload);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.status = readMessage(Status, reader);
        break;
      case 18:
        message.payload = readBytes(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A list of strings. Known to the protocol, used by nothing. */
export interface StringList {
  /** The strings. */
  list: string[];
}

/** Codec of `ttrpc.StringList`. */
export const StringList: Codec<StringList> = /* @__PURE__ */ codec<StringList>({
  typeName: "ttrpc.StringList",
  create: (init) => ({
    list: copyList(init.list),
  }),
  write(message, writer) {
    if (message.list) for (const item of message.list) writeString(writer, 10, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.list.push(reader.string());
        break;
      default:
        return false;
    }
    return true;
  },
});

/** One header. */
export interface KeyValue {
  /** Its name, in lower case. */
  key: string;
  /** Its value. */
  value: string;
}

/** Codec of `ttrpc.KeyValue`. */
export const KeyValue: Codec<KeyValue> = /* @__PURE__ */ codec<KeyValue>({
  typeName: "ttrpc.KeyValue",
  create: (init) => ({
    key: init.key ?? "",
    value: init.value ?? "",
  }),
  write(message, writer) {
    if (message.key) writeString(writer, 10, message.key);
    if (message.value) writeString(writer, 18, message.value);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.key = reader.string();
        break;
      case 18:
        message.value = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});
