// Generated from proto/hawser/logs.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// What containers have printed, from the files that their shims write. Needs no shim to be there.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { NO_BYTES, codec, copyList, createList, halves, readBytes, readMessage, readPacked, readUint64, writeMessage, writeString } from "../codec-runtime.ts";
import { Timestamp } from "./timestamp.ts";

/** Which part of which log. */
export interface ReadLogRequest {
  /** Of which container. */
  containerId: string;
  /** Empty for the init process. */
  execId: string;
  /**
   * Go on with what comes: through rotation, restarts of the container, of the shim and of the manager. Ends with the container,
   * when nothing will start it again.
   */
  follow: boolean;
  /** At most this many lines from the end; 0 with has_tail: none of the past. */
  tailLines: bigint;
  /** Whether tail_lines counts. */
  hasTail: boolean;
  /** Not before this time. */
  since?: Timestamp | undefined;
  /** Before this time. */
  until?: Timestamp | undefined;
  /** From this place of the output on. */
  fromOffset: bigint;
  /** Whether from_offset counts. */
  hasFromOffset: boolean;
  /** "stdout", "stderr"; none is both. */
  streams: string[];
}

/** Codec of `hawser.v1.ReadLogRequest`. */
export const ReadLogRequest: Codec<ReadLogRequest> = /* @__PURE__ */ codec<ReadLogRequest>({
  typeName: "hawser.v1.ReadLogRequest",
  create: (init) => ({
    containerId: init.containerId ?? "",
    execId: init.execId ?? "",
    follow: init.follow ?? false,
    tailLines: init.tailLines ?? 0n,
    hasTail: init.hasTail ?? false,
    since: init.since && Timestamp.create(init.since),
    until: init.until && Timestamp.create(init.until),
    fromOffset: init.fromOffset ?? 0n,
    hasFromOffset: init.hasFromOffset ?? false,
    streams: copyList(init.streams),
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.execId) writeString(writer, 18, message.execId);
    if (message.follow) writer.uint32(24).bool(message.follow);
    if (message.tailLines) writer.uint32(32).uint64(halves(message.tailLines));
    if (message.hasTail) writer.uint32(40).bool(message.hasTail);
    if (message.since !== undefined) writeMessage(writer, 50, Timestamp, message.since);
    if (message.until !== undefined) writeMessage(writer, 58, Timestamp, message.until);
    if (message.fromOffset) writer.uint32(64).uint64(halves(message.fromOffset));
    if (message.hasFromOffset) writer.uint32(72).bool(message.hasFromOffset);
    if (message.streams) for (const item of message.streams) writeString(writer, 82, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containerId = reader.string();
        break;
      case 18:
        message.execId = reader.string();
        break;
      case 24:
        message.follow = reader.bool();
        break;
      case 32:
        message.tailLines = readUint64(reader);
        break;
      case 40:
        message.hasTail = reader.bool();
        break;
      case 50:
        message.since = readMessage(Timestamp, reader);
        break;
      case 58:
        message.until = readMessage(Timestamp, reader);
        break;
      case 64:
        message.fromOffset = readUint64(reader);
        break;
      case 72:
        message.hasFromOffset = reader.bool();
        break;
      case 82:
        message.streams.push(reader.string());
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Some records, or a word on those that are missing. */
export interface ReadLogResponse {
  /** In the order in which they came. */
  records: LogRecord[];
  /** What lay before the first of these records and is not kept any more, or was dropped. */
  gap?: LogGap | undefined;
  /**
   * Once, in the first answer, when tail_lines was asked for: where these lines begin in stdout, and where in stderr. Whoever comes back
   * with a from_offset leaves out for himself what lies before.
   */
  startOffsets: bigint[];
}

/** Codec of `hawser.v1.ReadLogResponse`. */
export const ReadLogResponse: Codec<ReadLogResponse> = /* @__PURE__ */ codec<ReadLogResponse>({
  typeName: "hawser.v1.ReadLogResponse",
  create: (init) => ({
    records: createList(LogRecord, init.records),
    gap: init.gap && LogGap.create(init.gap),
    startOffsets: copyList(init.startOffsets),
  }),
  write(message, writer) {
    if (message.records) for (const item of message.records) writeMessage(writer, 10, LogRecord, item);
    if (message.gap !== undefined) writeMessage(writer, 18, LogGap, message.gap);
    if (message.startOffsets?.length) {
      writer.uint32(26).fork();
      for (const item of message.startOffsets) writer.uint64(halves(item));
      writer.ldelim();
    }
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.records.push(readMessage(LogRecord, reader));
        break;
      case 18:
        message.gap = readMessage(LogGap, reader);
        break;
      case 24:
        message.startOffsets.push(readUint64(reader));
        break;
      case 26:
        readPacked(reader, () => message.startOffsets.push(readUint64(reader)));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Some bytes, as they came: not a line. */
export interface LogRecord {
  /** Place of the first byte: so many came before it, of both streams. */
  offset: bigint;
  /** 1 is stdout, 2 is stderr. */
  stream: number;
  /** When the shim read it. */
  time?: Timestamp | undefined;
  /** The bytes. */
  data: Uint8Array;
}

/** Codec of `hawser.v1.LogRecord`. */
export const LogRecord: Codec<LogRecord> = /* @__PURE__ */ codec<LogRecord>({
  typeName: "hawser.v1.LogRecord",
  create: (init) => ({
    offset: init.offset ?? 0n,
    stream: init.stream ?? 0,
    time: init.time && Timestamp.create(init.time),
    data: init.data ?? NO_BYTES,
  }),
  write(message, writer) {
    if (message.offset) writer.uint32(8).uint64(halves(message.offset));
    if (message.stream) writer.uint32(16).uint32(message.stream);
    if (message.time !== undefined) writeMessage(writer, 26, Timestamp, message.time);
    if (message.data?.length) writer.uint32(34).bytes(message.data);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.offset = readUint64(reader);
        break;
      case 16:
        message.stream = reader.uint32();
        break;
      case 26:
        message.time = readMessage(Timestamp, reader);
        break;
      case 34:
        message.data = readBytes(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Bytes that are missing. */
export interface LogGap {
  /** The first that is missing. */
  fromOffset: bigint;
  /** The first that is there again. */
  toOffset: bigint;
  /** "rotated", "dropped", "torn". */
  reason: string;
}

/** Codec of `hawser.v1.LogGap`. */
export const LogGap: Codec<LogGap> = /* @__PURE__ */ codec<LogGap>({
  typeName: "hawser.v1.LogGap",
  create: (init) => ({
    fromOffset: init.fromOffset ?? 0n,
    toOffset: init.toOffset ?? 0n,
    reason: init.reason ?? "",
  }),
  write(message, writer) {
    if (message.fromOffset) writer.uint32(8).uint64(halves(message.fromOffset));
    if (message.toOffset) writer.uint32(16).uint64(halves(message.toOffset));
    if (message.reason) writeString(writer, 26, message.reason);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.fromOffset = readUint64(reader);
        break;
      case 16:
        message.toOffset = readUint64(reader);
        break;
      case 26:
        message.reason = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The logs of containers. */
export const Logs = {
  name: "hawser.v1.Logs",
  methods: {
    /**
     * Reads one, and follows it when asked. Ends when there is no more to come. NotFound: no such container or exec;
     * FailedPrecondition: its output does not go to a log; OutOfRange: from_offset is a place that the output has not come to.
     */
    read: {
      name: "Read",
      kind: "server-streaming",
      request: ReadLogRequest,
      response: ReadLogResponse,
    },
  },
} as const satisfies ServiceDefinition;
