// Generated from proto/hawser/processes.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// The processes of containers, for what containerd's Tasks service has no word for: those that have ended, the execs by name, and
// the way to their terminals.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, copyList, createList, readMessage, writeMessage, writeString } from "../codec-runtime.ts";
import { Timestamp } from "./timestamp.ts";

/** How a process is. */
export const ProcessState = {
  /** The shim has not told it yet. */
  PROCESS_STATE_UNKNOWN: 0,
  /** It waits to be started. */
  PROCESS_STATE_CREATED: 1,
  /** It runs. */
  PROCESS_STATE_RUNNING: 2,
  /** It is frozen. */
  PROCESS_STATE_PAUSED: 3,
  /** It has ended. */
  PROCESS_STATE_STOPPED: 4,
  /** It has ended and is about to be started again, as its restart policy says. */
  PROCESS_STATE_RESTARTING: 5,
} as const;

/** A known value of ProcessState. Fields are numbers: a peer may know more of them. */
export type ProcessState = (typeof ProcessState)[keyof typeof ProcessState];

/** Asks for processes. */
export interface ListProcessesRequest {
  /** Of this container; empty is all. */
  containerId: string;
  /** Execs too, not only init processes. */
  withExecs: boolean;
}

/** Codec of `hawser.v1.ListProcessesRequest`. */
export const ListProcessesRequest: Codec<ListProcessesRequest> = /* @__PURE__ */ codec<ListProcessesRequest>({
  typeName: "hawser.v1.ListProcessesRequest",
  create: (init) => ({
    containerId: init.containerId ?? "",
    withExecs: init.withExecs ?? false,
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.withExecs) writer.uint32(16).bool(message.withExecs);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containerId = reader.string();
        break;
      case 16:
        message.withExecs = reader.bool();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The processes. */
export interface ListProcessesResponse {
  /** Sorted by container, init first, then by start. */
  processes: ProcessInfo[];
}

/** Codec of `hawser.v1.ListProcessesResponse`. */
export const ListProcessesResponse: Codec<ListProcessesResponse> = /* @__PURE__ */ codec<ListProcessesResponse>({
  typeName: "hawser.v1.ListProcessesResponse",
  create: (init) => ({
    processes: createList(ProcessInfo, init.processes),
  }),
  write(message, writer) {
    if (message.processes) for (const item of message.processes) writeMessage(writer, 10, ProcessInfo, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.processes.push(readMessage(ProcessInfo, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A process. */
export interface ProcessInfo {
  /** Of which container. */
  containerId: string;
  /** Empty for the init process. */
  execId: string;
  /** What it does, as containerd says it: created, running, paused, stopped. */
  state: ProcessState | number;
  /** On the host; 0 when there is none now. */
  pid: number;
  /** When it was made. */
  createdAt?: Timestamp | undefined;
  /** When it was started. */
  startedAt?: Timestamp | undefined;
  /** How it ended; absent while it has not. */
  end?: ProcessEnd | undefined;
  /** Whether it has a terminal. */
  isTerminal: boolean;
  /** Words of the program, as far as they are known. */
  args: string[];
  /** Its stdio as it was asked for. */
  stdin: string;
  /** As it was asked for. */
  stdout: string;
  /** As it was asked for. */
  stderr: string;
  /** How often its restart policy has started it again. */
  restarts: number;
}

/** Codec of `hawser.v1.ProcessInfo`. */
export const ProcessInfo: Codec<ProcessInfo> = /* @__PURE__ */ codec<ProcessInfo>({
  typeName: "hawser.v1.ProcessInfo",
  create: (init) => ({
    containerId: init.containerId ?? "",
    execId: init.execId ?? "",
    state: init.state ?? 0,
    pid: init.pid ?? 0,
    createdAt: init.createdAt && Timestamp.create(init.createdAt),
    startedAt: init.startedAt && Timestamp.create(init.startedAt),
    end: init.end && ProcessEnd.create(init.end),
    isTerminal: init.isTerminal ?? false,
    args: copyList(init.args),
    stdin: init.stdin ?? "",
    stdout: init.stdout ?? "",
    stderr: init.stderr ?? "",
    restarts: init.restarts ?? 0,
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.execId) writeString(writer, 18, message.execId);
    if (message.state) writer.uint32(24).int32(message.state);
    if (message.pid) writer.uint32(32).uint32(message.pid);
    if (message.createdAt !== undefined) writeMessage(writer, 42, Timestamp, message.createdAt);
    if (message.startedAt !== undefined) writeMessage(writer, 50, Timestamp, message.startedAt);
    if (message.end !== undefined) writeMessage(writer, 58, ProcessEnd, message.end);
    if (message.isTerminal) writer.uint32(64).bool(message.isTerminal);
    if (message.args) for (const item of message.args) writeString(writer, 74, item);
    if (message.stdin) writeString(writer, 82, message.stdin);
    if (message.stdout) writeString(writer, 90, message.stdout);
    if (message.stderr) writeString(writer, 98, message.stderr);
    if (message.restarts) writer.uint32(104).uint32(message.restarts);
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
        message.state = reader.int32();
        break;
      case 32:
        message.pid = reader.uint32();
        break;
      case 42:
        message.createdAt = readMessage(Timestamp, reader);
        break;
      case 50:
        message.startedAt = readMessage(Timestamp, reader);
        break;
      case 58:
        message.end = readMessage(ProcessEnd, reader);
        break;
      case 64:
        message.isTerminal = reader.bool();
        break;
      case 74:
        message.args.push(reader.string());
        break;
      case 82:
        message.stdin = reader.string();
        break;
      case 90:
        message.stdout = reader.string();
        break;
      case 98:
        message.stderr = reader.string();
        break;
      case 104:
        message.restarts = reader.uint32();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** How a process ended. */
export interface ProcessEnd {
  /** 128 + n for signal n; 255 with is_unknown. */
  exitStatus: number;
  /** 0: none. */
  signal: number;
  /** Nobody could tell. */
  isUnknown: boolean;
  /** It, or a process beside it, was killed for want of memory. */
  oom: boolean;
  /** When it ended. */
  exitedAt?: Timestamp | undefined;
  /** What became of its output: "open", "complete", "direct" or "cut", as in the shim's exit record. */
  output: string;
}

/** Codec of `hawser.v1.ProcessEnd`. */
export const ProcessEnd: Codec<ProcessEnd> = /* @__PURE__ */ codec<ProcessEnd>({
  typeName: "hawser.v1.ProcessEnd",
  create: (init) => ({
    exitStatus: init.exitStatus ?? 0,
    signal: init.signal ?? 0,
    isUnknown: init.isUnknown ?? false,
    oom: init.oom ?? false,
    exitedAt: init.exitedAt && Timestamp.create(init.exitedAt),
    output: init.output ?? "",
  }),
  write(message, writer) {
    if (message.exitStatus) writer.uint32(8).uint32(message.exitStatus);
    if (message.signal) writer.uint32(16).uint32(message.signal);
    if (message.isUnknown) writer.uint32(24).bool(message.isUnknown);
    if (message.oom) writer.uint32(32).bool(message.oom);
    if (message.exitedAt !== undefined) writeMessage(writer, 42, Timestamp, message.exitedAt);
    if (message.output) writeString(writer, 50, message.output);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.exitStatus = reader.uint32();
        break;
      case 16:
        message.signal = reader.uint32();
        break;
      case 24:
        message.isUnknown = reader.bool();
        break;
      case 32:
        message.oom = reader.bool();
        break;
      case 42:
        message.exitedAt = readMessage(Timestamp, reader);
        break;
      case 50:
        message.output = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for the way to a process. */
export interface AttachProcessRequest {
  /** Of which container. */
  containerId: string;
  /** Empty for the init process. */
  execId: string;
}

/** Codec of `hawser.v1.AttachProcessRequest`. */
export const AttachProcessRequest: Codec<AttachProcessRequest> = /* @__PURE__ */ codec<AttachProcessRequest>({
  typeName: "hawser.v1.AttachProcessRequest",
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

/** The way. */
export interface AttachProcessResponse {
  /** A unix socket of the shim, spoken to in the attach protocol (docs/attach.md). */
  socketPath: string;
}

/** Codec of `hawser.v1.AttachProcessResponse`. */
export const AttachProcessResponse: Codec<AttachProcessResponse> = /* @__PURE__ */ codec<AttachProcessResponse>({
  typeName: "hawser.v1.AttachProcessResponse",
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

/** Answers from the manager's own record: a shim that does not answer delays nobody. */
export const Processes = {
  name: "hawser.v1.Processes",
  methods: {
    /**
     * Init processes and execs, living and ended, of the caller's namespace. An init that has ended is told until its container is
     * started again or deleted, an exec until it is deleted or its container is.
     */
    list: {
      name: "List",
      kind: "unary",
      request: ListProcessesRequest,
      response: ListProcessesResponse,
    },
    /**
     * Where to attach to a process whose stdio is brokered. NotFound: no such process; FailedPrecondition: it has another kind of
     * stdio, or its shim is gone (what it printed is in the log).
     */
    attach: {
      name: "Attach",
      kind: "unary",
      request: AttachProcessRequest,
      response: AttachProcessResponse,
    },
  },
} as const satisfies ServiceDefinition;
