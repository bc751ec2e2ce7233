// Generated from proto/transfer-endpoint.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// The ends of a transfer that a shim knows, and what travels on the streams between them.
// Each message comes in an Any with the bare type URL.
import type { Codec } from "../codec.ts";
import { NO_BYTES, codec, copyList, halves, readBytes, readInt64, readMessage, writeMessage, writeString } from "../codec-runtime.ts";
import { Descriptor } from "./descriptor.ts";

/** A piece of a byte stream: at most 32768 bytes, and never more than the receiver's window. */
export interface Data {
  /** The bytes. */
  data: Uint8Array;
}

/** Codec of `containerd.types.transfer.Data`. */
export const Data: Codec<Data> = /* @__PURE__ */ codec<Data>({
  typeName: "containerd.types.transfer.Data",
  create: (init) => ({
    data: init.data ?? NO_BYTES,
  }),
  write(message, writer) {
    if (message.data?.length) writer.uint32(10).bytes(message.data);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.data = readBytes(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** From the receiver of a byte stream: allows the sender that many bytes more. */
export interface WindowUpdate {
  /** How many bytes. */
  update: number;
}

/** Codec of `containerd.types.transfer.WindowUpdate`. */
export const WindowUpdate: Codec<WindowUpdate> = /* @__PURE__ */ codec<WindowUpdate>({
  typeName: "containerd.types.transfer.WindowUpdate",
  create: (init) => ({
    update: init.update ?? 0,
  }),
  write(message, writer) {
    if (message.update) writer.uint32(8).int32(message.update);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.update = reader.int32();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** An end from which the server reads what the client sends on a stream. */
export interface ReadStream {
  /** Id of the stream. */
  stream: string;
  /** What the bytes are: `application/x-tar`. */
  mediaType: string;
}

/** Codec of `containerd.types.transfer.ReadStream`. */
export const ReadStream: Codec<ReadStream> = /* @__PURE__ */ codec<ReadStream>({
  typeName: "containerd.types.transfer.ReadStream",
  create: (init) => ({
    stream: init.stream ?? "",
    mediaType: init.mediaType ?? "",
  }),
  write(message, writer) {
    if (message.stream) writeString(writer, 10, message.stream);
    if (message.mediaType) writeString(writer, 18, message.mediaType);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.stream = reader.string();
        break;
      case 18:
        message.mediaType = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** An end to which the server writes what the client receives on a stream. */
export interface WriteStream {
  /** Id of the stream. */
  stream: string;
  /** What the bytes are: `application/x-tar`. */
  mediaType: string;
}

/** Codec of `containerd.types.transfer.WriteStream`. */
export const WriteStream: Codec<WriteStream> = /* @__PURE__ */ codec<WriteStream>({
  typeName: "containerd.types.transfer.WriteStream",
  create: (init) => ({
    stream: init.stream ?? "",
    mediaType: init.mediaType ?? "",
  }),
  write(message, writer) {
    if (message.stream) writeString(writer, 10, message.stream);
    if (message.mediaType) writeString(writer, 18, message.mediaType);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.stream = reader.string();
        break;
      case 18:
        message.mediaType = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** An end in the filesystem of a container. */
export interface ContainerPath {
  /** The container. */
  containerId: string;
  /** Path inside the container, resolved in its root. */
  path: string;
  /** Whether to take the entry alone and not what is below it. */
  noWalk: boolean;
  /** Whether files keep the owners that the archive names. */
  preserveOwnership: boolean;
}

/** Codec of `containerd.types.transfer.ContainerPath`. */
export const ContainerPath: Codec<ContainerPath> = /* @__PURE__ */ codec<ContainerPath>({
  typeName: "containerd.types.transfer.ContainerPath",
  create: (init) => ({
    containerId: init.containerId ?? "",
    path: init.path ?? "",
    noWalk: init.noWalk ?? false,
    preserveOwnership: init.preserveOwnership ?? false,
  }),
  write(message, writer) {
    if (message.containerId) writeString(writer, 10, message.containerId);
    if (message.path) writeString(writer, 18, message.path);
    if (message.noWalk) writer.uint32(24).bool(message.noWalk);
    if (message.preserveOwnership) writer.uint32(32).bool(message.preserveOwnership);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.containerId = reader.string();
        break;
      case 18:
        message.path = reader.string();
        break;
      case 24:
        message.noWalk = reader.bool();
        break;
      case 32:
        message.preserveOwnership = reader.bool();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** How far a transfer is. */
export interface Progress {
  /** What is being done: `extracting`, `complete`. */
  event: string;
  /** What it is done to. */
  name: string;
  /** The names it belongs to. */
  parents: string[];
  /** How much is done. */
  progress: bigint;
  /** How much there is; 0 when not known. */
  total: bigint;
  /** The content it is about, if any. */
  desc?: Descriptor | undefined;
}

/** Codec of `containerd.types.transfer.Progress`. */
export const Progress: Codec<Progress> = /* @__PURE__ */ codec<Progress>({
  typeName: "containerd.types.transfer.Progress",
  create: (init) => ({
    event: init.event ?? "",
    name: init.name ?? "",
    parents: copyList(init.parents),
    progress: init.progress ?? 0n,
    total: init.total ?? 0n,
    desc: init.desc && Descriptor.create(init.desc),
  }),
  write(message, writer) {
    if (message.event) writeString(writer, 10, message.event);
    if (message.name) writeString(writer, 18, message.name);
    if (message.parents) for (const item of message.parents) writeString(writer, 26, item);
    if (message.progress) writer.uint32(32).int64(halves(message.progress));
    if (message.total) writer.uint32(40).int64(halves(message.total));
    if (message.desc !== undefined) writeMessage(writer, 50, Descriptor, message.desc);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.event = reader.string();
        break;
      case 18:
        message.name = reader.string();
        break;
      case 26:
        message.parents.push(reader.string());
        break;
      case 32:
        message.progress = readInt64(reader);
        break;
      case 40:
        message.total = readInt64(reader);
        break;
      case 50:
        message.desc = readMessage(Descriptor, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});
