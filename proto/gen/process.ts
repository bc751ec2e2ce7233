// Generated from proto/process.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// Processes of a task: the state they are in and what a list of them tells.
import type { Codec } from "../codec.ts";
import { codec, readMessage, writeMessage, writeString } from "../codec-runtime.ts";
import { Any } from "./any.ts";
import { Timestamp } from "./timestamp.ts";

/** The state of a process. */
export const Status = {
  /** Not known: the shim is gone, or speaks of a newer state. */
  UNKNOWN: 0,
  /** Created and not started. */
  CREATED: 1,
  /** Started and alive. */
  RUNNING: 2,
  /** Dead, with its exit status kept until Delete. */
  STOPPED: 3,
  /** Frozen. */
  PAUSED: 4,
  /** On the way to PAUSED. */
  PAUSING: 5,
} as const;

/** A known value of Status. Fields are numbers: a peer may know more of them. */
export type Status = (typeof Status)[keyof typeof Status];

/** A process as a manager describes it to its clients. */
export interface Process {
  /** The container it runs in. */
  containerId: string;
  /** The container's id for the init process, the exec id for others. */
  id: string;
  /** Process id on the host. */
  pid: number;
  /** Its state. */
  status: Status | number;
  /** Where standard input comes from; empty is nowhere. */
  stdin: string;
  /** Where standard output goes; empty is nowhere. */
  stdout: string;
  /** Where standard error goes; empty is nowhere, and always so with a terminal. */
  stderr: string;
  /** Whether it has a terminal. */
  terminal: boolean;
  /** Its exit status once it is STOPPED: 128 + n for signal n, 255 when not known. */
  exitStatus: number;
  /** When it ended; the zero time or absent while it lives. */
  exitedAt?: Timestamp | undefined;
}

/** Codec of `containerd.v1.types.Process`. */
export const Process: Codec<Process> = /* @__PURE__ */ codec<Process>({
  typeName: "containerd.v1.types.Process",
  create: (init) => ({
    containerId: init.containerId ?? "",
    id: init.id ?? "",
    pid: init.pid ?? 0,
    status: init.status ?? 0,
    stdin: init.stdin ?? "",
    stdout: init.stdout ?? "",
    stderr: init.stderr ?? "",
    terminal: init.terminal ?? false,
    exitStatus: init.exitStatus ?? 0,
    exitedAt: init.exitedAt && Timestamp.create(init.exitedAt),
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.id) writeString(writer, 18, message.id);
    if (message.pid) writer.uint32(24).uint32(message.pid);
    if (message.status) writer.uint32(32).int32(message.status);
    if (message.stdin) writeString(writer, 42, message.stdin);
    if (message.stdout) writeString(writer, 50, message.stdout);
    if (message.stderr) writeString(writer, 58, message.stderr);
    if (message.terminal) writer.uint32(64).bool(message.terminal);
    if (message.exitStatus) writer.uint32(72).uint32(message.exitStatus);
    if (message.exitedAt !== undefined) writeMessage(writer, 82, Timestamp, message.exitedAt);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containerId = reader.string();
        break;
      case 18:
        message.id = reader.string();
        break;
      case 24:
        message.pid = reader.uint32();
        break;
      case 32:
        message.status = reader.int32();
        break;
      case 42:
        message.stdin = reader.string();
        break;
      case 50:
        message.stdout = reader.string();
        break;
      case 58:
        message.stderr = reader.string();
        break;
      case 64:
        message.terminal = reader.bool();
        break;
      case 72:
        message.exitStatus = reader.uint32();
        break;
      case 82:
        message.exitedAt = readMessage(Timestamp, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** One process in the answer to Pids. */
export interface ProcessInfo {
  /** Process id on the host. */
  pid: number;
  /** What else is known of it: containerd.runc.v1.ProcessDetails for the first process of an exec. */
  info?: Any | undefined;
}

/** Codec of `containerd.v1.types.ProcessInfo`. */
export const ProcessInfo: Codec<ProcessInfo> = /* @__PURE__ */ codec<ProcessInfo>({
  typeName: "containerd.v1.types.ProcessInfo",
  create: (init) => ({
    pid: init.pid ?? 0,
    info: init.info && Any.create(init.info),
  }),
  write(message, writer) {
    if (message.pid) writer.uint32(8).uint32(message.pid);
    if (message.info !== undefined) writeMessage(writer, 18, Any, message.info);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.pid = reader.uint32();
        break;
      case 18:
        message.info = readMessage(Any, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});
