// Generated from proto/bootstrap.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// What a manager gives to `shim start` on standard input, and what it gets back on standard output.
import type { Codec } from "../codec.ts";
import { codec, copyList, copyMap, createList, readMessage, readPacked, readStringEntry, writeMessage, writeString, writeStringMap } from "../codec-runtime.ts";
import { Any } from "./any.ts";

/** How much a shim logs. An open range: anything up to DEBUG means debug. */
export const LogLevel = {
  /** What an operator wants to know; the default. */
  INFO: 0,
  /** Everything. */
  TRACE: -8,
  /** What a developer wants to know. */
  DEBUG: -4,
  /** What went wrong and was survived. */
  WARN: 4,
  /** What went wrong. */
  ERROR: 8,
  /** What ended the program. */
  FATAL: 10,
  /** What ended the program and should never happen. */
  PANIC: 12,
} as const;

/** A known value of LogLevel. Fields are numbers: a peer may know more of them. */
export type LogLevel = (typeof LogLevel)[keyof typeof LogLevel];

/** Something that a shim can do beyond its version. None is defined yet. */
export const Capability = {
  /** Not a capability. */
  UNSPECIFIED: 0,
} as const;

/** A known value of Capability. Fields are numbers: a peer may know more of them. */
export type Capability = (typeof Capability)[keyof typeof Capability];

/** The input of `start`. */
export interface BootstrapParams {
  /** Id of the container or sandbox; the same as `-id`. */
  instanceId: string;
  /** Its namespace; the same as `-namespace`. */
  namespace: string;
  /** How much to log. */
  logLevel: LogLevel | number;
  /** Version of the manager. */
  containerdVersion: string;
  /** The manager's ttrpc socket, to which events go when the environment names none. */
  containerdTtrpcAddress: string;
  /** The manager's gRPC socket. */
  containerdGrpcAddress: string;
  /** The manager's binary, which publishes events for shims that do not speak ttrpc. */
  containerdBinary: string;
  /** Options of runtimes, told apart by their types. */
  extensions: Extension[];
  /** The directory for sockets. Presence is explicit: absent leaves the choice to the shim. */
  socketDir?: string | undefined;
}

/** Codec of `containerd.runtime.bootstrap.v1.BootstrapParams`. */
export const BootstrapParams: Codec<BootstrapParams> = /* @__PURE__ */ codec<BootstrapParams>({
  typeName: "containerd.runtime.bootstrap.v1.BootstrapParams",
  create: (init) => ({
    instanceId: init.instanceId ?? "",
    namespace: init.namespace ?? "",
    logLevel: init.logLevel ?? 0,
    containerdVersion: init.containerdVersion ?? "",
    containerdTtrpcAddress: init.containerdTtrpcAddress ?? "",
    containerdGrpcAddress: init.containerdGrpcAddress ?? "",
    containerdBinary: init.containerdBinary ?? "",
    extensions: createList(Extension, init.extensions),
    socketDir: init.socketDir,
  }),
  write(message, writer) {
    if (message.instanceId) writeString(writer, 10, message.instanceId);
    if (message.namespace) writeString(writer, 18, message.namespace);
    if (message.logLevel) writer.uint32(24).int32(message.logLevel);
    if (message.containerdVersion) writeString(writer, 34, message.containerdVersion);
    if (message.containerdTtrpcAddress) writeString(writer, 42, message.containerdTtrpcAddress);
    if (message.containerdGrpcAddress) writeString(writer, 50, message.containerdGrpcAddress);
    if (message.containerdBinary) writeString(writer, 58, message.containerdBinary);
    if (message.extensions) for (const item of message.extensions) writeMessage(writer, 66, Extension, item);
    if (message.socketDir !== undefined) writeString(writer, 74, message.socketDir);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.instanceId = reader.string();
        break;
      case 18:
        message.namespace = reader.string();
        break;
      case 24:
        message.logLevel = reader.int32();
        break;
      case 34:
        message.containerdVersion = reader.string();
        break;
      case 42:
        message.containerdTtrpcAddress = reader.string();
        break;
      case 50:
        message.containerdGrpcAddress = reader.string();
        break;
      case 58:
        message.containerdBinary = reader.string();
        break;
      case 66:
        message.extensions.push(readMessage(Extension, reader));
        break;
      case 74:
        message.socketDir = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** One thing that is passed to a shim. */
export interface Extension {
  /** The thing, labelled with its type. */
  value?: Any | undefined;
}

/** Codec of `containerd.runtime.bootstrap.v1.Extension`. */
export const Extension: Codec<Extension> = /* @__PURE__ */ codec<Extension>({
  typeName: "containerd.runtime.bootstrap.v1.Extension",
  create: (init) => ({
    value: init.value && Any.create(init.value),
  }),
  write(message, writer) {
    if (message.value !== undefined) writeMessage(writer, 10, Any, message.value);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.value = readMessage(Any, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The output of `start`. */
export interface BootstrapResult {
  /** Version of the task service: 2 or 3. Sandboxes need 3. */
  version: number;
  /** Where the shim listens. */
  address: string;
  /** What it speaks there: `ttrpc` or `grpc`. */
  protocol: string;
  /** What else it can do. */
  capabilities: (Capability | number)[];
  /** Notes for the manager. */
  metadata: Record<string, string>;
}

/** Codec of `containerd.runtime.bootstrap.v1.BootstrapResult`. */
export const BootstrapResult: Codec<BootstrapResult> = /* @__PURE__ */ codec<BootstrapResult>({
  typeName: "containerd.runtime.bootstrap.v1.BootstrapResult",
  create: (init) => ({
    version: init.version ?? 0,
    address: init.address ?? "",
    protocol: init.protocol ?? "",
    capabilities: copyList(init.capabilities),
    metadata: copyMap(init.metadata),
  }),
  write(message, writer) {
    if (message.version) writer.uint32(8).int32(message.version);
    if (message.address) writeString(writer, 18, message.address);
    if (message.protocol) writeString(writer, 26, message.protocol);
    if (message.capabilities?.length) {
      writer.uint32(34).fork();
      for (const item of message.capabilities) writer.int32(item);
      writer.ldelim();
    }
    if (message.metadata) writeStringMap(writer, 42, message.metadata);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.version = reader.int32();
        break;
      case 18:
        message.address = reader.string();
        break;
      case 26:
        message.protocol = reader.string();
        break;
      case 32:
        message.capabilities.push(reader.int32());
        break;
      case 34:
        readPacked(reader, () => message.capabilities.push(reader.int32()));
        break;
      case 42:
        readStringEntry(reader, message.metadata);
        break;
      default:
        return false;
    }
    return true;
  },
});
