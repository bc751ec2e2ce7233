// Generated from proto/api/content.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// Blobs, found by their digest, and ingests: blobs that are being written, found by a name of the writer's.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { NO_BYTES, codec, copyList, copyMap, createList, halves, readBytes, readInt64, readMessage, readStringEntry, writeMessage, writeString, writeStringMap } from "../codec-runtime.ts";
import { Empty } from "./empty.ts";
import { FieldMask } from "./field-mask.ts";
import { Timestamp } from "./timestamp.ts";

/** What a request to write wants. */
export const WriteAction = {
  /** How far it is, and on the first request also to open the ingest. */
  STAT: 0,
  /** To add bytes. */
  WRITE: 1,
  /** To add bytes, if there are any, and to make it a blob. */
  COMMIT: 2,
} as const;

/** A known value of WriteAction. Fields are numbers: a peer may know more of them. */
export type WriteAction = (typeof WriteAction)[keyof typeof WriteAction];

/** What is known of a blob. */
export interface Info {
  /** Its digest: `sha256:…`. */
  digest: string;
  /** Its size in bytes. */
  size: bigint;
  /** When it was committed. */
  createdAt?: Timestamp | undefined;
  /** When its labels last changed. */
  updatedAt?: Timestamp | undefined;
  /** Labels; `containerd.io/gc.ref.…` names what it refers to. */
  labels: Record<string, string>;
}

/** Codec of `containerd.services.content.v1.Info`. */
export const Info: Codec<Info> = /* @__PURE__ */ codec<Info>({
  typeName: "containerd.services.content.v1.Info",
  create: (init) => ({
    digest: init.digest ?? "",
    size: init.size ?? 0n,
    createdAt: init.createdAt && Timestamp.create(init.createdAt),
    updatedAt: init.updatedAt && Timestamp.create(init.updatedAt),
    labels: copyMap(init.labels),
  }),
  write(message, writer) {
    if (message.digest) writeString(writer, 10, message.digest);
    if (message.size) writer.uint32(16).int64(halves(message.size));
    if (message.createdAt !== undefined) writeMessage(writer, 26, Timestamp, message.createdAt);
    if (message.updatedAt !== undefined) writeMessage(writer, 34, Timestamp, message.updatedAt);
    if (message.labels) writeStringMap(writer, 42, message.labels);
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
        message.createdAt = readMessage(Timestamp, reader);
        break;
      case 34:
        message.updatedAt = readMessage(Timestamp, reader);
        break;
      case 42:
        readStringEntry(reader, message.labels);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks what is known of a blob. */
export interface InfoRequest {
  /** Its digest. */
  digest: string;
}

/** Codec of `containerd.services.content.v1.InfoRequest`. */
export const InfoRequest: Codec<InfoRequest> = /* @__PURE__ */ codec<InfoRequest>({
  typeName: "containerd.services.content.v1.InfoRequest",
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

/** What is known. */
export interface InfoResponse {
  /** Of the blob. */
  info?: Info | undefined;
}

/** Codec of `containerd.services.content.v1.InfoResponse`. */
export const InfoResponse: Codec<InfoResponse> = /* @__PURE__ */ codec<InfoResponse>({
  typeName: "containerd.services.content.v1.InfoResponse",
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
export interface UpdateRequest {
  /** The digest, and the labels to be. */
  info?: Info | undefined;
  /** Which labels: `labels` or `labels.KEY`. Absent: all. */
  updateMask?: FieldMask | undefined;
}

/** Codec of `containerd.services.content.v1.UpdateRequest`. */
export const UpdateRequest: Codec<UpdateRequest> = /* @__PURE__ */ codec<UpdateRequest>({
  typeName: "containerd.services.content.v1.UpdateRequest",
  create: (init) => ({
    info: init.info && Info.create(init.info),
    updateMask: init.updateMask && FieldMask.create(init.updateMask),
  }),
  write(message, writer) {
    if (message.info !== undefined) writeMessage(writer, 10, Info, message.info);
    if (message.updateMask !== undefined) writeMessage(writer, 18, FieldMask, message.updateMask);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.info = readMessage(Info, reader);
        break;
      case 18:
        message.updateMask = readMessage(FieldMask, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The blob's facts as they are now. */
export interface UpdateResponse {
  /** Of the blob. */
  info?: Info | undefined;
}

/** Codec of `containerd.services.content.v1.UpdateResponse`. */
export const UpdateResponse: Codec<UpdateResponse> = /* @__PURE__ */ codec<UpdateResponse>({
  typeName: "containerd.services.content.v1.UpdateResponse",
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

/** Asks for blobs. */
export interface ListContentRequest {
  /** Filters, of which one must match; none is all. */
  filters: string[];
}

/** Codec of `containerd.services.content.v1.ListContentRequest`. */
export const ListContentRequest: Codec<ListContentRequest> = /* @__PURE__ */ codec<ListContentRequest>({
  typeName: "containerd.services.content.v1.ListContentRequest",
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

/** Some of the blobs. */
export interface ListContentResponse {
  /** At least one. */
  info: Info[];
}

/** Codec of `containerd.services.content.v1.ListContentResponse`. */
export const ListContentResponse: Codec<ListContentResponse> = /* @__PURE__ */ codec<ListContentResponse>({
  typeName: "containerd.services.content.v1.ListContentResponse",
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

/** Asks to remove a blob. */
export interface DeleteContentRequest {
  /** Its digest. */
  digest: string;
}

/** Codec of `containerd.services.content.v1.DeleteContentRequest`. */
export const DeleteContentRequest: Codec<DeleteContentRequest> = /* @__PURE__ */ codec<DeleteContentRequest>({
  typeName: "containerd.services.content.v1.DeleteContentRequest",
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

/** Asks for bytes. */
export interface ReadContentRequest {
  /** Digest of the blob. */
  digest: string;
  /** Where to begin. */
  offset: bigint;
  /** How many; 0 is up to the end. */
  size: bigint;
}

/** Codec of `containerd.services.content.v1.ReadContentRequest`. */
export const ReadContentRequest: Codec<ReadContentRequest> = /* @__PURE__ */ codec<ReadContentRequest>({
  typeName: "containerd.services.content.v1.ReadContentRequest",
  create: (init) => ({
    digest: init.digest ?? "",
    offset: init.offset ?? 0n,
    size: init.size ?? 0n,
  }),
  write(message, writer) {
    if (message.digest) writeString(writer, 10, message.digest);
    if (message.offset) writer.uint32(16).int64(halves(message.offset));
    if (message.size) writer.uint32(24).int64(halves(message.size));
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.digest = reader.string();
        break;
      case 16:
        message.offset = readInt64(reader);
        break;
      case 24:
        message.size = readInt64(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Some of the bytes. */
export interface ReadContentResponse {
  /** Where in the blob they are. */
  offset: bigint;
  /** The bytes. */
  data: Uint8Array;
}

/** Codec of `containerd.services.content.v1.ReadContentResponse`. */
export const ReadContentResponse: Codec<ReadContentResponse> = /* @__PURE__ */ codec<ReadContentResponse>({
  typeName: "containerd.services.content.v1.ReadContentResponse",
  create: (init) => ({
    offset: init.offset ?? 0n,
    data: init.data ?? NO_BYTES,
  }),
  write(message, writer) {
    if (message.offset) writer.uint32(8).int64(halves(message.offset));
    if (message.data?.length) writer.uint32(18).bytes(message.data);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.offset = readInt64(reader);
        break;
      case 18:
        message.data = readBytes(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** How far an ingest has come. */
export interface Status {
  /** When it began. */
  startedAt?: Timestamp | undefined;
  /** When something was last written. */
  updatedAt?: Timestamp | undefined;
  /** Its name. */
  ref: string;
  /** How many bytes there are. */
  offset: bigint;
  /** How many there will be; 0 is not known. */
  total: bigint;
  /** The digest there will be; empty is not known. */
  expected: string;
}

/** Codec of `containerd.services.content.v1.Status`. */
export const Status: Codec<Status> = /* @__PURE__ */ codec<Status>({
  typeName: "containerd.services.content.v1.Status",
  create: (init) => ({
    startedAt: init.startedAt && Timestamp.create(init.startedAt),
    updatedAt: init.updatedAt && Timestamp.create(init.updatedAt),
    ref: init.ref ?? "",
    offset: init.offset ?? 0n,
    total: init.total ?? 0n,
    expected: init.expected ?? "",
  }),
  write(message, writer) {
    if (message.startedAt !== undefined) writeMessage(writer, 10, Timestamp, message.startedAt);
    if (message.updatedAt !== undefined) writeMessage(writer, 18, Timestamp, message.updatedAt);
    if (message.ref) writeString(writer, 26, message.ref);
    if (message.offset) writer.uint32(32).int64(halves(message.offset));
    if (message.total) writer.uint32(40).int64(halves(message.total));
    if (message.expected) writeString(writer, 50, message.expected);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.startedAt = readMessage(Timestamp, reader);
        break;
      case 18:
        message.updatedAt = readMessage(Timestamp, reader);
        break;
      case 26:
        message.ref = reader.string();
        break;
      case 32:
        message.offset = readInt64(reader);
        break;
      case 40:
        message.total = readInt64(reader);
        break;
      case 50:
        message.expected = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for an ingest. */
export interface StatusRequest {
  /** Its name. */
  ref: string;
}

/** Codec of `containerd.services.content.v1.StatusRequest`. */
export const StatusRequest: Codec<StatusRequest> = /* @__PURE__ */ codec<StatusRequest>({
  typeName: "containerd.services.content.v1.StatusRequest",
  create: (init) => ({
    ref: init.ref ?? "",
  }),
  write(message, writer) {
    if (message.ref) writeString(writer, 10, message.ref);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.ref = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** An ingest. */
export interface StatusResponse {
  /** How far it has come. */
  status?: Status | undefined;
}

/** Codec of `containerd.services.content.v1.StatusResponse`. */
export const StatusResponse: Codec<StatusResponse> = /* @__PURE__ */ codec<StatusResponse>({
  typeName: "containerd.services.content.v1.StatusResponse",
  create: (init) => ({
    status: init.status && Status.create(init.status),
  }),
  write(message, writer) {
    if (message.status !== undefined) writeMessage(writer, 10, Status, message.status);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.status = readMessage(Status, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for ingests. */
export interface ListStatusesRequest {
  /** Filters, of which one must match; none is all. */
  filters: string[];
}

/** Codec of `containerd.services.content.v1.ListStatusesRequest`. */
export const ListStatusesRequest: Codec<ListStatusesRequest> = /* @__PURE__ */ codec<ListStatusesRequest>({
  typeName: "containerd.services.content.v1.ListStatusesRequest",
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

/** The ingests. */
export interface ListStatusesResponse {
  /** In no order. */
  statuses: Status[];
}

/** Codec of `containerd.services.content.v1.ListStatusesResponse`. */
export const ListStatusesResponse: Codec<ListStatusesResponse> = /* @__PURE__ */ codec<ListStatusesResponse>({
  typeName: "containerd.services.content.v1.ListStatusesResponse",
  create: (init) => ({
    statuses: createList(Status, init.statuses),
  }),
  write(message, writer) {
    if (message.statuses) for (const item of message.statuses) writeMessage(writer, 10, Status, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.statuses.push(readMessage(Status, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** One step of writing. */
export interface WriteContentRequest {
  /** What to do. */
  action: WriteAction | number;
  /** Name of the ingest; the first request must have it, the others may. */
  ref: string;
  /** How many bytes there will be; 0 is not known. */
  total: bigint;
  /** The digest there will be; empty is not known. */
  expected: string;
  /** Where the bytes go: at the end of what there is, or 0 to begin anew. */
  offset: bigint;
  /** The bytes. */
  data: Uint8Array;
  /** Labels for the blob; on COMMIT. */
  labels: Record<string, string>;
}

/** Codec of `containerd.services.content.v1.WriteContentRequest`. */
export const WriteContentRequest: Codec<WriteContentRequest> = /* @__PURE__ */ codec<WriteContentRequest>({
  typeName: "containerd.services.content.v1.WriteContentRequest",
  create: (init) => ({
    action: init.action ?? 0,
    ref: init.ref ?? "",
    total: init.total ?? 0n,
    expected: init.expected ?? "",
    offset: init.offset ?? 0n,
    data: init.data ?? NO_BYTES,
    labels: copyMap(init.labels),
  }),
  write(message, writer) {
    if (message.action) writer.uint32(8).int32(message.action);
    if (message.ref) writeString(writer, 18, message.ref);
    if (message.total) writer.uint32(24).int64(halves(message.total));
    if (message.expected) writeString(writer, 34, message.expected);
    if (message.offset) writer.uint32(40).int64(halves(message.offset));
    if (message.data?.length) writer.uint32(50).bytes(message.data);
    if (message.labels) writeStringMap(writer, 58, message.labels);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.action = reader.int32();
        break;
      case 18:
        message.ref = reader.string();
        break;
      case 24:
        message.total = readInt64(reader);
        break;
      case 34:
        message.expected = reader.string();
        break;
      case 40:
        message.offset = readInt64(reader);
        break;
      case 50:
        message.data = readBytes(reader);
        break;
      case 58:
        readStringEntry(reader, message.labels);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** How far it is after a step. */
export interface WriteContentResponse {
  /** What was done. */
  action: WriteAction | number;
  /** When the ingest began. */
  startedAt?: Timestamp | undefined;
  /** When something was last written. */
  updatedAt?: Timestamp | undefined;
  /** How many bytes there are. */
  offset: bigint;
  /** How many there will be; 0 is not known. */
  total: bigint;
  /** Digest of the bytes, once they are a blob. */
  digest: string;
}

/** Codec of `containerd.services.content.v1.WriteContentResponse`. */
export const WriteContentResponse: Codec<WriteContentResponse> = /* @__PURE__ */ codec<WriteContentResponse>({
  typeName: "containerd.services.content.v1.WriteContentResponse",
  create: (init) => ({
    action: init.action ?? 0,
    startedAt: init.startedAt && Timestamp.create(init.startedAt),
    updatedAt: init.updatedAt && Timestamp.create(init.updatedAt),
    offset: init.offset ?? 0n,
    total: init.total ?? 0n,
    digest: init.digest ?? "",
  }),
  write(message, writer) {
    if (message.action) writer.uint32(8).int32(message.action);
    if (message.startedAt !== undefined) writeMessage(writer, 18, Timestamp, message.startedAt);
    if (message.updatedAt !== undefined) writeMessage(writer, 26, Timestamp, message.updatedAt);
    if (message.offset) writer.uint32(32).int64(halves(message.offset));
    if (message.total) writer.uint32(40).int64(halves(message.total));
    if (message.digest) writeString(writer, 50, message.digest);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.action = reader.int32();
        break;
      case 18:
        message.startedAt = readMessage(Timestamp, reader);
        break;
      case 26:
        message.updatedAt = readMessage(Timestamp, reader);
        break;
      case 32:
        message.offset = readInt64(reader);
        break;
      case 40:
        message.total = readInt64(reader);
        break;
      case 50:
        message.digest = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to give up an ingest. */
export interface AbortRequest {
  /** Its name. */
  ref: string;
}

/** Codec of `containerd.services.content.v1.AbortRequest`. */
export const AbortRequest: Codec<AbortRequest> = /* @__PURE__ */ codec<AbortRequest>({
  typeName: "containerd.services.content.v1.AbortRequest",
  create: (init) => ({
    ref: init.ref ?? "",
  }),
  write(message, writer) {
    if (message.ref) writeString(writer, 10, message.ref);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.ref = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Content of the caller's namespace. Equal blobs are kept once, whoever has them. */
export const Content = {
  name: "containerd.services.content.v1.Content",
  methods: {
    /** What is known of a blob. */
    info: {
      name: "Info",
      kind: "unary",
      request: InfoRequest,
      response: InfoResponse,
    },
    /** Changes the labels of a blob. */
    update: {
      name: "Update",
      kind: "unary",
      request: UpdateRequest,
      response: UpdateResponse,
    },
    /** All blobs, some in each message. */
    list: {
      name: "List",
      kind: "server-streaming",
      request: ListContentRequest,
      response: ListContentResponse,
    },
    /** Takes a blob out of the namespace. */
    delete: {
      name: "Delete",
      kind: "unary",
      request: DeleteContentRequest,
      response: Empty,
    },
    /** The bytes of a blob, or a part of them. */
    read: {
      name: "Read",
      kind: "server-streaming",
      request: ReadContentRequest,
      response: ReadContentResponse,
    },
    /** How far an ingest has come. */
    status: {
      name: "Status",
      kind: "unary",
      request: StatusRequest,
      response: StatusResponse,
    },
    /** How far all ingests have come. */
    listStatuses: {
      name: "ListStatuses",
      kind: "unary",
      request: ListStatusesRequest,
      response: ListStatusesResponse,
    },
    /**
     * Writes a blob: every request is answered by one response. Only COMMIT makes a blob of what was written; without it
     * an ingest stays, and can be continued by its ref.
     */
    write: {
      name: "Write",
      kind: "bidirectional",
      request: WriteContentRequest,
      response: WriteContentResponse,
    },
    /** Gives up an ingest and removes what was written. */
    abort: {
      name: "Abort",
      kind: "unary",
      request: AbortRequest,
      response: Empty,
    },
  },
} as const satisfies ServiceDefinition;
