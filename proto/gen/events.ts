// Generated from proto/events.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// What happened: the events of tasks, containers, namespaces, snapshots, content and sandboxes.
// The topic of each is in topics.ts; image events are in image-events.proto.
import type { Codec } from "../codec.ts";
import { codec, copyMap, createList, halves, readInt64, readMessage, readStringEntry, writeMessage, writeString, writeStringMap } from "../codec-runtime.ts";
import { Any } from "./any.ts";
import { Mount } from "./mount.ts";
import { Timestamp } from "./timestamp.ts";

/** A container was created in a shim. */
export interface TaskCreate {
  /** The container. */
  containerId: string;
  /** Its bundle directory. */
  bundle: string;
  /** What was mounted as its rootfs. */
  rootfs: Mount[];
  /** Its standard streams. */
  io?: TaskIO | undefined;
  /** The checkpoint it was restored from; empty when it was none. */
  checkpoint: string;
  /** Pid of init on the host. */
  pid: number;
}

/** Codec of `containerd.events.TaskCreate`. */
export const TaskCreate: Codec<TaskCreate> = /* @__PURE__ */ codec<TaskCreate>({
  typeName: "containerd.events.TaskCreate",
  create: (init) => ({
    containerId: init.containerId ?? "",
    bundle: init.bundle ?? "",
    rootfs: createList(Mount, init.rootfs),
    io: init.io && TaskIO.create(init.io),
    checkpoint: init.checkpoint ?? "",
    pid: init.pid ?? 0,
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.bundle) writeString(writer, 18, message.bundle);
    if (message.rootfs) for (const item of message.rootfs) writeMessage(writer, 26, Mount, item);
    if (message.io !== undefined) writeMessage(writer, 34, TaskIO, message.io);
    if (message.checkpoint) writeString(writer, 42, message.checkpoint);
    if (message.pid) writer.uint32(48).uint32(message.pid);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containerId = reader.string();
        break;
      case 18:
        message.bundle = reader.string();
        break;
      case 26:
        message.rootfs.push(readMessage(Mount, reader));
        break;
      case 34:
        message.io = readMessage(TaskIO, reader);
        break;
      case 42:
        message.checkpoint = reader.string();
        break;
      case 48:
        message.pid = reader.uint32();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** An init process was started. */
export interface TaskStart {
  /** The container. */
  containerId: string;
  /** Pid of init on the host. */
  pid: number;
}

/** Codec of `containerd.events.TaskStart`. */
export const TaskStart: Codec<TaskStart> = /* @__PURE__ */ codec<TaskStart>({
  typeName: "containerd.events.TaskStart",
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

/** A task was deleted. */
export interface TaskDelete {
  /** The container. */
  containerId: string;
  /** Pid it had on the host. */
  pid: number;
  /** Its exit status. */
  exitStatus: number;
  /** When it ended. */
  exitedAt?: Timestamp | undefined;
  /** Empty for init; the exec id where deletions of execs are told. */
  id: string;
}

/** Codec of `containerd.events.TaskDelete`. */
export const TaskDelete: Codec<TaskDelete> = /* @__PURE__ */ codec<TaskDelete>({
  typeName: "containerd.events.TaskDelete",
  create: (init) => ({
    containerId: init.containerId ?? "",
    pid: init.pid ?? 0,
    exitStatus: init.exitStatus ?? 0,
    exitedAt: init.exitedAt && Timestamp.create(init.exitedAt),
    id: init.id ?? "",
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.pid) writer.uint32(16).uint32(message.pid);
    if (message.exitStatus) writer.uint32(24).uint32(message.exitStatus);
    if (message.exitedAt !== undefined) writeMessage(writer, 34, Timestamp, message.exitedAt);
    if (message.id) writeString(writer, 42, message.id);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containerId = reader.string();
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
      case 42:
        message.id = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The standard streams of a task. */
export interface TaskIO {
  /** Where standard input comes from. */
  stdin: string;
  /** Where standard output goes. */
  stdout: string;
  /** Where standard error goes. */
  stderr: string;
  /** Whether there is a terminal. */
  terminal: boolean;
}

/** Codec of `containerd.events.TaskIO`. */
export const TaskIO: Codec<TaskIO> = /* @__PURE__ */ codec<TaskIO>({
  typeName: "containerd.events.TaskIO",
  create: (init) => ({
    stdin: init.stdin ?? "",
    stdout: init.stdout ?? "",
    stderr: init.stderr ?? "",
    terminal: init.terminal ?? false,
  }),
  write(message, writer) {
    if (message.stdin) writeString(writer, 10, message.stdin);
    if (message.stdout) writeString(writer, 18, message.stdout);
    if (message.stderr) writeString(writer, 26, message.stderr);
    if (message.terminal) writer.uint32(32).bool(message.terminal);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.stdin = reader.string();
        break;
      case 18:
        message.stdout = reader.string();
        break;
      case 26:
        message.stderr = reader.string();
        break;
      case 32:
        message.terminal = reader.bool();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A process exited. */
export interface TaskExit {
  /** The container. */
  containerId: string;
  /** The container's id for init, the exec id for an exec. */
  id: string;
  /** Pid it had on the host. */
  pid: number;
  /** Its exit status: 128 + n for signal n, 255 when not known. */
  exitStatus: number;
  /** When it ended. */
  exitedAt?: Timestamp | undefined;
}

/** Codec of `containerd.events.TaskExit`. */
export const TaskExit: Codec<TaskExit> = /* @__PURE__ */ codec<TaskExit>({
  typeName: "containerd.events.TaskExit",
  create: (init) => ({
    containerId: init.containerId ?? "",
    id: init.id ?? "",
    pid: init.pid ?? 0,
    exitStatus: init.exitStatus ?? 0,
    exitedAt: init.exitedAt && Timestamp.create(init.exitedAt),
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.id) writeString(writer, 18, message.id);
    if (message.pid) writer.uint32(24).uint32(message.pid);
    if (message.exitStatus) writer.uint32(32).uint32(message.exitStatus);
    if (message.exitedAt !== undefined) writeMessage(writer, 42, Timestamp, message.exitedAt);
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
        message.exitStatus = reader.uint32();
        break;
      case 42:
        message.exitedAt = readMessage(Timestamp, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The kernel killed something in the container for want of memory. */
export interface TaskOOM {
  /** The container. */
  containerId: string;
}

/** Codec of `containerd.events.TaskOOM`. */
export const TaskOOM: Codec<TaskOOM> = /* @__PURE__ */ codec<TaskOOM>({
  typeName: "containerd.events.TaskOOM",
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

/** An exec was added, and waits to be started. */
export interface TaskExecAdded {
  /** The container. */
  containerId: string;
  /** The exec. */
  execId: string;
}

/** Codec of `containerd.events.TaskExecAdded`. */
export const TaskExecAdded: Codec<TaskExecAdded> = /* @__PURE__ */ codec<TaskExecAdded>({
  typeName: "containerd.events.TaskExecAdded",
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

/** An exec was started. */
export interface TaskExecStarted {
  /** The container. */
  containerId: string;
  /** The exec. */
  execId: string;
  /** Its pid on the host. */
  pid: number;
}

/** Codec of `containerd.events.TaskExecStarted`. */
export const TaskExecStarted: Codec<TaskExecStarted> = /* @__PURE__ */ codec<TaskExecStarted>({
  typeName: "containerd.events.TaskExecStarted",
  create: (init) => ({
    containerId: init.containerId ?? "",
    execId: init.execId ?? "",
    pid: init.pid ?? 0,
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.execId) writeString(writer, 18, message.execId);
    if (message.pid) writer.uint32(24).uint32(message.pid);
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
        message.pid = reader.uint32();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A container was frozen. */
export interface TaskPaused {
  /** The container. */
  containerId: string;
}

/** Codec of `containerd.events.TaskPaused`. */
export const TaskPaused: Codec<TaskPaused> = /* @__PURE__ */ codec<TaskPaused>({
  typeName: "containerd.events.TaskPaused",
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

/** A container was thawed. */
export interface TaskResumed {
  /** The container. */
  containerId: string;
}

/** Codec of `containerd.events.TaskResumed`. */
export const TaskResumed: Codec<TaskResumed> = /* @__PURE__ */ codec<TaskResumed>({
  typeName: "containerd.events.TaskResumed",
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

/** A checkpoint was taken. Published by the manager, not by the shim. */
export interface TaskCheckpointed {
  /** The container. */
  containerId: string;
  /** The checkpoint. */
  checkpoint: string;
}

/** Codec of `containerd.events.TaskCheckpointed`. */
export const TaskCheckpointed: Codec<TaskCheckpointed> = /* @__PURE__ */ codec<TaskCheckpointed>({
  typeName: "containerd.events.TaskCheckpointed",
  create: (init) => ({
    containerId: init.containerId ?? "",
    checkpoint: init.checkpoint ?? "",
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.checkpoint) writeString(writer, 18, message.checkpoint);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containerId = reader.string();
        break;
      case 18:
        message.checkpoint = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The runtime of a container. */
export interface ContainerCreateRuntime {
  /** Its name. */
  name: string;
  /** Its options. */
  options?: Any | undefined;
}

/** Codec of `containerd.events.ContainerCreate.Runtime`. */
export const ContainerCreateRuntime: Codec<ContainerCreateRuntime> = /* @__PURE__ */ codec<ContainerCreateRuntime>({
  typeName: "containerd.events.ContainerCreate.Runtime",
  create: (init) => ({
    name: init.name ?? "",
    options: init.options && Any.create(init.options),
  }),
  write(message, writer) {
    if (message.name) writeString(writer, 10, message.name);
    if (message.options !== undefined) writeMessage(writer, 18, Any, message.options);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.name = reader.string();
        break;
      case 18:
        message.options = readMessage(Any, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A container's record was made. */
export interface ContainerCreate {
  /** The container. */
  id: string;
  /** The image it came from. */
  image: string;
  /** What will run it. */
  runtime?: ContainerCreateRuntime | undefined;
}

/** Codec of `containerd.events.ContainerCreate`. */
export const ContainerCreate: Codec<ContainerCreate> = /* @__PURE__ */ codec<ContainerCreate>({
  typeName: "containerd.events.ContainerCreate",
  create: (init) => ({
    id: init.id ?? "",
    image: init.image ?? "",
    runtime: init.runtime && ContainerCreateRuntime.create(init.runtime),
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.image) writeString(writer, 18, message.image);
    if (message.runtime !== undefined) writeMessage(writer, 26, ContainerCreateRuntime, message.runtime);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 18:
        message.image = reader.string();
        break;
      case 26:
        message.runtime = readMessage(ContainerCreateRuntime, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A container's record was changed. */
export interface ContainerUpdate {
  /** The container. */
  id: string;
  /** The image it came from. */
  image: string;
  /** Its labels now. */
  labels: Record<string, string>;
  /** The snapshot that is its rootfs. */
  snapshotKey: string;
}

/** Codec of `containerd.events.ContainerUpdate`. */
export const ContainerUpdate: Codec<ContainerUpdate> = /* @__PURE__ */ codec<ContainerUpdate>({
  typeName: "containerd.events.ContainerUpdate",
  create: (init) => ({
    id: init.id ?? "",
    image: init.image ?? "",
    labels: copyMap(init.labels),
    snapshotKey: init.snapshotKey ?? "",
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.image) writeString(writer, 18, message.image);
    if (message.labels) writeStringMap(writer, 26, message.labels);
    if (message.snapshotKey) writeString(writer, 34, message.snapshotKey);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 18:
        message.image = reader.string();
        break;
      case 26:
        readStringEntry(reader, message.labels);
        break;
      case 34:
        message.snapshotKey = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A container's record was deleted. */
export interface ContainerDelete {
  /** The container. */
  id: string;
}

/** Codec of `containerd.events.ContainerDelete`. */
export const ContainerDelete: Codec<ContainerDelete> = /* @__PURE__ */ codec<ContainerDelete>({
  typeName: "containerd.events.ContainerDelete",
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

/** A namespace was made. */
export interface NamespaceCreate {
  /** Its name. */
  name: string;
  /** Its labels. */
  labels: Record<string, string>;
}

/** Codec of `containerd.events.NamespaceCreate`. */
export const NamespaceCreate: Codec<NamespaceCreate> = /* @__PURE__ */ codec<NamespaceCreate>({
  typeName: "containerd.events.NamespaceCreate",
  create: (init) => ({
    name: init.name ?? "",
    labels: copyMap(init.labels),
  }),
  write(message, writer) {
    if (message.name) writeString(writer, 10, message.name);
    if (message.labels) writeStringMap(writer, 18, message.labels);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.name = reader.string();
        break;
      case 18:
        readStringEntry(reader, message.labels);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A namespace's labels were changed. */
export interface NamespaceUpdate {
  /** Its name. */
  name: string;
  /** Its labels now. */
  labels: Record<string, string>;
}

/** Codec of `containerd.events.NamespaceUpdate`. */
export const NamespaceUpdate: Codec<NamespaceUpdate> = /* @__PURE__ */ codec<NamespaceUpdate>({
  typeName: "containerd.events.NamespaceUpdate",
  create: (init) => ({
    name: init.name ?? "",
    labels: copyMap(init.labels),
  }),
  write(message, writer) {
    if (message.name) writeString(writer, 10, message.name);
    if (message.labels) writeStringMap(writer, 18, message.labels);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.name = reader.string();
        break;
      case 18:
        readStringEntry(reader, message.labels);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A namespace was deleted. */
export interface NamespaceDelete {
  /** Its name. */
  name: string;
}

/** Codec of `containerd.events.NamespaceDelete`. */
export const NamespaceDelete: Codec<NamespaceDelete> = /* @__PURE__ */ codec<NamespaceDelete>({
  typeName: "containerd.events.NamespaceDelete",
  create: (init) => ({
    name: init.name ?? "",
  }),
  write(message, writer) {
    if (message.name) writeString(writer, 10, message.name);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.name = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A snapshot was opened for writing. */
export interface SnapshotPrepare {
  /** Its key. */
  key: string;
  /** The snapshot it builds on; empty for none. */
  parent: string;
  /** Who keeps it; newer peers only. */
  snapshotter: string;
}

/** Codec of `containerd.events.SnapshotPrepare`. */
export const SnapshotPrepare: Codec<SnapshotPrepare> = /* @__PURE__ */ codec<SnapshotPrepare>({
  typeName: "containerd.events.SnapshotPrepare",
  create: (init) => ({
    key: init.key ?? "",
    parent: init.parent ?? "",
    snapshotter: init.snapshotter ?? "",
  }),
  write(message, writer) {
    if (message.key) writeString(writer, 10, message.key);
    if (message.parent) writeString(writer, 18, message.parent);
    if (message.snapshotter) writeString(writer, 42, message.snapshotter);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.key = reader.string();
        break;
      case 18:
        message.parent = reader.string();
        break;
      case 42:
        message.snapshotter = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A snapshot was closed under a name. */
export interface SnapshotCommit {
  /** The key it had. */
  key: string;
  /** The name it has now. */
  name: string;
  /** Who keeps it; newer peers only. */
  snapshotter: string;
}

/** Codec of `containerd.events.SnapshotCommit`. */
export const SnapshotCommit: Codec<SnapshotCommit> = /* @__PURE__ */ codec<SnapshotCommit>({
  typeName: "containerd.events.SnapshotCommit",
  create: (init) => ({
    key: init.key ?? "",
    name: init.name ?? "",
    snapshotter: init.snapshotter ?? "",
  }),
  write(message, writer) {
    if (message.key) writeString(writer, 10, message.key);
    if (message.name) writeString(writer, 18, message.name);
    if (message.snapshotter) writeString(writer, 42, message.snapshotter);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.key = reader.string();
        break;
      case 18:
        message.name = reader.string();
        break;
      case 42:
        message.snapshotter = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A snapshot was removed. */
export interface SnapshotRemove {
  /** Its key or name. */
  key: string;
  /** Who kept it; newer peers only. */
  snapshotter: string;
}

/** Codec of `containerd.events.SnapshotRemove`. */
export const SnapshotRemove: Codec<SnapshotRemove> = /* @__PURE__ */ codec<SnapshotRemove>({
  typeName: "containerd.events.SnapshotRemove",
  create: (init) => ({
    key: init.key ?? "",
    snapshotter: init.snapshotter ?? "",
  }),
  write(message, writer) {
    if (message.key) writeString(writer, 10, message.key);
    if (message.snapshotter) writeString(writer, 42, message.snapshotter);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.key = reader.string();
        break;
      case 42:
        message.snapshotter = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A blob was added to the content store. */
export interface ContentCreate {
  /** Its digest. */
  digest: string;
  /** Its size in bytes. */
  size: bigint;
  /** Its media type, as far as the writer told. */
  mediaType: string;
}

/** Codec of `containerd.events.ContentCreate`. */
export const ContentCreate: Codec<ContentCreate> = /* @__PURE__ */ codec<ContentCreate>({
  typeName: "containerd.events.ContentCreate",
  create: (init) => ({
    digest: init.digest ?? "",
    size: init.size ?? 0n,
    mediaType: init.mediaType ?? "",
  }),
  write(message, writer) {
    if (message.digest) writeString(writer, 10, message.digest);
    if (message.size) writer.uint32(16).int64(halves(message.size));
    if (message.mediaType) writeString(writer, 26, message.mediaType);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.digest = reader.string();
        break;
      case 16:
        message.size = readInt64(reader);
        break;
      case 26:
        message.mediaType = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A blob was removed from the content store. */
export interface ContentDelete {
  /** Its digest. */
  digest: string;
}

/** Codec of `containerd.events.ContentDelete`. */
export const ContentDelete: Codec<ContentDelete> = /* @__PURE__ */ codec<ContentDelete>({
  typeName: "containerd.events.ContentDelete",
  create: (init) => ({
    digest: init.digest ?? "",
  }),
  write(message, writer) {
    if (message.digest) writeString(writer, 10, message.digest);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.digest = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A sandbox was created. */
export interface SandboxCreate {
  /** The sandbox. */
  sandboxId: string;
}

/** Codec of `containerd.events.SandboxCreate`. */
export const SandboxCreate: Codec<SandboxCreate> = /* @__PURE__ */ codec<SandboxCreate>({
  typeName: "containerd.events.SandboxCreate",
  create: (init) => ({
    sandboxId: init.sandboxId ?? "",
  }),
  write(message, writer) {
    if (message.sandboxId) writeString(writer, 10, message.sandboxId);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.sandboxId = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A sandbox was started. */
export interface SandboxStart {
  /** The sandbox. */
  sandboxId: string;
}

/** Codec of `containerd.events.SandboxStart`. */
export const SandboxStart: Codec<SandboxStart> = /* @__PURE__ */ codec<SandboxStart>({
  typeName: "containerd.events.SandboxStart",
  create: (init) => ({
    sandboxId: init.sandboxId ?? "",
  }),
  write(message, writer) {
    if (message.sandboxId) writeString(writer, 10, message.sandboxId);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.sandboxId = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A sandbox ended. */
export interface SandboxExit {
  /** The sandbox. */
  sandboxId: string;
  /** Its exit status. */
  exitStatus: number;
  /** When it ended. */
  exitedAt?: Timestamp | undefined;
}

/** Codec of `containerd.events.SandboxExit`. */
export const SandboxExit: Codec<SandboxExit> = /* @__PURE__ */ codec<SandboxExit>({
  typeName: "containerd.events.SandboxExit",
  create: (init) => ({
    sandboxId: init.sandboxId ?? "",
    exitStatus: init.exitStatus ?? 0,
    exitedAt: init.exitedAt && Timestamp.create(init.exitedAt),
  }),
  write(message, writer) {
    if (message.sandboxId) writeString(writer, 10, message.sandboxId);
    if (message.exitStatus) writer.uint32(16).uint32(message.exitStatus);
    if (message.exitedAt !== undefined) writeMessage(writer, 26, Timestamp, message.exitedAt);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.sandboxId = reader.string();
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
