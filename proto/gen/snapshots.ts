// Generated from proto/api/snapshots.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// Snapshots: directory trees in layers, which become the rootfs of containers.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, copyList, copyMap, createList, halves, readInt64, readMessage, readStringEntry, writeMessage, writeString, writeStringMap } from "../codec-runtime.ts";
import { Empty } from "./empty.ts";
import { FieldMask } from "./field-mask.ts";
import { Mount } from "./mount.ts";
import { Timestamp } from "./timestamp.ts";

/** The kinds of snapshots. */
export const Kind = {
  /** No kind of ours. */
  UNKNOWN: 0,
  /** Can be read. */
  VIEW: 1,
  /** Can be written. */
  ACTIVE: 2,
  /** Is done, and can be a parent. */
  COMMITTED: 3,
} as const;

/** A known value of Kind. Fields are numbers: a peer may know more of them. */
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Asks for a snapshot to write to. */
export interface PrepareSnapshotRequest {
  /** The snapshotter. */
  snapshotter: string;
  /** The key to find it by until it is committed. */
  key: string;
  /** The name of a committed snapshot below it; empty is none. */
  parent: string;
  /** Its labels. */
  labels: Record<string, string>;
}

/** Codec of `containerd.services.snapshots.v1.PrepareSnapshotRequest`. */
export const PrepareSnapshotRequest: Codec<PrepareSnapshotRequest> = /* @__PURE__ */ codec<PrepareSnapshotRequest>({
  typeName: "containerd.services.snapshots.v1.PrepareSnapshotRequest",
  create: (init) => ({
    snapshotter: init.snapshotter ?? "",
    key: init.key ?? "",
    parent: init.parent ?? "",
    labels: copyMap(init.labels),
  }),
  write(message, writer) {
    if (message.snapshotter) writeString(writer, 10, message.snapshotter);
    if (message.key) writeString(writer, 18, message.key);
    if (message.parent) writeString(writer, 26, message.parent);
    if (message.labels) writeStringMap(writer, 34, message.labels);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.snapshotter = reader.string();
        break;
      case 18:
        message.key = reader.string();
        break;
      case 26:
        message.parent = reader.string();
        break;
      case 34:
        readStringEntry(reader, message.labels);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The snapshot that was made. */
export interface PrepareSnapshotResponse {
  /** How to mount it. */
  mounts: Mount[];
}

/** Codec of `containerd.services.snapshots.v1.PrepareSnapshotResponse`. */
export const PrepareSnapshotResponse: Codec<PrepareSnapshotResponse> = /* @__PURE__ */ codec<PrepareSnapshotResponse>({
  typeName: "containerd.services.snapshots.v1.PrepareSnapshotResponse",
  create: (init) => ({
    mounts: createList(Mount, init.mounts),
  }),
  write(message, writer) {
    if (message.mounts) for (const item of message.mounts) writeMessage(writer, 10, Mount, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.mounts.push(readMessage(Mount, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for a snapshot to read. */
export interface ViewSnapshotRequest {
  /** The snapshotter. */
  snapshotter: string;
  /** The key to find it by. */
  key: string;
  /** The name of a committed snapshot below it; empty is none. */
  parent: string;
  /** Its labels. */
  labels: Record<string, string>;
}

/** Codec of `containerd.services.snapshots.v1.ViewSnapshotRequest`. */
export const ViewSnapshotRequest: Codec<ViewSnapshotRequest> = /* @__PURE__ */ codec<ViewSnapshotRequest>({
  typeName: "containerd.services.snapshots.v1.ViewSnapshotRequest",
  create: (init) => ({
    snapshotter: init.snapshotter ?? "",
    key: init.key ?? "",
    parent: init.parent ?? "",
    labels: copyMap(init.labels),
  }),
  write(message, writer) {
    if (message.snapshotter) writeString(writer, 10, message.snapshotter);
    if (message.key) writeString(writer, 18, message.key);
    if (message.parent) writeString(writer, 26, message.parent);
    if (message.labels) writeStringMap(writer, 34, message.labels);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.snapshotter = reader.string();
        break;
      case 18:
        message.key = reader.string();
        break;
      case 26:
        message.parent = reader.string();
        break;
      case 34:
        readStringEntry(reader, message.labels);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The snapshot that was made. */
export interface ViewSnapshotResponse {
  /** How to mount it. */
  mounts: Mount[];
}

/** Codec of `containerd.services.snapshots.v1.ViewSnapshotResponse`. */
export const ViewSnapshotResponse: Codec<ViewSnapshotResponse> = /* @__PURE__ */ codec<ViewSnapshotResponse>({
  typeName: "containerd.services.snapshots.v1.ViewSnapshotResponse",
  create: (init) => ({
    mounts: createList(Mount, init.mounts),
  }),
  write(message, writer) {
    if (message.mounts) for (const item of message.mounts) writeMessage(writer, 10, Mount, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.mounts.push(readMessage(Mount, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks how to mount a snapshot. */
export interface MountsRequest {
  /** The snapshotter. */
  snapshotter: string;
  /** Key of the snapshot. */
  key: string;
}

/** Codec of `containerd.services.snapshots.v1.MountsRequest`. */
export const MountsRequest: Codec<MountsRequest> = /* @__PURE__ */ codec<MountsRequest>({
  typeName: "containerd.services.snapshots.v1.MountsRequest",
  create: (init) => ({
    snapshotter: init.snapshotter ?? "",
    key: init.key ?? "",
  }),
  write(message, writer) {
    if (message.snapshotter) writeString(writer, 10, message.snapshotter);
    if (message.key) writeString(writer, 18, message.key);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.snapshotter = reader.string();
        break;
      case 18:
        message.key = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** How to mount it. */
export interface MountsResponse {
  /** To be done in order. */
  mounts: Mount[];
}

/** Codec of `containerd.services.snapshots.v1.MountsResponse`. */
export const MountsResponse: Codec<MountsResponse> = /* @__PURE__ */ codec<MountsResponse>({
  typeName: "containerd.services.snapshots.v1.MountsResponse",
  create: (init) => ({
    mounts: createList(Mount, init.mounts),
  }),
  write(message, writer) {
    if (message.mounts) for (const item of message.mounts) writeMessage(writer, 10, Mount, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.mounts.push(readMessage(Mount, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to remove a snapshot. */
export interface RemoveSnapshotRequest {
  /** The snapshotter. */
  snapshotter: string;
  /** Key or name of the snapshot. */
  key: string;
}

/** Codec of `containerd.services.snapshots.v1.RemoveSnapshotRequest`. */
export const RemoveSnapshotRequest: Codec<RemoveSnapshotRequest> = /* @__PURE__ */ codec<RemoveSnapshotRequest>({
  typeName: "containerd.services.snapshots.v1.RemoveSnapshotRequest",
  create: (init) => ({
    snapshotter: init.snapshotter ?? "",
    key: init.key ?? "",
  }),
  write(message, writer) {
    if (message.snapshotter) writeString(writer, 10, message.snapshotter);
    if (message.key) writeString(writer, 18, message.key);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.snapshotter = reader.string();
        break;
      case 18:
        message.key = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to commit a snapshot. */
export interface CommitSnapshotRequest {
  /** The snapshotter. */
  snapshotter: string;
  /** The name to be. */
  name: string;
  /** The key it was prepared under. */
  key: string;
  /** Its labels. */
  labels: Record<string, string>;
  /** A parent to put it on now, where the snapshotter can do so; empty leaves it where it is. */
  parent: string;
}

/** Codec of `containerd.services.snapshots.v1.CommitSnapshotRequest`. */
export const CommitSnapshotRequest: Codec<CommitSnapshotRequest> = /* @__PURE__ */ codec<CommitSnapshotRequest>({
  typeName: "containerd.services.snapshots.v1.CommitSnapshotRequest",
  create: (init) => ({
    snapshotter: init.snapshotter ?? "",
    name: init.name ?? "",
    key: init.key ?? "",
    labels: copyMap(init.labels),
    parent: init.parent ?? "",
  }),
  write(message, writer) {
    if (message.snapshotter) writeString(writer, 10, message.snapshotter);
    if (message.name) writeString(writer, 18, message.name);
    if (message.key) writeString(writer, 26, message.key);
    if (message.labels) writeStringMap(writer, 34, message.labels);
    if (message.parent) writeString(writer, 42, message.parent);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.snapshotter = reader.string();
        break;
      case 18:
        message.name = reader.string();
        break;
      case 26:
        message.key = reader.string();
        break;
      case 34:
        readStringEntry(reader, message.labels);
        break;
      case 42:
        message.parent = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks what is known of a snapshot. */
export interface StatSnapshotRequest {
  /** The snapshotter. */
  snapshotter: string;
  /** Key or name of the snapshot. */
  key: string;
}

/** Codec of `containerd.services.snapshots.v1.StatSnapshotRequest`. */
export const StatSnapshotRequest: Codec<StatSnapshotRequest> = /* @__PURE__ */ codec<StatSnapshotRequest>({
  typeName: "containerd.services.snapshots.v1.StatSnapshotRequest",
  create: (init) => ({
    snapshotter: init.snapshotter ?? "",
    key: init.key ?? "",
  }),
  write(message, writer) {
    if (message.snapshotter) writeString(writer, 10, message.snapshotter);
    if (message.key) writeString(writer, 18, message.key);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.snapshotter = reader.string();
        break;
      case 18:
        message.key = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** What is known of a snapshot. */
export interface Info {
  /** Its name, or its key while it is not committed. */
  name: string;
  /** Name of its parent; empty is none. */
  parent: string;
  /** Its kind. */
  kind: Kind | number;
  /** When it was made or committed. */
  createdAt?: Timestamp | undefined;
  /** When its labels last changed. */
  updatedAt?: Timestamp | undefined;
  /** Labels. */
  labels: Record<string, string>;
}

/** Codec of `containerd.services.snapshots.v1.Info`. */
export const Info: Codec<Info> = /* @__PURE__ */ codec<Info>({
  typeName: "containerd.services.snapshots.v1.Info",
  create: (init) => ({
    name: init.name ?? "",
    parent: init.parent ?? "",
    kind: init.kind ?? 0,
    createdAt: init.createdAt && Timestamp.create(init.createdAt),
    updatedAt: init.updatedAt && Timestamp.create(init.updatedAt),
    labels: copyMap(init.labels),
  }),
  write(message, writer) {
    if (message.name) writeString(writer, 10, message.name);
    if (message.parent) writeString(writer, 18, message.parent);
    if (message.kind) writer.uint32(24).int32(message.kind);
    if (message.createdAt !== undefined) writeMessage(writer, 34, Timestamp, message.createdAt);
    if (message.updatedAt !== undefined) writeMessage(writer, 42, Timestamp, message.updatedAt);
    if (message.labels) writeStringMap(writer, 50, message.labels);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.name = reader.string();
        break;
      case 18:
        message.parent = reader.string();
        break;
      case 24:
        message.kind = reader.int32();
        break;
      case 34:
        message.createdAt = readMessage(Timestamp, reader);
        break;
      case 42:
        message.updatedAt = readMessage(Timestamp, reader);
        break;
      case 50:
        readStringEntry(reader, message.labels);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** What is known. */
export interface StatSnapshotResponse {
  /** Of the snapshot. */
  info?: Info | undefined;
}

/** Codec of `containerd.services.snapshots.v1.StatSnapshotResponse`. */
export const StatSnapshotResponse: Codec<StatSnapshotResponse> = /* @__PURE__ */ codec<StatSnapshotResponse>({
  typeName: "containerd.services.snapshots.v1.StatSnapshotResponse",
  create: (init) => ({
    info: init.info && Info.create(init.info),
  }),
  write(message, writer) {
    if (message.info !== undefined) writeMessage(writer, 10, Info, message.info);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.info = readMessage(Info, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to change labels. */
export interface UpdateSnapshotRequest {
  /** The snapshotter. */
  snapshotter: string;
  /** The name, and the labels to be. */
  info?: Info | undefined;
  /** Which labels: `labels` or `labels.KEY`. Absent: all. */
  updateMask?: FieldMask | undefined;
}

/** Codec of `containerd.services.snapshots.v1.UpdateSnapshotRequest`. */
export const UpdateSnapshotRequest: Codec<UpdateSnapshotRequest> = /* @__PURE__ */ codec<UpdateSnapshotRequest>({
  typeName: "containerd.services.snapshots.v1.UpdateSnapshotRequest",
  create: (init) => ({
    snapshotter: init.snapshotter ?? "",
    info: init.info && Info.create(init.info),
    updateMask: init.updateMask && FieldMask.create(init.updateMask),
  }),
  write(message, writer) {
    if (message.snapshotter) writeString(writer, 10, message.snapshotter);
    if (message.info !== undefined) writeMessage(writer, 18, Info, message.info);
    if (message.updateMask !== undefined) writeMessage(writer, 26, FieldMask, message.updateMask);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.snapshotter = reader.string();
        break;
      case 18:
        message.info = readMessage(Info, reader);
        break;
      case 26:
        message.updateMask = readMessage(FieldMask, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The snapshot's facts as they are now. */
export interface UpdateSnapshotResponse {
  /** Of the snapshot. */
  info?: Info | undefined;
}

/** Codec of `containerd.services.snapshots.v1.UpdateSnapshotResponse`. */
export const UpdateSnapshotResponse: Codec<UpdateSnapshotResponse> = /* @__PURE__ */ codec<UpdateSnapshotResponse>({
  typeName: "containerd.services.snapshots.v1.UpdateSnapshotResponse",
  create: (init) => ({
    info: init.info && Info.create(init.info),
  }),
  write(message, writer) {
    if (message.info !== undefined) writeMessage(writer, 10, Info, message.info);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.info = readMessage(Info, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for snapshots. */
export interface ListSnapshotsRequest {
  /** The snapshotter. */
  snapshotter: string;
  /** Filters, of which one must match; none is all. */
  filters: string[];
}

/** Codec of `containerd.services.snapshots.v1.ListSnapshotsRequest`. */
export const ListSnapshotsRequest: Codec<ListSnapshotsRequest> = /* @__PURE__ */ codec<ListSnapshotsRequest>({
  typeName: "containerd.services.snapshots.v1.ListSnapshotsRequest",
  create: (init) => ({
    snapshotter: init.snapshotter ?? "",
    filters: copyList(init.filters),
  }),
  write(message, writer) {
    if (message.snapshotter) writeString(writer, 10, message.snapshotter);
    if (message.filters) for (const item of message.filters) writeString(writer, 18, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.snapshotter = reader.string();
        break;
      case 18:
        message.filters.push(reader.string());
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Some of the snapshots. */
export interface ListSnapshotsResponse {
  /** At least one. */
  info: Info[];
}

/** Codec of `containerd.services.snapshots.v1.ListSnapshotsResponse`. */
export const ListSnapshotsResponse: Codec<ListSnapshotsResponse> = /* @__PURE__ */ codec<ListSnapshotsResponse>({
  typeName: "containerd.services.snapshots.v1.ListSnapshotsResponse",
  create: (init) => ({
    info: createList(Info, init.info),
  }),
  write(message, writer) {
    if (message.info) for (const item of message.info) writeMessage(writer, 10, Info, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.info.push(readMessage(Info, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks what a snapshot takes. */
export interface UsageRequest {
  /** The snapshotter. */
  snapshotter: string;
  /** Key or name of the snapshot. */
  key: string;
}

/** Codec of `containerd.services.snapshots.v1.UsageRequest`. */
export const UsageRequest: Codec<UsageRequest> = /* @__PURE__ */ codec<UsageRequest>({
  typeName: "containerd.services.snapshots.v1.UsageRequest",
  create: (init) => ({
    snapshotter: init.snapshotter ?? "",
    key: init.key ?? "",
  }),
  write(message, writer) {
    if (message.snapshotter) writeString(writer, 10, message.snapshotter);
    if (message.key) writeString(writer, 18, message.key);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.snapshotter = reader.string();
        break;
      case 18:
        message.key = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** What it takes. */
export interface UsageResponse {
  /** Bytes on disk. */
  size: bigint;
  /** Inodes. */
  inodes: bigint;
}

/** Codec of `containerd.services.snapshots.v1.UsageResponse`. */
export const UsageResponse: Codec<UsageResponse> = /* @__PURE__ */ codec<UsageResponse>({
  typeName: "containerd.services.snapshots.v1.UsageResponse",
  create: (init) => ({
    size: init.size ?? 0n,
    inodes: init.inodes ?? 0n,
  }),
  write(message, writer) {
    if (message.size) writer.uint32(8).int64(halves(message.size));
    if (message.inodes) writer.uint32(16).int64(halves(message.inodes));
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.size = readInt64(reader);
        break;
      case 16:
        message.inodes = readInt64(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to clean up. */
export interface CleanupRequest {
  /** The snapshotter. */
  snapshotter: string;
}

/** Codec of `containerd.services.snapshots.v1.CleanupRequest`. */
export const CleanupRequest: Codec<CleanupRequest> = /* @__PURE__ */ codec<CleanupRequest>({
  typeName: "containerd.services.snapshots.v1.CleanupRequest",
  create: (init) => ({
    snapshotter: init.snapshotter ?? "",
  }),
  write(message, writer) {
    if (message.snapshotter) writeString(writer, 10, message.snapshotter);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.snapshotter = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Snapshots of the caller's namespace. Every request names a snapshotter, and an empty name is the default one. */
export const Snapshots = {
  name: "containerd.services.snapshots.v1.Snapshots",
  methods: {
    /** Makes a snapshot that can be written, on top of a committed one or of nothing. */
    prepare: {
      name: "Prepare",
      kind: "unary",
      request: PrepareSnapshotRequest,
      response: PrepareSnapshotResponse,
    },
    /** Makes a snapshot that can only be read. */
    view: {
      name: "View",
      kind: "unary",
      request: ViewSnapshotRequest,
      response: ViewSnapshotResponse,
    },
    /** How to mount a snapshot that Prepare or View has made. */
    mounts: {
      name: "Mounts",
      kind: "unary",
      request: MountsRequest,
      response: MountsResponse,
    },
    /** Gives a written snapshot a name and makes it fit to be a parent. Its key is gone after that. */
    commit: {
      name: "Commit",
      kind: "unary",
      request: CommitSnapshotRequest,
      response: Empty,
    },
    /** Removes a snapshot that is nobody's parent. */
    remove: {
      name: "Remove",
      kind: "unary",
      request: RemoveSnapshotRequest,
      response: Empty,
    },
    /** What is known of a snapshot. */
    stat: {
      name: "Stat",
      kind: "unary",
      request: StatSnapshotRequest,
      response: StatSnapshotResponse,
    },
    /** Changes the labels of a snapshot. */
    update: {
      name: "Update",
      kind: "unary",
      request: UpdateSnapshotRequest,
      response: UpdateSnapshotResponse,
    },
    /** All snapshots, some in each message. */
    list: {
      name: "List",
      kind: "server-streaming",
      request: ListSnapshotsRequest,
      response: ListSnapshotsResponse,
    },
    /** What a snapshot takes on disk, without its parents. */
    usage: {
      name: "Usage",
      kind: "unary",
      request: UsageRequest,
      response: UsageResponse,
    },
    /** Removes from the disk what has been removed from the records. */
    cleanup: {
      name: "Cleanup",
      kind: "unary",
      request: CleanupRequest,
      response: Empty,
    },
  },
} as const satisfies ServiceDefinition;
