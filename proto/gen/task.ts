// Generated from proto/task.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// The task service of a shim: everything that can be done to a container and the processes in it.
// An empty `exec_id` means the init process everywhere. Here is the shape of the calls; what they promise is what
// test/integration/contract asks of a shim.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, copyMap, createList, readMessage, readStringEntry, writeMessage, writeString, writeStringMap } from "../codec-runtime.ts";
import { Any } from "./any.ts";
import { Empty } from "./empty.ts";
import { Mount } from "./mount.ts";
import { ProcessInfo, Status } from "./process.ts";
import { Timestamp } from "./timestamp.ts";

/** Asks to create a container. */
export interface CreateTaskRequest {
  /** The container's id. */
  id: string;
  /** Absolute path of the bundle directory. */
  bundle: string;
  /** What to mount at `rootfs` in the bundle, in order; empty when it is there already. */
  rootfs: Mount[];
  /** Whether init gets a terminal. */
  terminal: boolean;
  /** Where standard input comes from: a fifo's path or a URI; empty is nowhere. */
  stdin: string;
  /** Where standard output goes: a fifo's path or a URI; empty is nowhere. */
  stdout: string;
  /** Where standard error goes; empty is nowhere. */
  stderr: string;
  /** Directory of a checkpoint to restore; empty for a new start. */
  checkpoint: string;
  /** The checkpoint that `checkpoint` builds on. */
  parentCheckpoint: string;
  /** Options of the runtime: containerd.runc.v1.Options, runtimeoptions.v1.Options or none. */
  options?: Any | undefined;
}

/** Codec of `containerd.task.v3.CreateTaskRequest`. */
export const CreateTaskRequest: Codec<CreateTaskRequest> = /* @__PURE__ */ codec<CreateTaskRequest>({
  typeName: "containerd.task.v3.CreateTaskRequest",
  create: (init) => ({
    id: init.id ?? "",
    bundle: init.bundle ?? "",
    rootfs: createList(Mount, init.rootfs),
    terminal: init.terminal ?? false,
    stdin: init.stdin ?? "",
    stdout: init.stdout ?? "",
    stderr: init.stderr ?? "",
    checkpoint: init.checkpoint ?? "",
    parentCheckpoint: init.parentCheckpoint ?? "",
    options: init.options && Any.create(init.options),
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.bundle) writeString(writer, 18, message.bundle);
    if (message.rootfs) for (const item of message.rootfs) writeMessage(writer, 26, Mount, item);
    if (message.terminal) writer.uint32(32).bool(message.terminal);
    if (message.stdin) writeString(writer, 42, message.stdin);
    if (message.stdout) writeString(writer, 50, message.stdout);
    if (message.stderr) writeString(writer, 58, message.stderr);
    if (message.checkpoint) writeString(writer, 66, message.checkpoint);
    if (message.parentCheckpoint) writeString(writer, 74, message.parentCheckpoint);
    if (message.options !== undefined) writeMessage(writer, 82, Any, message.options);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 18:
        message.bundle = reader.string();
        break;
      case 26:
        message.rootfs.push(readMessage(Mount, reader));
        break;
      case 32:
        message.terminal = reader.bool();
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
      case 66:
        message.checkpoint = reader.string();
        break;
      case 74:
        message.parentCheckpoint = reader.string();
        break;
      case 82:
        message.options = readMessage(Any, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Says that the container exists. */
export interface CreateTaskResponse {
  /** Pid of init on the host. */
  pid: number;
}

/** Codec of `containerd.task.v3.CreateTaskResponse`. */
export const CreateTaskResponse: Codec<CreateTaskResponse> = /* @__PURE__ */ codec<CreateTaskResponse>({
  typeName: "containerd.task.v3.CreateTaskResponse",
  create: (init) => ({
    pid: init.pid ?? 0,
  }),
  write(message, writer) {
    if (message.pid) writer.uint32(8).uint32(message.pid);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.pid = reader.uint32();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to start a process. */
export interface StartRequest {
  /** The container. */
  id: string;
  /** The exec; empty for init. */
  execId: string;
}

/** Codec of `containerd.task.v3.StartRequest`. */
export const StartRequest: Codec<StartRequest> = /* @__PURE__ */ codec<StartRequest>({
  typeName: "containerd.task.v3.StartRequest",
  create: (init) => ({
    id: init.id ?? "",
    execId: init.execId ?? "",
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.execId) writeString(writer, 18, message.execId);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
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

/** Says that the process runs, or has run. */
export interface StartResponse {
  /** Its pid on the host. */
  pid: number;
}

/** Codec of `containerd.task.v3.StartResponse`. */
export const StartResponse: Codec<StartResponse> = /* @__PURE__ */ codec<StartResponse>({
  typeName: "containerd.task.v3.StartResponse",
  create: (init) => ({
    pid: init.pid ?? 0,
  }),
  write(message, writer) {
    if (message.pid) writer.uint32(8).uint32(message.pid);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.pid = reader.uint32();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to forget a stopped process. */
export interface DeleteRequest {
  /** The container. */
  id: string;
  /** The exec; empty for init and with it the container. */
  execId: string;
}

/** Codec of `containerd.task.v3.DeleteRequest`. */
export const DeleteRequest: Codec<DeleteRequest> = /* @__PURE__ */ codec<DeleteRequest>({
  typeName: "containerd.task.v3.DeleteRequest",
  create: (init) => ({
    id: init.id ?? "",
    execId: init.execId ?? "",
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.execId) writeString(writer, 18, message.execId);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
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

/** How the deleted process ended. */
export interface DeleteResponse {
  /** Its pid on the host. */
  pid: number;
  /** Its exit status. */
  exitStatus: number;
  /** When it ended; may be absent when it never started. */
  exitedAt?: Timestamp | undefined;
}

/** Codec of `containerd.task.v3.DeleteResponse`. */
export const DeleteResponse: Codec<DeleteResponse> = /* @__PURE__ */ codec<DeleteResponse>({
  typeName: "containerd.task.v3.DeleteResponse",
  create: (init) => ({
    pid: init.pid ?? 0,
    exitStatus: init.exitStatus ?? 0,
    exitedAt: init.exitedAt && Timestamp.create(init.exitedAt),
  }),
  write(message, writer) {
    if (message.pid) writer.uint32(8).uint32(message.pid);
    if (message.exitStatus) writer.uint32(16).uint32(message.exitStatus);
    if (message.exitedAt !== undefined) writeMessage(writer, 26, Timestamp, message.exitedAt);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.pid = reader.uint32();
        break;
      case 16:
        message.exitStatus = reader.uint32();
        break;
      case 26:
        message.exitedAt = readMessage(Timestamp, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to add a process to a container. */
export interface ExecProcessRequest {
  /** The container. */
  id: string;
  /** The id of the new exec. */
  execId: string;
  /** Whether it gets a terminal. */
  terminal: boolean;
  /** Where standard input comes from; empty is nowhere. */
  stdin: string;
  /** Where standard output goes; empty is nowhere. */
  stdout: string;
  /** Where standard error goes; empty is nowhere. */
  stderr: string;
  /** What to run: an OCI process as JSON. */
  spec?: Any | undefined;
}

/** Codec of `containerd.task.v3.ExecProcessRequest`. */
export const ExecProcessRequest: Codec<ExecProcessRequest> = /* @__PURE__ */ codec<ExecProcessRequest>({
  typeName: "containerd.task.v3.ExecProcessRequest",
  create: (init) => ({
    id: init.id ?? "",
    execId: init.execId ?? "",
    terminal: init.terminal ?? false,
    stdin: init.stdin ?? "",
    stdout: init.stdout ?? "",
    stderr: init.stderr ?? "",
    spec: init.spec && Any.create(init.spec),
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.execId) writeString(writer, 18, message.execId);
    if (message.terminal) writer.uint32(24).bool(message.terminal);
    if (message.stdin) writeString(writer, 34, message.stdin);
    if (message.stdout) writeString(writer, 42, message.stdout);
    if (message.stderr) writeString(writer, 50, message.stderr);
    if (message.spec !== undefined) writeMessage(writer, 58, Any, message.spec);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 18:
        message.execId = reader.string();
        break;
      case 24:
        message.terminal = reader.bool();
        break;
      case 34:
        message.stdin = reader.string();
        break;
      case 42:
        message.stdout = reader.string();
        break;
      case 50:
        message.stderr = reader.string();
        break;
      case 58:
        message.spec = readMessage(Any, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Defined by the protocol and never sent: Exec answers with Empty. */
export interface ExecProcessResponse {}

/** Codec of `containerd.task.v3.ExecProcessResponse`. */
export const ExecProcessResponse: Codec<ExecProcessResponse> = /* @__PURE__ */ codec<ExecProcessResponse>({
  typeName: "containerd.task.v3.ExecProcessResponse",
  create: () => ({}),
  write: () => {},
  field: () => false,
});

/** Asks for another terminal size. */
export interface ResizePtyRequest {
  /** The container. */
  id: string;
  /** The exec; empty for init. */
  execId: string;
  /** Columns. */
  width: number;
  /** Rows. */
  height: number;
}

/** Codec of `containerd.task.v3.ResizePtyRequest`. */
export const ResizePtyRequest: Codec<ResizePtyRequest> = /* @__PURE__ */ codec<ResizePtyRequest>({
  typeName: "containerd.task.v3.ResizePtyRequest",
  create: (init) => ({
    id: init.id ?? "",
    execId: init.execId ?? "",
    width: init.width ?? 0,
    height: init.height ?? 0,
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.execId) writeString(writer, 18, message.execId);
    if (message.width) writer.uint32(24).uint32(message.width);
    if (message.height) writer.uint32(32).uint32(message.height);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 18:
        message.execId = reader.string();
        break;
      case 24:
        message.width = reader.uint32();
        break;
      case 32:
        message.height = reader.uint32();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for the state of a process. */
export interface StateRequest {
  /** The container. */
  id: string;
  /** The exec; empty for init. */
  execId: string;
}

/** Codec of `containerd.task.v3.StateRequest`. */
export const StateRequest: Codec<StateRequest> = /* @__PURE__ */ codec<StateRequest>({
  typeName: "containerd.task.v3.StateRequest",
  create: (init) => ({
    id: init.id ?? "",
    execId: init.execId ?? "",
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.execId) writeString(writer, 18, message.execId);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
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

/** The state of a process. */
export interface StateResponse {
  /** The container's id for init, the exec id for an exec. */
  id: string;
  /** The bundle directory. */
  bundle: string;
  /** Pid on the host; 0 before there is one. */
  pid: number;
  /** Its state. */
  status: Status | number;
  /** Where standard input comes from. */
  stdin: string;
  /** Where standard output goes. */
  stdout: string;
  /** Where standard error goes. */
  stderr: string;
  /** Whether it has a terminal. */
  terminal: boolean;
  /** Its exit status, once stopped. */
  exitStatus: number;
  /** When it ended; the zero time or absent while it lives. */
  exitedAt?: Timestamp | undefined;
  /** The exec id. Go's shim leaves it empty. */
  execId: string;
}

/** Codec of `containerd.task.v3.StateResponse`. */
export const StateResponse: Codec<StateResponse> = /* @__PURE__ */ codec<StateResponse>({
  typeName: "containerd.task.v3.StateResponse",
  create: (init) => ({
    id: init.id ?? "",
    bundle: init.bundle ?? "",
    pid: init.pid ?? 0,
    status: init.status ?? 0,
    stdin: init.stdin ?? "",
    stdout: init.stdout ?? "",
    stderr: init.stderr ?? "",
    terminal: init.terminal ?? false,
    exitStatus: init.exitStatus ?? 0,
    exitedAt: init.exitedAt && Timestamp.create(init.exitedAt),
    execId: init.execId ?? "",
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.bundle) writeString(writer, 18, message.bundle);
    if (message.pid) writer.uint32(24).uint32(message.pid);
    if (message.status) writer.uint32(32).int32(message.status);
    if (message.stdin) writeString(writer, 42, message.stdin);
    if (message.stdout) writeString(writer, 50, message.stdout);
    if (message.stderr) writeString(writer, 58, message.stderr);
    if (message.terminal) writer.uint32(64).bool(message.terminal);
    if (message.exitStatus) writer.uint32(72).uint32(message.exitStatus);
    if (message.exitedAt !== undefined) writeMessage(writer, 82, Timestamp, message.exitedAt);
    if (message.execId) writeString(writer, 90, message.execId);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 18:
        message.bundle = reader.string();
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
      case 90:
        message.execId = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to send a signal. */
export interface KillRequest {
  /** The container. */
  id: string;
  /** The exec; empty for init. */
  execId: string;
  /** Number of the signal. */
  signal: number;
  /** Whether every process of the container gets it; heeded for init only. */
  all: boolean;
}

/** Codec of `containerd.task.v3.KillRequest`. */
export const KillRequest: Codec<KillRequest> = /* @__PURE__ */ codec<KillRequest>({
  typeName: "containerd.task.v3.KillRequest",
  create: (init) => ({
    id: init.id ?? "",
    execId: init.execId ?? "",
    signal: init.signal ?? 0,
    all: init.all ?? false,
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.execId) writeString(writer, 18, message.execId);
    if (message.signal) writer.uint32(24).uint32(message.signal);
    if (message.all) writer.uint32(32).bool(message.all);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 18:
        message.execId = reader.string();
        break;
      case 24:
        message.signal = reader.uint32();
        break;
      case 32:
        message.all = reader.bool();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to close streams of a process. */
export interface CloseIORequest {
  /** The container. */
  id: string;
  /** The exec; empty for init. */
  execId: string;
  /** Whether to close standard input. Clients always say true, and Go's shim does not look. */
  stdin: boolean;
}

/** Codec of `containerd.task.v3.CloseIORequest`. */
export const CloseIORequest: Codec<CloseIORequest> = /* @__PURE__ */ codec<CloseIORequest>({
  typeName: "containerd.task.v3.CloseIORequest",
  create: (init) => ({
    id: init.id ?? "",
    execId: init.execId ?? "",
    stdin: init.stdin ?? false,
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.execId) writeString(writer, 18, message.execId);
    if (message.stdin) writer.uint32(24).bool(message.stdin);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 18:
        message.execId = reader.string();
        break;
      case 24:
        message.stdin = reader.bool();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for the processes of a container. */
export interface PidsRequest {
  /** The container. */
  id: string;
}

/** Codec of `containerd.task.v3.PidsRequest`. */
export const PidsRequest: Codec<PidsRequest> = /* @__PURE__ */ codec<PidsRequest>({
  typeName: "containerd.task.v3.PidsRequest",
  create: (init) => ({
    id: init.id ?? "",
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The processes of a container. */
export interface PidsResponse {
  /** Each with its pid on the host, in no order. */
  processes: ProcessInfo[];
}

/** Codec of `containerd.task.v3.PidsResponse`. */
export const PidsResponse: Codec<PidsResponse> = /* @__PURE__ */ codec<PidsResponse>({
  typeName: "containerd.task.v3.PidsResponse",
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

/** Asks to freeze a container. */
export interface PauseRequest {
  /** The container. */
  id: string;
}

/** Codec of `containerd.task.v3.PauseRequest`. */
export const PauseRequest: Codec<PauseRequest> = /* @__PURE__ */ codec<PauseRequest>({
  typeName: "containerd.task.v3.PauseRequest",
  create: (init) => ({
    id: init.id ?? "",
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to thaw a container. */
export interface ResumeRequest {
  /** The container. */
  id: string;
}

/** Codec of `containerd.task.v3.ResumeRequest`. */
export const ResumeRequest: Codec<ResumeRequest> = /* @__PURE__ */ codec<ResumeRequest>({
  typeName: "containerd.task.v3.ResumeRequest",
  create: (init) => ({
    id: init.id ?? "",
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for a checkpoint. */
export interface CheckpointTaskRequest {
  /** The container. */
  id: string;
  /** The directory to write it to. */
  path: string;
  /** containerd.runc.v1.CheckpointOptions, or none. */
  options?: Any | undefined;
}

/** Codec of `containerd.task.v3.CheckpointTaskRequest`. */
export const CheckpointTaskRequest: Codec<CheckpointTaskRequest> = /* @__PURE__ */ codec<CheckpointTaskRequest>({
  typeName: "containerd.task.v3.CheckpointTaskRequest",
  create: (init) => ({
    id: init.id ?? "",
    path: init.path ?? "",
    options: init.options && Any.create(init.options),
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.path) writeString(writer, 18, message.path);
    if (message.options !== undefined) writeMessage(writer, 26, Any, message.options);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 18:
        message.path = reader.string();
        break;
      case 26:
        message.options = readMessage(Any, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to change limits. */
export interface UpdateTaskRequest {
  /** The container. */
  id: string;
  /** The new limits: OCI LinuxResources as JSON. */
  resources?: Any | undefined;
  /** Notes for the runtime; runc has no use for them. */
  annotations: Record<string, string>;
}

/** Codec of `containerd.task.v3.UpdateTaskRequest`. */
export const UpdateTaskRequest: Codec<UpdateTaskRequest> = /* @__PURE__ */ codec<UpdateTaskRequest>({
  typeName: "containerd.task.v3.UpdateTaskRequest",
  create: (init) => ({
    id: init.id ?? "",
    resources: init.resources && Any.create(init.resources),
    annotations: copyMap(init.annotations),
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.resources !== undefined) writeMessage(writer, 18, Any, message.resources);
    if (message.annotations) writeStringMap(writer, 26, message.annotations);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 18:
        message.resources = readMessage(Any, reader);
        break;
      case 26:
        readStringEntry(reader, message.annotations);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to be told of an exit. */
export interface WaitRequest {
  /** The container. */
  id: string;
  /** The exec; empty for init. */
  execId: string;
}

/** Codec of `containerd.task.v3.WaitRequest`. */
export const WaitRequest: Codec<WaitRequest> = /* @__PURE__ */ codec<WaitRequest>({
  typeName: "containerd.task.v3.WaitRequest",
  create: (init) => ({
    id: init.id ?? "",
    execId: init.execId ?? "",
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.execId) writeString(writer, 18, message.execId);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
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

/** How the process ended. */
export interface WaitResponse {
  /** Its exit status. */
  exitStatus: number;
  /** When it ended. */
  exitedAt?: Timestamp | undefined;
}

/** Codec of `containerd.task.v3.WaitResponse`. */
export const WaitResponse: Codec<WaitResponse> = /* @__PURE__ */ codec<WaitResponse>({
  typeName: "containerd.task.v3.WaitResponse",
  create: (init) => ({
    exitStatus: init.exitStatus ?? 0,
    exitedAt: init.exitedAt && Timestamp.create(init.exitedAt),
  }),
  write(message, writer) {
    if (message.exitStatus) writer.uint32(8).uint32(message.exitStatus);
    if (message.exitedAt !== undefined) writeMessage(writer, 18, Timestamp, message.exitedAt);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.exitStatus = reader.uint32();
        break;
      case 18:
        message.exitedAt = readMessage(Timestamp, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for the counters of a container. */
export interface StatsRequest {
  /** The container. */
  id: string;
}

/** Codec of `containerd.task.v3.StatsRequest`. */
export const StatsRequest: Codec<StatsRequest> = /* @__PURE__ */ codec<StatsRequest>({
  typeName: "containerd.task.v3.StatsRequest",
  create: (init) => ({
    id: init.id ?? "",
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The counters of a container. */
export interface StatsResponse {
  /** io.containerd.cgroups.v1.Metrics or io.containerd.cgroups.v2.Metrics. */
  stats?: Any | undefined;
}

/** Codec of `containerd.task.v3.StatsResponse`. */
export const StatsResponse: Codec<StatsResponse> = /* @__PURE__ */ codec<StatsResponse>({
  typeName: "containerd.task.v3.StatsResponse",
  create: (init) => ({
    stats: init.stats && Any.create(init.stats),
  }),
  write(message, writer) {
    if (message.stats !== undefined) writeMessage(writer, 10, Any, message.stats);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.stats = readMessage(Any, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks whether the shim is there. */
export interface ConnectRequest {
  /** The container, or the sandbox that the shim was started for. */
  id: string;
}

/** Codec of `containerd.task.v3.ConnectRequest`. */
export const ConnectRequest: Codec<ConnectRequest> = /* @__PURE__ */ codec<ConnectRequest>({
  typeName: "containerd.task.v3.ConnectRequest",
  create: (init) => ({
    id: init.id ?? "",
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Says who is there. */
export interface ConnectResponse {
  /** Pid of the shim. */
  shimPid: number;
  /** Pid of the task's init process. */
  taskPid: number;
  /** Version of the shim; Go's leaves it empty. */
  version: string;
}

/** Codec of `containerd.task.v3.ConnectResponse`. */
export const ConnectResponse: Codec<ConnectResponse> = /* @__PURE__ */ codec<ConnectResponse>({
  typeName: "containerd.task.v3.ConnectResponse",
  create: (init) => ({
    shimPid: init.shimPid ?? 0,
    taskPid: init.taskPid ?? 0,
    version: init.version ?? "",
  }),
  write(message, writer) {
    if (message.shimPid) writer.uint32(8).uint32(message.shimPid);
    if (message.taskPid) writer.uint32(16).uint32(message.taskPid);
    if (message.version) writeString(writer, 26, message.version);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.shimPid = reader.uint32();
        break;
      case 16:
        message.taskPid = reader.uint32();
        break;
      case 26:
        message.version = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks the shim to end. */
export interface ShutdownRequest {
  /** The container that is the reason to ask. */
  id: string;
  /** Asks to end whatever is still running. Go's shim does not look. */
  now: boolean;
}

/** Codec of `containerd.task.v3.ShutdownRequest`. */
export const ShutdownRequest: Codec<ShutdownRequest> = /* @__PURE__ */ codec<ShutdownRequest>({
  typeName: "containerd.task.v3.ShutdownRequest",
  create: (init) => ({
    id: init.id ?? "",
    now: init.now ?? false,
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.now) writer.uint32(16).bool(message.now);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 16:
        message.now = reader.bool();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The calls a manager makes to a shim. The namespace travels as metadata, one per shim. */
export const Task = {
  name: "containerd.task.v3.Task",
  methods: {
    /** The state of a process, from the shim's memory. */
    state: {
      name: "State",
      kind: "unary",
      request: StateRequest,
      response: StateResponse,
    },
    /** Mounts the rootfs and creates the container; its init process waits to be started. */
    create: {
      name: "Create",
      kind: "unary",
      request: CreateTaskRequest,
      response: CreateTaskResponse,
    },
    /** Starts the created init process, or an added exec. */
    start: {
      name: "Start",
      kind: "unary",
      request: StartRequest,
      response: StartResponse,
    },
    /** Forgets a process that has stopped, and gives its exit a last time. */
    delete: {
      name: "Delete",
      kind: "unary",
      request: DeleteRequest,
      response: DeleteResponse,
    },
    /** All processes in the container. */
    pids: {
      name: "Pids",
      kind: "unary",
      request: PidsRequest,
      response: PidsResponse,
    },
    /** Freezes the container. */
    pause: {
      name: "Pause",
      kind: "unary",
      request: PauseRequest,
      response: Empty,
    },
    /** Thaws it. */
    resume: {
      name: "Resume",
      kind: "unary",
      request: ResumeRequest,
      response: Empty,
    },
    /** Writes a checkpoint of the container to a directory. */
    checkpoint: {
      name: "Checkpoint",
      kind: "unary",
      request: CheckpointTaskRequest,
      response: Empty,
    },
    /** Sends a signal to a process, or to all of them. */
    kill: {
      name: "Kill",
      kind: "unary",
      request: KillRequest,
      response: Empty,
    },
    /** Adds an exec, which waits to be started. */
    exec: {
      name: "Exec",
      kind: "unary",
      request: ExecProcessRequest,
      response: Empty,
    },
    /** Sets the size of a process's terminal. */
    resizePty: {
      name: "ResizePty",
      kind: "unary",
      request: ResizePtyRequest,
      response: Empty,
    },
    /** Closes the shim's end of standard input, so that the process reads the end of it. */
    closeIO: {
      name: "CloseIO",
      kind: "unary",
      request: CloseIORequest,
      response: Empty,
    },
    /** Changes the container's resource limits. */
    update: {
      name: "Update",
      kind: "unary",
      request: UpdateTaskRequest,
      response: Empty,
    },
    /** Answers when the process has exited. Several callers may wait at once, without a deadline. */
    wait: {
      name: "Wait",
      kind: "unary",
      request: WaitRequest,
      response: WaitResponse,
    },
    /** What the container's cgroup counts. */
    stats: {
      name: "Stats",
      kind: "unary",
      request: StatsRequest,
      response: StatsResponse,
    },
    /** Whether the shim is there, and its pid and the task's. */
    connect: {
      name: "Connect",
      kind: "unary",
      request: ConnectRequest,
      response: ConnectResponse,
    },
    /** Ends the shim when it has no tasks left. */
    shutdown: {
      name: "Shutdown",
      kind: "unary",
      request: ShutdownRequest,
      response: Empty,
    },
  },
} as const satisfies ServiceDefinition;
