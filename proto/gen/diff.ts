// Generated from proto/api/diff.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// Between layers as content and layers as directory trees.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, copyMap, createList, createMap, readMessage, readMessageEntry, readStringEntry, writeMessage, writeMessageMap, writeString, writeStringMap } from "../codec-runtime.ts";
import { Any } from "./any.ts";
import { Descriptor } from "./descriptor.ts";
import { Mount } from "./mount.ts";
import { Timestamp } from "./timestamp.ts";

/** Asks to unpack a layer. */
export interface ApplyRequest {
  /** The layer. */
  diff?: Descriptor | undefined;
  /** Where it goes. */
  mounts: Mount[];
  /** What processors of media types need, by their names. */
  payloads: Record<string, Any>;
  /** Whether the answer waits until the filesystem has it on disk. */
  syncFs: boolean;
}

/** Codec of `containerd.services.diff.v1.ApplyRequest`. */
export const ApplyRequest: Codec<ApplyRequest> = /* @__PURE__ */ codec<ApplyRequest>({
  typeName: "containerd.services.diff.v1.ApplyRequest",
  create: (init) => ({
    diff: init.diff && Descriptor.create(init.diff),
    mounts: createList(Mount, init.mounts),
    payloads: createMap(Any, init.payloads),
    syncFs: init.syncFs ?? false,
  }),
  write(message, writer) {
    if (message.diff !== undefined) writeMessage(writer, 10, Descriptor, message.diff);
    if (message.mounts) for (const item of message.mounts) writeMessage(writer, 18, Mount, item);
    if (message.payloads) writeMessageMap(writer, 26, Any, message.payloads);
    if (message.syncFs) writer.uint32(32).bool(message.syncFs);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.diff = readMessage(Descriptor, reader);
        break;
      case 18:
        message.mounts.push(readMessage(Mount, reader));
        break;
      case 26:
        readMessageEntry(Any, reader, message.payloads);
        break;
      case 32:
        message.syncFs = reader.bool();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The layer was unpacked. */
export interface ApplyResponse {
  /** The layer without compression: its digest is the diff id. */
  applied?: Descriptor | undefined;
}

/** Codec of `containerd.services.diff.v1.ApplyResponse`. */
export const ApplyResponse: Codec<ApplyResponse> = /* @__PURE__ */ codec<ApplyResponse>({
  typeName: "containerd.services.diff.v1.ApplyResponse",
  create: (init) => ({
    applied: init.applied && Descriptor.create(init.applied),
  }),
  write(message, writer) {
    if (message.applied !== undefined) writeMessage(writer, 10, Descriptor, message.applied);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.applied = readMessage(Descriptor, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to pack a difference. */
export interface DiffRequest {
  /** What it was before. */
  left: Mount[];
  /** What it is now. */
  right: Mount[];
  /** Media type of the layer; empty is the daemon's choice. */
  mediaType: string;
  /** The ref to write it under; empty is the daemon's choice. */
  ref: string;
  /** Labels for the blob. */
  labels: Record<string, string>;
  /** The time that no entry may be younger than, for builds that are to be the same every time. */
  sourceDateEpoch?: Timestamp | undefined;
}

/** Codec of `containerd.services.diff.v1.DiffRequest`. */
export const DiffRequest: Codec<DiffRequest> = /* @__PURE__ */ codec<DiffRequest>({
  typeName: "containerd.services.diff.v1.DiffRequest",
  create: (init) => ({
    left: createList(Mount, init.left),
    right: createList(Mount, init.right),
    mediaType: init.mediaType ?? "",
    ref: init.ref ?? "",
    labels: copyMap(init.labels),
    sourceDateEpoch: init.sourceDateEpoch && Timestamp.create(init.sourceDateEpoch),
  }),
  write(message, writer) {
    if (message.left) for (const item of message.left) writeMessage(writer, 10, Mount, item);
    if (message.right) for (const item of message.right) writeMessage(writer, 18, Mount, item);
    if (message.mediaType) writeString(writer, 26, message.mediaType);
    if (message.ref) writeString(writer, 34, message.ref);
    if (message.labels) writeStringMap(writer, 42, message.labels);
    if (message.sourceDateEpoch !== undefined) writeMessage(writer, 50, Timestamp, message.sourceDateEpoch);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.left.push(readMessage(Mount, reader));
        break;
      case 18:
        message.right.push(readMessage(Mount, reader));
        break;
      case 26:
        message.mediaType = reader.string();
        break;
      case 34:
        message.ref = reader.string();
        break;
      case 42:
        readStringEntry(reader, message.labels);
        break;
      case 50:
        message.sourceDateEpoch = readMessage(Timestamp, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The difference was packed. */
export interface DiffResponse {
  /** The layer. */
  diff?: Descriptor | undefined;
}

/** Codec of `containerd.services.diff.v1.DiffResponse`. */
export const DiffResponse: Codec<DiffResponse> = /* @__PURE__ */ codec<DiffResponse>({
  typeName: "containerd.services.diff.v1.DiffResponse",
  create: (init) => ({
    diff: init.diff && Descriptor.create(init.diff),
  }),
  write(message, writer) {
    if (message.diff !== undefined) writeMessage(writer, 26, Descriptor, message.diff);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 26:
        message.diff = readMessage(Descriptor, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Works on content of the caller's namespace and on mounts that the caller has. */
export const Diff = {
  name: "containerd.services.diff.v1.Diff",
  methods: {
    /** Unpacks a layer onto mounts. */
    apply: {
      name: "Apply",
      kind: "unary",
      request: ApplyRequest,
      response: ApplyResponse,
    },
    /** Packs what differs between two sets of mounts, as content. */
    diff: {
      name: "Diff",
      kind: "unary",
      request: DiffRequest,
      response: DiffResponse,
    },
  },
} as const satisfies ServiceDefinition;
