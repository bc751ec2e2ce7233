// Generated from proto/hawser/attach.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// The first words on an attach socket, each in a frame of its own (proto/attach-frame.ts). docs/attach.md tells the rest.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, createList, halves, readMessage, readUint64, writeMessage, writeString } from "../codec-runtime.ts";
import { Timestamp } from "./timestamp.ts";

/** Where the output that a session gets is to begin. */
export const ReplayFrom = {
  /** With what comes from now on. */
  REPLAY_FROM_NOW: 0,
  /** At `offset`; a gap is told when that is not kept any more. */
  REPLAY_FROM_OFFSET: 1,
  /** `bytes` before now, or as much as is kept. */
  REPLAY_FROM_LAST_BYTES: 2,
  /** At the oldest byte that is kept. */
  REPLAY_FROM_ALL: 3,
} as const;

/** A known value of ReplayFrom. Fields are numbers: a peer may know more of them. */
export type ReplayFrom = (typeof ReplayFrom)[keyof typeof ReplayFrom];

/** What becomes of a session whose client does not keep up, once what it has not read is about to be dropped. */
export const WhenSlow = {
  /** The session is cut with the reason "lagged". */
  WHEN_SLOW_CUT: 0,
  /** It goes on behind a gap. */
  WHEN_SLOW_SKIP: 1,
  /** The process waits, as it would for a pipe, as long as the session is there. */
  WHEN_SLOW_HOLD: 2,
} as const;

/** A known value of WhenSlow. Fields are numbers: a peer may know more of them. */
export type WhenSlow = (typeof WhenSlow)[keyof typeof WhenSlow];

/** What the client says first. */
export interface AttachOpen {
  /** Of which container. */
  containerId: string;
  /** Empty for the init process. */
  execId: string;
  /** Input, sizes and signals of this session are refused. */
  isReadOnly: boolean;
  /** Sizes of this session are ignored. */
  noResize: boolean;
  /** Where to begin. */
  replayFrom: ReplayFrom | number;
  /** A place in the output, for REPLAY_FROM_OFFSET. */
  offset: bigint;
  /** How many, for REPLAY_FROM_LAST_BYTES. */
  bytes: bigint;
  /** What is to become of it when it does not keep up. */
  whenSlow: WhenSlow | number;
  /** For whoever lists sessions: a name, at most 128 bytes. */
  clientName: string;
  /** A session that began under this number and was cut takes its place again: what it had sent is not sent twice. */
  resumedSession: bigint;
}

/** Codec of `hawser.v1.AttachOpen`. */
export const AttachOpen: Codec<AttachOpen> = /* @__PURE__ */ codec<AttachOpen>({
  typeName: "hawser.v1.AttachOpen",
  create: (init) => ({
    containerId: init.containerId ?? "",
    execId: init.execId ?? "",
    isReadOnly: init.isReadOnly ?? false,
    noResize: init.noResize ?? false,
    replayFrom: init.replayFrom ?? 0,
    offset: init.offset ?? 0n,
    bytes: init.bytes ?? 0n,
    whenSlow: init.whenSlow ?? 0,
    clientName: init.clientName ?? "",
    resumedSession: init.resumedSession ?? 0n,
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.execId) writeString(writer, 18, message.execId);
    if (message.isReadOnly) writer.uint32(24).bool(message.isReadOnly);
    if (message.noResize) writer.uint32(32).bool(message.noResize);
    if (message.replayFrom) writer.uint32(40).int32(message.replayFrom);
    if (message.offset) writer.uint32(48).uint64(halves(message.offset));
    if (message.bytes) writer.uint32(56).uint64(halves(message.bytes));
    if (message.whenSlow) writer.uint32(64).int32(message.whenSlow);
    if (message.clientName) writeString(writer, 74, message.clientName);
    if (message.resumedSession) writer.uint32(80).uint64(halves(message.resumedSession));
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
        message.isReadOnly = reader.bool();
        break;
      case 32:
        message.noResize = reader.bool();
        break;
      case 40:
        message.replayFrom = reader.int32();
        break;
      case 48:
        message.offset = readUint64(reader);
        break;
      case 56:
        message.bytes = readUint64(reader);
        break;
      case 64:
        message.whenSlow = reader.int32();
        break;
      case 74:
        message.clientName = reader.string();
        break;
      case 80:
        message.resumedSession = readUint64(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** What the shim answers. */
export interface AttachOpened {
  /** Of this session; never used again in the life of the shim. */
  session: bigint;
  /** Whether it has a terminal. */
  isTerminal: boolean;
  /** Whether the process has a standard input that is open. */
  hasStdin: boolean;
  /** Place of the first byte that follows, in the output of the process. */
  offset: bigint;
  /** Place behind the last byte that there is now. */
  endOffset: bigint;
  /** Size of the terminal, 0 when nobody has set it. */
  columns: number;
  /** Height of the terminal in lines. */
  rows: number;
  /** The session that was to be resumed goes on, under its old number. */
  isResumed: boolean;
  /** Bytes of its input, from its very beginning, that the shim has or has passed on: they are not to be sent again. */
  inputTaken: bigint;
}

/** Codec of `hawser.v1.AttachOpened`. */
export const AttachOpened: Codec<AttachOpened> = /* @__PURE__ */ codec<AttachOpened>({
  typeName: "hawser.v1.AttachOpened",
  create: (init) => ({
    session: init.session ?? 0n,
    isTerminal: init.isTerminal ?? false,
    hasStdin: init.hasStdin ?? false,
    offset: init.offset ?? 0n,
    endOffset: init.endOffset ?? 0n,
    columns: init.columns ?? 0,
    rows: init.rows ?? 0,
    isResumed: init.isResumed ?? false,
    inputTaken: init.inputTaken ?? 0n,
  }),
  write(message, writer) {
    if (message.session) writer.uint32(8).uint64(halves(message.session));
    if (message.isTerminal) writer.uint32(16).bool(message.isTerminal);
    if (message.hasStdin) writer.uint32(24).bool(message.hasStdin);
    if (message.offset) writer.uint32(32).uint64(halves(message.offset));
    if (message.endOffset) writer.uint32(40).uint64(halves(message.endOffset));
    if (message.columns) writer.uint32(48).uint32(message.columns);
    if (message.rows) writer.uint32(56).uint32(message.rows);
    if (message.isResumed) writer.uint32(64).bool(message.isResumed);
    if (message.inputTaken) writer.uint32(72).uint64(halves(message.inputTaken));
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.session = readUint64(reader);
        break;
      case 16:
        message.isTerminal = reader.bool();
        break;
      case 24:
        message.hasStdin = reader.bool();
        break;
      case 32:
        message.offset = readUint64(reader);
        break;
      case 40:
        message.endOffset = readUint64(reader);
        break;
      case 48:
        message.columns = reader.uint32();
        break;
      case 56:
        message.rows = reader.uint32();
        break;
      case 64:
        message.isResumed = reader.bool();
        break;
      case 72:
        message.inputTaken = readUint64(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The last frame of a session whose process has ended, after all of its output. */
export interface AttachExit {
  /** 128 + n for signal n; 255 with is_unknown. */
  exitStatus: number;
  /** Nobody could tell. */
  isUnknown: boolean;
  /** When it ended. */
  exitedAt?: Timestamp | undefined;
  /** "complete"; "cut": something may be missing at the end; "held": a process that was left behind may still write. */
  output: string;
  /** Whether something in the container was killed for want of memory. */
  oom: boolean;
  /** It was killed because its time was up. */
  timedOut: boolean;
}

/** Codec of `hawser.v1.AttachExit`. */
export const AttachExit: Codec<AttachExit> = /* @__PURE__ */ codec<AttachExit>({
  typeName: "hawser.v1.AttachExit",
  create: (init) => ({
    exitStatus: init.exitStatus ?? 0,
    isUnknown: init.isUnknown ?? false,
    exitedAt: init.exitedAt && Timestamp.create(init.exitedAt),
    output: init.output ?? "",
    oom: init.oom ?? false,
    timedOut: init.timedOut ?? false,
  }),
  write(message, writer) {
    if (message.exitStatus) writer.uint32(8).uint32(message.exitStatus);
    if (message.isUnknown) writer.uint32(16).bool(message.isUnknown);
    if (message.exitedAt !== undefined) writeMessage(writer, 26, Timestamp, message.exitedAt);
    if (message.output) writeString(writer, 34, message.output);
    if (message.oom) writer.uint32(40).bool(message.oom);
    if (message.timedOut) writer.uint32(48).bool(message.timedOut);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.exitStatus = reader.uint32();
        break;
      case 16:
        message.isUnknown = reader.bool();
        break;
      case 26:
        message.exitedAt = readMessage(Timestamp, reader);
        break;
      case 34:
        message.output = reader.string();
        break;
      case 40:
        message.oom = reader.bool();
        break;
      case 48:
        message.timedOut = reader.bool();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The last frame of a session that the shim ends. */
export interface AttachCut {
  /** A gRPC code. */
  code: number;
  /** "lagged", "shutdown", … and a sentence. */
  reason: string;
  /** Why, in a sentence. */
  message: string;
}

/** Codec of `hawser.v1.AttachCut`. */
export const AttachCut: Codec<AttachCut> = /* @__PURE__ */ codec<AttachCut>({
  typeName: "hawser.v1.AttachCut",
  create: (init) => ({
    code: init.code ?? 0,
    reason: init.reason ?? "",
    message: init.message ?? "",
  }),
  write(message, writer) {
    if (message.code) writer.uint32(8).uint32(message.code);
    if (message.reason) writeString(writer, 18, message.reason);
    if (message.message) writeString(writer, 26, message.message);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.code = reader.uint32();
        break;
      case 18:
        message.reason = reader.string();
        break;
      case 26:
        message.message = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for it. */
export interface SessionsAddressRequest {
  /** Of which container. */
  containerId: string;
  /** Empty for the init process. */
  execId: string;
}

/** Codec of `hawser.v1.SessionsAddressRequest`. */
export const SessionsAddressRequest: Codec<SessionsAddressRequest> = /* @__PURE__ */ codec<SessionsAddressRequest>({
  typeName: "hawser.v1.SessionsAddressRequest",
  create: (init) => ({
    containerId: init.containerId ?? "",
    execId: init.execId ?? "",
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.execId) writeString(writer, 18, message.execId);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containerId = reader.string();
        break;
      case 18:
        message.execId = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Where it is. */
export interface SessionsAddressResponse {
  /** Absolute. */
  socketPath: string;
}

/** Codec of `hawser.v1.SessionsAddressResponse`. */
export const SessionsAddressResponse: Codec<SessionsAddressResponse> = /* @__PURE__ */ codec<SessionsAddressResponse>({
  typeName: "hawser.v1.SessionsAddressResponse",
  create: (init) => ({
    socketPath: init.socketPath ?? "",
  }),
  write(message, writer) {
    if (message.socketPath) writeString(writer, 10, message.socketPath);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.socketPath = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for sessions. */
export interface ListSessionsRequest {
  /** Empty: all of the shim. */
  containerId: string;
  /** Empty for the init process. */
  execId: string;
}

/** Codec of `hawser.v1.ListSessionsRequest`. */
export const ListSessionsRequest: Codec<ListSessionsRequest> = /* @__PURE__ */ codec<ListSessionsRequest>({
  typeName: "hawser.v1.ListSessionsRequest",
  create: (init) => ({
    containerId: init.containerId ?? "",
    execId: init.execId ?? "",
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.execId) writeString(writer, 18, message.execId);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containerId = reader.string();
        break;
      case 18:
        message.execId = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The sessions. */
export interface ListSessionsResponse {
  /** Those that are open. */
  sessions: SessionInfo[];
  /** Where output goes beside them. */
  sinks: SinkInfo[];
}

/** Codec of `hawser.v1.ListSessionsResponse`. */
export const ListSessionsResponse: Codec<ListSessionsResponse> = /* @__PURE__ */ codec<ListSessionsResponse>({
  typeName: "hawser.v1.ListSessionsResponse",
  create: (init) => ({
    sessions: createList(SessionInfo, init.sessions),
    sinks: createList(SinkInfo, init.sinks),
  }),
  write(message, writer) {
    if (message.sessions) for (const item of message.sessions) writeMessage(writer, 10, SessionInfo, item);
    if (message.sinks) for (const item of message.sinks) writeMessage(writer, 18, SinkInfo, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.sessions.push(readMessage(SessionInfo, reader));
        break;
      case 18:
        message.sinks.push(readMessage(SinkInfo, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** One session. */
export interface SessionInfo {
  /** Its number. */
  session: bigint;
  /** Of which container. */
  containerId: string;
  /** Empty for the init process. */
  execId: string;
  /** As the client called itself. */
  clientName: string;
  /** Of the client's process. */
  pid: number;
  /** Of the client's user. */
  uid: number;
  /** Whether it only looks. */
  isReadOnly: boolean;
  /** Since when. */
  openedAt?: Timestamp | undefined;
  /** Place of the next byte that it gets. */
  offset: bigint;
  /** Bytes that it was not given because it was slow. */
  skippedBytes: bigint;
}

/** Codec of `hawser.v1.SessionInfo`. */
export const SessionInfo: Codec<SessionInfo> = /* @__PURE__ */ codec<SessionInfo>({
  typeName: "hawser.v1.SessionInfo",
  create: (init) => ({
    session: init.session ?? 0n,
    containerId: init.containerId ?? "",
    execId: init.execId ?? "",
    clientName: init.clientName ?? "",
    pid: init.pid ?? 0,
    uid: init.uid ?? 0,
    isReadOnly: init.isReadOnly ?? false,
    openedAt: init.openedAt && Timestamp.create(init.openedAt),
    offset: init.offset ?? 0n,
    skippedBytes: init.skippedBytes ?? 0n,
  }),
  write(message, writer) {
    if (message.session) writer.uint32(8).uint64(halves(message.session));
    if (message.containerId) writeString(writer, 18, message.containerId);
    if (message.execId) writeString(writer, 26, message.execId);
    if (message.clientName) writeString(writer, 34, message.clientName);
    if (message.pid) writer.uint32(40).uint32(message.pid);
    if (message.uid) writer.uint32(48).uint32(message.uid);
    if (message.isReadOnly) writer.uint32(56).bool(message.isReadOnly);
    if (message.openedAt !== undefined) writeMessage(writer, 66, Timestamp, message.openedAt);
    if (message.offset) writer.uint32(72).uint64(halves(message.offset));
    if (message.skippedBytes) writer.uint32(80).uint64(halves(message.skippedBytes));
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.session = readUint64(reader);
        break;
      case 18:
        message.containerId = reader.string();
        break;
      case 26:
        message.execId = reader.string();
        break;
      case 34:
        message.clientName = reader.string();
        break;
      case 40:
        message.pid = reader.uint32();
        break;
      case 48:
        message.uid = reader.uint32();
        break;
      case 56:
        message.isReadOnly = reader.bool();
        break;
      case 66:
        message.openedAt = readMessage(Timestamp, reader);
        break;
      case 72:
        message.offset = readUint64(reader);
        break;
      case 80:
        message.skippedBytes = readUint64(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** One sink of a process: the log, the ring. */
export interface SinkInfo {
  /** Of which container. */
  containerId: string;
  /** Empty for the init process. */
  execId: string;
  /** "log", "ring". */
  name: string;
  /** "block", "drop". */
  policy: string;
  /** What it has taken. */
  writtenBytes: bigint;
  /** What it has not. */
  droppedBytes: bigint;
  /** Empty when there was none. */
  lastError: string;
}

/** Codec of `hawser.v1.SinkInfo`. */
export const SinkInfo: Codec<SinkInfo> = /* @__PURE__ */ codec<SinkInfo>({
  typeName: "hawser.v1.SinkInfo",
  create: (init) => ({
    containerId: init.containerId ?? "",
    execId: init.execId ?? "",
    name: init.name ?? "",
    policy: init.policy ?? "",
    writtenBytes: init.writtenBytes ?? 0n,
    droppedBytes: init.droppedBytes ?? 0n,
    lastError: init.lastError ?? "",
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.execId) writeString(writer, 18, message.execId);
    if (message.name) writeString(writer, 26, message.name);
    if (message.policy) writeString(writer, 34, message.policy);
    if (message.writtenBytes) writer.uint32(40).uint64(halves(message.writtenBytes));
    if (message.droppedBytes) writer.uint32(48).uint64(halves(message.droppedBytes));
    if (message.lastError) writeString(writer, 58, message.lastError);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containerId = reader.string();
        break;
      case 18:
        message.execId = reader.string();
        break;
      case 26:
        message.name = reader.string();
        break;
      case 34:
        message.policy = reader.string();
        break;
      case 40:
        message.writtenBytes = readUint64(reader);
        break;
      case 48:
        message.droppedBytes = readUint64(reader);
        break;
      case 58:
        message.lastError = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** What there is of sessions, in the shim; for the manager. */
export const Sessions = {
  name: "hawser.v1.Sessions",
  methods: {
    /** The attach socket of this shim; opens it when it is not open. */
    address: {
      name: "Address",
      kind: "unary",
      request: SessionsAddressRequest,
      response: SessionsAddressResponse,
    },
    /** Who is attached, and what the sinks have counted. */
    list: {
      name: "List",
      kind: "unary",
      request: ListSessionsRequest,
      response: ListSessionsResponse,
    },
  },
} as const satisfies ServiceDefinition;
