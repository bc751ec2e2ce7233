// Generated from proto/api/tasks.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// The tasks of a daemon: containers that run, and the processes in them. Beware: the same words as in task.proto, which
// is the service of one shim, and other field numbers. An empty `exec_id` means the init process.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, copyList, copyMap, createList, readMessage, readStringEntry, writeMessage, writeString, writeStringMap } from "../codec-runtime.ts";
import { Any } from "./any.ts";
import { Descriptor } from "./descriptor.ts";
import { Empty } from "./empty.ts";
import { Metric } from "./metric.ts";
import { Mount } from "./mount.ts";
import { Process, ProcessInfo } from "./process.ts";
import { Timestamp } from "./timestamp.ts";

/** Asks to create a task. */
export interface CreateTaskRequest {
  /** The container. */
  containerId: string;
  /** What to mount as its rootfs, in order. */
  rootfs: Mount[];
  /** Where standard input comes from: a fifo's path or a URI; empty is nowhere. */
  stdin: string;
  /** Where standard output goes; empty is nowhere. */
  stdout: string;
  /** Where standard error goes; empty is nowhere. */
  stderr: string;
  /** Whether init gets a terminal. */
  terminal: boolean;
  /** A checkpoint to restore; absent for a new start. */
  checkpoint?: Descriptor | undefined;
  /** Options of the runtime for this task; absent: those of the container. */
  options?: Any | undefined;
  /** Path of the shim's binary, instead of the one that the runtime's name leads to. */
  runtimePath: string;
  /** Address of a task service that runs already, as sandboxes have; empty is none. */
  taskApiAddress: string;
  /** The version it speaks. */
  taskApiVersion: number;
}

/** Codec of `containerd.services.tasks.v1.CreateTaskRequest`. */
export const CreateTaskRequest: Codec<CreateTaskRequest> = /* @__PURE__ */ codec<CreateTaskRequest>({
  typeName: "containerd.services.tasks.v1.CreateTaskRequest",
  create: (init) => ({
    containerId: init.containerId ?? "",
    rootfs: createList(Mount, init.rootfs),
    stdin: init.stdin ?? "",
    stdout: init.stdout ?? "",
    stderr: init.stderr ?? "",
    terminal: init.terminal ?? false,
    checkpoint: init.checkpoint && Descriptor.create(init.checkpoint),
    options: init.options && Any.create(init.options),
    runtimePath: init.runtimePath ?? "",
    taskApiAddress: init.taskApiAddress ?? "",
    taskApiVersion: init.taskApiVersion ?? 0,
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.rootfs) for (const item of message.rootfs) writeMessage(writer, 26, Mount, item);
    if (message.stdin) writeString(writer, 34, message.stdin);
    if (message.stdout) writeString(writer, 42, message.stdout);
    if (message.stderr) writeString(writer, 50, message.stderr);
    if (message.terminal) writer.uint32(56).bool(message.terminal);
    if (message.checkpoint !== undefined) writeMessage(writer, 66, Descriptor, message.checkpoint);
    if (message.options !== undefined) writeMessage(writer, 74, Any, message.options);
    if (message.runtimePath) writeString(writer, 82, message.runtimePath);
    if (message.taskApiAddress) writeString(writer, 90, message.taskApiAddress);
    if (message.taskApiVersion) writer.uint32(96).uint32(message.taskApiVersion);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containerId = reader.string();
        break;
      case 26:
        message.rootfs.push(readMessage(Mount, reader));
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
      case 56:
        message.terminal = reader.bool();
        break;
      case 66:
        message.checkpoint = readMessage(Descriptor, reader);
        break;
      case 74:
        message.options = readMessage(Any, reader);
        break;
      case 82:
        message.runtimePath = reader.string();
        break;
      case 90:
        message.taskApiAddress = reader.string();
        break;
      case 96:
        message.taskApiVersion = reader.uint32();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Says that the task exists. */
export interface CreateTaskResponse {
  /** The container. */
  containerId: string;
  /** Pid of init on the host. */
  pid: number;
}

/** Codec of `containerd.services.tasks.v1.CreateTaskResponse`. */
export const CreateTaskResponse: Codec<CreateTaskResponse> = /* @__PURE__ */ codec<CreateTaskResponse>({
  typeName: "containerd.services.tasks.v1.CreateTaskResponse",
  create: (init) => ({
    containerId: init.containerId ?? "",
    pid: init.pid ?? 0,
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.pid) writer.uint32(16).uint32(message.pid);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containerId = reader.string();
        break;
      case 16:
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
  containerId: string;
  /** The exec; empty for init. */
  execId: string;
}

/** Codec of `containerd.services.tasks.v1.StartRequest`. */
export const StartRequest: Codec<StartRequest> = /* @__PURE__ */ codec<StartRequest>({
  typeName: "containerd.services.tasks.v1.StartRequest",
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

/** Says that the process runs, or has run. */
export interface StartResponse {
  /** Its pid on the host. */
  pid: number;
}

/** Codec of `containerd.services.tasks.v1.StartResponse`. */
export const StartResponse: Codec<StartResponse> = /* @__PURE__ */ codec<StartResponse>({
  typeName: "containerd.services.tasks.v1.StartResponse",
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

/** Asks to forget a task. */
export interface DeleteTaskRequest {
  /** The container. */
  containerId: string;
}

/** Codec of `containerd.services.tasks.v1.DeleteTaskRequest`. */
export const DeleteTaskRequest: Codec<DeleteTaskRequest> = /* @__PURE__ */ codec<DeleteTaskRequest>({
  typeName: "containerd.services.tasks.v1.DeleteTaskRequest",
  create: (init) => ({
    containerId: init.containerId ?? "",
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containerId = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to forget an exec. */
export interface DeleteProcessRequest {
  /** The container. */
  containerId: string;
  /** The exec. */
  execId: string;
}

/** Codec of `containerd.services.tasks.v1.DeleteProcessRequest`. */
export const DeleteProcessRequest: Codec<DeleteProcessRequest> = /* @__PURE__ */ codec<DeleteProcessRequest>({
  typeName: "containerd.services.tasks.v1.DeleteProcessRequest",
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

/** How the deleted process ended. */
export interface DeleteResponse {
  /** The container's id or the exec's. */
  id: string;
  /** Its pid on the host. */
  pid: number;
  /** Its exit status. */
  exitStatus: number;
  /** When it ended. */
  exitedAt?: Timestamp | undefined;
}

/** Codec of `containerd.services.tasks.v1.DeleteResponse`. */
export const DeleteResponse: Codec<DeleteResponse> = /* @__PURE__ */ codec<DeleteResponse>({
  typeName: "containerd.services.tasks.v1.DeleteResponse",
  create: (init) => ({
    id: init.id ?? "",
    pid: init.pid ?? 0,
    exitStatus: init.exitStatus ?? 0,
    exitedAt: init.exitedAt && Timestamp.create(init.exitedAt),
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.pid) writer.uint32(16).uint32(message.pid);
    if (message.exitStatus) writer.uint32(24).uint32(message.exitStatus);
    if (message.exitedAt !== undefined) writeMessage(writer, 34, Timestamp, message.exitedAt);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 16:
        message.pid = reader.uint32();
        break;
      case 24:
        message.exitStatus = reader.uint32();
        break;
      case 34:
        message.exitedAt = readMessage(Timestamp, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for the state of a process. */
export interface GetRequest {
  /** The container. */
  containerId: string;
  /** The exec; empty for init. */
  execId: string;
}

/** Codec of `containerd.services.tasks.v1.GetRequest`. */
export const GetRequest: Codec<GetRequest> = /* @__PURE__ */ codec<GetRequest>({
  typeName: "containerd.services.tasks.v1.GetRequest",
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

/** The state of a process. */
export interface GetResponse {
  /** The process. */
  process?: Process | undefined;
}

/** Codec of `containerd.services.tasks.v1.GetResponse`. */
export const GetResponse: Codec<GetResponse> = /* @__PURE__ */ codec<GetResponse>({
  typeName: "containerd.services.tasks.v1.GetResponse",
  create: (init) => ({
    process: init.process && Process.create(init.process),
  }),
  write(message, writer) {
    if (message.process !== undefined) writeMessage(writer, 10, Process, message.process);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.process = readMessage(Process, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for tasks. */
export interface ListTasksRequest {
  /** A filter, which containerd does not look at. */
  filter: string;
}

/** Codec of `containerd.services.tasks.v1.ListTasksRequest`. */
export const ListTasksRequest: Codec<ListTasksRequest> = /* @__PURE__ */ codec<ListTasksRequest>({
  typeName: "containerd.services.tasks.v1.ListTasksRequest",
  create: (init) => ({
    filter: init.filter ?? "",
  }),
  write(message, writer) {
    if (message.filter) writeString(writer, 10, message.filter);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.filter = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The tasks. */
export interface ListTasksResponse {
  /** Their init processes. */
  tasks: Process[];
}

/** Codec of `containerd.services.tasks.v1.ListTasksResponse`. */
export const ListTasksResponse: Codec<ListTasksResponse> = /* @__PURE__ */ codec<ListTasksResponse>({
  typeName: "containerd.services.tasks.v1.ListTasksResponse",
  create: (init) => ({
    tasks: createList(Process, init.tasks),
  }),
  write(message, writer) {
    if (message.tasks) for (const item of message.tasks) writeMessage(writer, 10, Process, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.tasks.push(readMessage(Process, reader));
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
  containerId: string;
  /** The exec; empty for init. */
  execId: string;
  /** Number of the signal. */
  signal: number;
  /** Whether every process of the container gets it. */
  all: boolean;
}

/** Codec of `containerd.services.tasks.v1.KillRequest`. */
export const KillRequest: Codec<KillRequest> = /* @__PURE__ */ codec<KillRequest>({
  typeName: "containerd.services.tasks.v1.KillRequest",
  create: (init) => ({
    containerId: init.containerId ?? "",
    execId: init.execId ?? "",
    signal: init.signal ?? 0,
    all: init.all ?? false,
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.execId) writeString(writer, 18, message.execId);
    if (message.signal) writer.uint32(24).uint32(message.signal);
    if (message.all) writer.uint32(32).bool(message.all);
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

/** Asks to add a process to a task. */
export interface ExecProcessRequest {
  /** The container. */
  containerId: string;
  /** Where standard input comes from; empty is nowhere. */
  stdin: string;
  /** Where standard output goes; empty is nowhere. */
  stdout: string;
  /** Where standard error goes; empty is nowhere. */
  stderr: string;
  /** Whether it gets a terminal. */
  terminal: boolean;
  /** What to run: an OCI process as JSON. */
  spec?: Any | undefined;
  /** The id of the new exec. */
  execId: string;
}

/** Codec of `containerd.services.tasks.v1.ExecProcessRequest`. */
export const ExecProcessRequest: Codec<ExecProcessRequest> = /* @__PURE__ */ codec<ExecProcessRequest>({
  typeName: "containerd.services.tasks.v1.ExecProcessRequest",
  create: (init) => ({
    containerId: init.containerId ?? "",
    stdin: init.stdin ?? "",
    stdout: init.stdout ?? "",
    stderr: init.stderr ?? "",
    terminal: init.terminal ?? false,
    spec: init.spec && Any.create(init.spec),
    execId: init.execId ?? "",
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.stdin) writeString(writer, 18, message.stdin);
    if (message.stdout) writeString(writer, 26, message.stdout);
    if (message.stderr) writeString(writer, 34, message.stderr);
    if (message.terminal) writer.uint32(40).bool(message.terminal);
    if (message.spec !== undefined) writeMessage(writer, 50, Any, message.spec);
    if (message.execId) writeString(writer, 58, message.execId);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containerId = reader.string();
        break;
      case 18:
        message.stdin = reader.string();
        break;
      case 26:
        message.stdout = reader.string();
        break;
      case 34:
        message.stderr = reader.string();
        break;
      case 40:
        message.terminal = reader.bool();
        break;
      case 50:
        message.spec = readMessage(Any, reader);
        break;
      case 58:
        message.execId = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for another terminal size. */
export interface ResizePtyRequest {
  /** The container. */
  containerId: string;
  /** The exec; empty for init. */
  execId: string;
  /** Columns. */
  width: number;
  /** Rows. */
  height: number;
}

/** Codec of `containerd.services.tasks.v1.ResizePtyRequest`. */
export const ResizePtyRequest: Codec<ResizePtyRequest> = /* @__PURE__ */ codec<ResizePtyRequest>({
  typeName: "containerd.services.tasks.v1.ResizePtyRequest",
  create: (init) => ({
    containerId: init.containerId ?? "",
    execId: init.execId ?? "",
    width: init.width ?? 0,
    height: init.height ?? 0,
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.execId) writeString(writer, 18, message.execId);
    if (message.width) writer.uint32(24).uint32(message.width);
    if (message.height) writer.uint32(32).uint32(message.height);
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

/** Asks to close streams of a process. */
export interface CloseIORequest {
  /** The container. */
  containerId: string;
  /** The exec; empty for init. */
  execId: string;
  /** Whether to close standard input. */
  stdin: boolean;
}

/** Codec of `containerd.services.tasks.v1.CloseIORequest`. */
export const CloseIORequest: Codec<CloseIORequest> = /* @__PURE__ */ codec<CloseIORequest>({
  typeName: "containerd.services.tasks.v1.CloseIORequest",
  create: (init) => ({
    containerId: init.containerId ?? "",
    execId: init.execId ?? "",
    stdin: init.stdin ?? false,
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.execId) writeString(writer, 18, message.execId);
    if (message.stdin) writer.uint32(24).bool(message.stdin);
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
        message.stdin = reader.bool();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to freeze a task. */
export interface PauseTaskRequest {
  /** The container. */
  containerId: string;
}

/** Codec of `containerd.services.tasks.v1.PauseTaskRequest`. */
export const PauseTaskRequest: Codec<PauseTaskRequest> = /* @__PURE__ */ codec<PauseTaskRequest>({
  typeName: "containerd.services.tasks.v1.PauseTaskRequest",
  create: (init) => ({
    containerId: init.containerId ?? "",
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containerId = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to thaw a task. */
export interface ResumeTaskRequest {
  /** The container. */
  containerId: string;
}

/** Codec of `containerd.services.tasks.v1.ResumeTaskRequest`. */
export const ResumeTaskRequest: Codec<ResumeTaskRequest> = /* @__PURE__ */ codec<ResumeTaskRequest>({
  typeName: "containerd.services.tasks.v1.ResumeTaskRequest",
  create: (init) => ({
    containerId: init.containerId ?? "",
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containerId = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for the processes of a task. */
export interface ListPidsRequest {
  /** The container. */
  containerId: string;
}

/** Codec of `containerd.services.tasks.v1.ListPidsRequest`. */
export const ListPidsRequest: Codec<ListPidsRequest> = /* @__PURE__ */ codec<ListPidsRequest>({
  typeName: "containerd.services.tasks.v1.ListPidsRequest",
  create: (init) => ({
    containerId: init.containerId ?? "",
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containerId = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The processes of a task. */
export interface ListPidsResponse {
  /** Each with its pid on the host, in no order. */
  processes: ProcessInfo[];
}

/** Codec of `containerd.services.tasks.v1.ListPidsResponse`. */
export const ListPidsResponse: Codec<ListPidsResponse> = /* @__PURE__ */ codec<ListPidsResponse>({
  typeName: "containerd.services.tasks.v1.ListPidsResponse",
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

/** Asks for a checkpoint. */
export interface CheckpointTaskRequest {
  /** The container. */
  containerId: string;
  /** Digest of a checkpoint that this one builds on. */
  parentCheckpoint: string;
  /** Options of the runtime. */
  options?: Any | undefined;
}

/** Codec of `containerd.services.tasks.v1.CheckpointTaskRequest`. */
export const CheckpointTaskRequest: Codec<CheckpointTaskRequest> = /* @__PURE__ */ codec<CheckpointTaskRequest>({
  typeName: "containerd.services.tasks.v1.CheckpointTaskRequest",
  create: (init) => ({
    containerId: init.containerId ?? "",
    parentCheckpoint: init.parentCheckpoint ?? "",
    options: init.options && Any.create(init.options),
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.parentCheckpoint) writeString(writer, 18, message.parentCheckpoint);
    if (message.options !== undefined) writeMessage(writer, 26, Any, message.options);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containerId = reader.string();
        break;
      case 18:
        message.parentCheckpoint = reader.string();
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

/** The checkpoint, as content. */
export interface CheckpointTaskResponse {
  /** Its blobs; none when the options told a directory to write to. */
  descriptors: Descriptor[];
}

/** Codec of `containerd.services.tasks.v1.CheckpointTaskResponse`. */
export const CheckpointTaskResponse: Codec<CheckpointTaskResponse> = /* @__PURE__ */ codec<CheckpointTaskResponse>({
  typeName: "containerd.services.tasks.v1.CheckpointTaskResponse",
  create: (init) => ({
    descriptors: createList(Descriptor, init.descriptors),
  }),
  write(message, writer) {
    if (message.descriptors) for (const item of message.descriptors) writeMessage(writer, 10, Descriptor, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.descriptors.push(readMessage(Descriptor, reader));
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
  containerId: string;
  /** The new limits: OCI LinuxResources as JSON. */
  resources?: Any | undefined;
  /** Notes for the runtime. */
  annotations: Record<string, string>;
}

/** Codec of `containerd.services.tasks.v1.UpdateTaskRequest`. */
export const UpdateTaskRequest: Codec<UpdateTaskRequest> = /* @__PURE__ */ codec<UpdateTaskRequest>({
  typeName: "containerd.services.tasks.v1.UpdateTaskRequest",
  create: (init) => ({
    containerId: init.containerId ?? "",
    resources: init.resources && Any.create(init.resources),
    annotations: copyMap(init.annotations),
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.resources !== undefined) writeMessage(writer, 18, Any, message.resources);
    if (message.annotations) writeStringMap(writer, 26, message.annotations);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containerId = reader.string();
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

/** Asks for counters. */
export interface MetricsRequest {
  /** Filters over `id` and `namespace`; none is all tasks of the namespace. */
  filters: string[];
}

/** Codec of `containerd.services.tasks.v1.MetricsRequest`. */
export const MetricsRequest: Codec<MetricsRequest> = /* @__PURE__ */ codec<MetricsRequest>({
  typeName: "containerd.services.tasks.v1.MetricsRequest",
  create: (init) => ({
    filters: copyList(init.filters),
  }),
  write(message, writer) {
    if (message.filters) for (const item of message.filters) writeString(writer, 10, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.filters.push(reader.string());
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The counters. */
export interface MetricsResponse {
  /** One for each task that could tell. */
  metrics: Metric[];
}

/** Codec of `containerd.services.tasks.v1.MetricsResponse`. */
export const MetricsResponse: Codec<MetricsResponse> = /* @__PURE__ */ codec<MetricsResponse>({
  typeName: "containerd.services.tasks.v1.MetricsResponse",
  create: (init) => ({
    metrics: createList(Metric, init.metrics),
  }),
  write(message, writer) {
    if (message.metrics) for (const item of message.metrics) writeMessage(writer, 10, Metric, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.metrics.push(readMessage(Metric, reader));
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
  containerId: string;
  /** The exec; empty for init. */
  execId: string;
}

/** Codec of `containerd.services.tasks.v1.WaitRequest`. */
export const WaitRequest: Codec<WaitRequest> = /* @__PURE__ */ codec<WaitRequest>({
  typeName: "containerd.services.tasks.v1.WaitRequest",
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

/** How the process ended. */
export interface WaitResponse {
  /** Its exit status. */
  exitStatus: number;
  /** When it ended. */
  exitedAt?: Timestamp | undefined;
}

/** Codec of `containerd.services.tasks.v1.WaitResponse`. */
export const WaitResponse: Codec<WaitResponse> = /* @__PURE__ */ codec<WaitResponse>({
  typeName: "containerd.services.tasks.v1.WaitResponse",
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

/** Tasks of the caller's namespace. NotFound when the container has no record or no task. */
export const Tasks = {
  name: "containerd.services.tasks.v1.Tasks",
  methods: {
    /** Starts a shim, which creates the container; its init process waits to be started. */
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
    /** Forgets a task that has stopped, and ends its shim. */
    delete: {
      name: "Delete",
      kind: "unary",
      request: DeleteTaskRequest,
      response: DeleteResponse,
    },
    /** Forgets an exec that has stopped. */
    deleteProcess: {
      name: "DeleteProcess",
      kind: "unary",
      request: DeleteProcessRequest,
      response: DeleteResponse,
    },
    /** The state of a process. */
    get: {
      name: "Get",
      kind: "unary",
      request: GetRequest,
      response: GetResponse,
    },
    /** The state of the init process of every task. */
    list: {
      name: "List",
      kind: "unary",
      request: ListTasksRequest,
      response: ListTasksResponse,
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
    /** Closes standard input, so that the process reads the end of it. */
    closeIO: {
      name: "CloseIO",
      kind: "unary",
      request: CloseIORequest,
      response: Empty,
    },
    /** Freezes a task. */
    pause: {
      name: "Pause",
      kind: "unary",
      request: PauseTaskRequest,
      response: Empty,
    },
    /** Thaws it. */
    resume: {
      name: "Resume",
      kind: "unary",
      request: ResumeTaskRequest,
      response: Empty,
    },
    /** All processes of a task. */
    listPids: {
      name: "ListPids",
      kind: "unary",
      request: ListPidsRequest,
      response: ListPidsResponse,
    },
    /** Writes a checkpoint of a task. */
    checkpoint: {
      name: "Checkpoint",
      kind: "unary",
      request: CheckpointTaskRequest,
      response: CheckpointTaskResponse,
    },
    /** Changes a task's resource limits. */
    update: {
      name: "Update",
      kind: "unary",
      request: UpdateTaskRequest,
      response: Empty,
    },
    /** What the cgroups of tasks count. */
    metrics: {
      name: "Metrics",
      kind: "unary",
      request: MetricsRequest,
      response: MetricsResponse,
    },
    /** Answers when the process has exited. */
    wait: {
      name: "Wait",
      kind: "unary",
      request: WaitRequest,
      response: WaitResponse,
    },
  },
} as const satisfies ServiceDefinition;
