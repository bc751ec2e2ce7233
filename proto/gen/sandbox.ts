// Generated from proto/sandbox.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// The sandbox service of a shim: a group of containers that share a shim, and namespaces.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, copyMap, createList, readMessage, readStringEntry, writeMessage, writeString, writeStringMap } from "../codec-runtime.ts";
import { Any } from "./any.ts";
import { Metric } from "./metric.ts";
import { Mount } from "./mount.ts";
import { Platform } from "./platform.ts";
import { Timestamp } from "./timestamp.ts";

/** Asks to take a sandbox on. */
export interface CreateSandboxRequest {
  /** Its id. */
  sandboxId: string;
  /** Absolute path of its bundle directory. */
  bundlePath: string;
  /** What to mount as its rootfs; usually nothing. */
  rootfs: Mount[];
  /** How the pod is configured, in a type that the client chose. Unknown types are no error. */
  options?: Any | undefined;
  /** Path of a network namespace; empty for that of the shim. */
  netnsPath: string;
  /** Notes on the pod. */
  annotations: Record<string, string>;
}

/** Codec of `containerd.runtime.sandbox.v1.CreateSandboxRequest`. */
export const CreateSandboxRequest: Codec<CreateSandboxRequest> = /* @__PURE__ */ codec<CreateSandboxRequest>({
  typeName: "containerd.runtime.sandbox.v1.CreateSandboxRequest",
  create: (init) => ({
    sandboxId: init.sandboxId ?? "",
    bundlePath: init.bundlePath ?? "",
    rootfs: createList(Mount, init.rootfs),
    options: init.options && Any.create(init.options),
    netnsPath: init.netnsPath ?? "",
    annotations: copyMap(init.annotations),
  }),
  write(message, writer) {
    if (message.sandboxId) writeString(writer, 10, message.sandboxId);
    if (message.bundlePath) writeString(writer, 18, message.bundlePath);
    if (message.rootfs) for (const item of message.rootfs) writeMessage(writer, 26, Mount, item);
    if (message.options !== undefined) writeMessage(writer, 34, Any, message.options);
    if (message.netnsPath) writeString(writer, 42, message.netnsPath);
    if (message.annotations) writeStringMap(writer, 50, message.annotations);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.sandboxId = reader.string();
        break;
      case 18:
        message.bundlePath = reader.string();
        break;
      case 26:
        message.rootfs.push(readMessage(Mount, reader));
        break;
      case 34:
        message.options = readMessage(Any, reader);
        break;
      case 42:
        message.netnsPath = reader.string();
        break;
      case 50:
        readStringEntry(reader, message.annotations);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Says that it was taken on. */
export interface CreateSandboxResponse {}

/** Codec of `containerd.runtime.sandbox.v1.CreateSandboxResponse`. */
export const CreateSandboxResponse: Codec<CreateSandboxResponse> = /* @__PURE__ */ codec<CreateSandboxResponse>({
  typeName: "containerd.runtime.sandbox.v1.CreateSandboxResponse",
  create: () => ({}),
  write: () => {},
  field: () => false,
});

/** Asks to start a sandbox. */
export interface StartSandboxRequest {
  /** Its id. */
  sandboxId: string;
}

/** Codec of `containerd.runtime.sandbox.v1.StartSandboxRequest`. */
export const StartSandboxRequest: Codec<StartSandboxRequest> = /* @__PURE__ */ codec<StartSandboxRequest>({
  typeName: "containerd.runtime.sandbox.v1.StartSandboxRequest",
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

/** Says that it runs. */
export interface StartSandboxResponse {
  /** Pid of something that lives as long as the sandbox; never 0. */
  pid: number;
  /** When it was started. */
  createdAt?: Timestamp | undefined;
  /** What was started; newer peers only. */
  spec?: Any | undefined;
}

/** Codec of `containerd.runtime.sandbox.v1.StartSandboxResponse`. */
export const StartSandboxResponse: Codec<StartSandboxResponse> = /* @__PURE__ */ codec<StartSandboxResponse>({
  typeName: "containerd.runtime.sandbox.v1.StartSandboxResponse",
  create: (init) => ({
    pid: init.pid ?? 0,
    createdAt: init.createdAt && Timestamp.create(init.createdAt),
    spec: init.spec && Any.create(init.spec),
  }),
  write(message, writer) {
    if (message.pid) writer.uint32(8).uint32(message.pid);
    if (message.createdAt !== undefined) writeMessage(writer, 18, Timestamp, message.createdAt);
    if (message.spec !== undefined) writeMessage(writer, 26, Any, message.spec);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.pid = reader.uint32();
        break;
      case 18:
        message.createdAt = readMessage(Timestamp, reader);
        break;
      case 26:
        message.spec = readMessage(Any, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for the platform. */
export interface PlatformRequest {
  /** Id of the sandbox. */
  sandboxId: string;
}

/** Codec of `containerd.runtime.sandbox.v1.PlatformRequest`. */
export const PlatformRequest: Codec<PlatformRequest> = /* @__PURE__ */ codec<PlatformRequest>({
  typeName: "containerd.runtime.sandbox.v1.PlatformRequest",
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

/** The platform of the members. */
export interface PlatformResponse {
  /** Never without operating system and architecture. */
  platform?: Platform | undefined;
}

/** Codec of `containerd.runtime.sandbox.v1.PlatformResponse`. */
export const PlatformResponse: Codec<PlatformResponse> = /* @__PURE__ */ codec<PlatformResponse>({
  typeName: "containerd.runtime.sandbox.v1.PlatformResponse",
  create: (init) => ({
    platform: init.platform && Platform.create(init.platform),
  }),
  write(message, writer) {
    if (message.platform !== undefined) writeMessage(writer, 10, Platform, message.platform);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.platform = readMessage(Platform, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks to end a sandbox. */
export interface StopSandboxRequest {
  /** Its id. */
  sandboxId: string;
  /** How long the members may take, in seconds, before they are killed. */
  timeoutSecs: number;
}

/** Codec of `containerd.runtime.sandbox.v1.StopSandboxRequest`. */
export const StopSandboxRequest: Codec<StopSandboxRequest> = /* @__PURE__ */ codec<StopSandboxRequest>({
  typeName: "containerd.runtime.sandbox.v1.StopSandboxRequest",
  create: (init) => ({
    sandboxId: init.sandboxId ?? "",
    timeoutSecs: init.timeoutSecs ?? 0,
  }),
  write(message, writer) {
    if (message.sandboxId) writeString(writer, 10, message.sandboxId);
    if (message.timeoutSecs) writer.uint32(16).uint32(message.timeoutSecs);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.sandboxId = reader.string();
        break;
      case 16:
        message.timeoutSecs = reader.uint32();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Says that it has ended. */
export interface StopSandboxResponse {}

/** Codec of `containerd.runtime.sandbox.v1.StopSandboxResponse`. */
export const StopSandboxResponse: Codec<StopSandboxResponse> = /* @__PURE__ */ codec<StopSandboxResponse>({
  typeName: "containerd.runtime.sandbox.v1.StopSandboxResponse",
  create: () => ({}),
  write: () => {},
  field: () => false,
});

/** Asks for other limits. Defined by the protocol without a method that uses it. */
export interface UpdateSandboxRequest {
  /** Id of the sandbox. */
  sandboxId: string;
  /** The new limits. */
  resources?: Any | undefined;
  /** Notes for the shim. */
  annotations: Record<string, string>;
}

/** Codec of `containerd.runtime.sandbox.v1.UpdateSandboxRequest`. */
export const UpdateSandboxRequest: Codec<UpdateSandboxRequest> = /* @__PURE__ */ codec<UpdateSandboxRequest>({
  typeName: "containerd.runtime.sandbox.v1.UpdateSandboxRequest",
  create: (init) => ({
    sandboxId: init.sandboxId ?? "",
    resources: init.resources && Any.create(init.resources),
    annotations: copyMap(init.annotations),
  }),
  write(message, writer) {
    if (message.sandboxId) writeString(writer, 10, message.sandboxId);
    if (message.resources !== undefined) writeMessage(writer, 18, Any, message.resources);
    if (message.annotations) writeStringMap(writer, 26, message.annotations);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.sandboxId = reader.string();
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

/** Would say that the limits were changed. */
export interface UpdateSandboxResponse {}

/** Codec of `containerd.runtime.sandbox.v1.UpdateSandboxResponse`. */
export const UpdateSandboxResponse: Codec<UpdateSandboxResponse> = /* @__PURE__ */ codec<UpdateSandboxResponse>({
  typeName: "containerd.runtime.sandbox.v1.UpdateSandboxResponse",
  create: () => ({}),
  write: () => {},
  field: () => false,
});

/** Asks to be told of the end. */
export interface WaitSandboxRequest {
  /** Id of the sandbox. */
  sandboxId: string;
}

/** Codec of `containerd.runtime.sandbox.v1.WaitSandboxRequest`. */
export const WaitSandboxRequest: Codec<WaitSandboxRequest> = /* @__PURE__ */ codec<WaitSandboxRequest>({
  typeName: "containerd.runtime.sandbox.v1.WaitSandboxRequest",
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

/** How the sandbox ended. */
export interface WaitSandboxResponse {
  /** Its exit status. */
  exitStatus: number;
  /** When it ended. */
  exitedAt?: Timestamp | undefined;
}

/** Codec of `containerd.runtime.sandbox.v1.WaitSandboxResponse`. */
export const WaitSandboxResponse: Codec<WaitSandboxResponse> = /* @__PURE__ */ codec<WaitSandboxResponse>({
  typeName: "containerd.runtime.sandbox.v1.WaitSandboxResponse",
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

/** Asks for the state. */
export interface SandboxStatusRequest {
  /** Id of the sandbox. */
  sandboxId: string;
  /** Whether to fill `info`. */
  verbose: boolean;
}

/** Codec of `containerd.runtime.sandbox.v1.SandboxStatusRequest`. */
export const SandboxStatusRequest: Codec<SandboxStatusRequest> = /* @__PURE__ */ codec<SandboxStatusRequest>({
  typeName: "containerd.runtime.sandbox.v1.SandboxStatusRequest",
  create: (init) => ({
    sandboxId: init.sandboxId ?? "",
    verbose: init.verbose ?? false,
  }),
  write(message, writer) {
    if (message.sandboxId) writeString(writer, 10, message.sandboxId);
    if (message.verbose) writer.uint32(16).bool(message.verbose);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.sandboxId = reader.string();
        break;
      case 16:
        message.verbose = reader.bool();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The state of a sandbox. */
export interface SandboxStatusResponse {
  /** Its id. */
  sandboxId: string;
  /** The pid that Start told. */
  pid: number;
  /** `SANDBOX_READY` or `SANDBOX_NOTREADY`. */
  state: string;
  /** Details for a person. */
  info: Record<string, string>;
  /** The time that Start told. */
  createdAt?: Timestamp | undefined;
  /** When it ended; absent while it lives. */
  exitedAt?: Timestamp | undefined;
  /** Details for a program. */
  extra?: Any | undefined;
}

/** Codec of `containerd.runtime.sandbox.v1.SandboxStatusResponse`. */
export const SandboxStatusResponse: Codec<SandboxStatusResponse> = /* @__PURE__ */ codec<SandboxStatusResponse>({
  typeName: "containerd.runtime.sandbox.v1.SandboxStatusResponse",
  create: (init) => ({
    sandboxId: init.sandboxId ?? "",
    pid: init.pid ?? 0,
    state: init.state ?? "",
    info: copyMap(init.info),
    createdAt: init.createdAt && Timestamp.create(init.createdAt),
    exitedAt: init.exitedAt && Timestamp.create(init.exitedAt),
    extra: init.extra && Any.create(init.extra),
  }),
  write(message, writer) {
    if (message.sandboxId) writeString(writer, 10, message.sandboxId);
    if (message.pid) writer.uint32(16).uint32(message.pid);
    if (message.state) writeString(writer, 26, message.state);
    if (message.info) writeStringMap(writer, 34, message.info);
    if (message.createdAt !== undefined) writeMessage(writer, 42, Timestamp, message.createdAt);
    if (message.exitedAt !== undefined) writeMessage(writer, 50, Timestamp, message.exitedAt);
    if (message.extra !== undefined) writeMessage(writer, 58, Any, message.extra);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.sandboxId = reader.string();
        break;
      case 16:
        message.pid = reader.uint32();
        break;
      case 26:
        message.state = reader.string();
        break;
      case 34:
        readStringEntry(reader, message.info);
        break;
      case 42:
        message.createdAt = readMessage(Timestamp, reader);
        break;
      case 50:
        message.exitedAt = readMessage(Timestamp, reader);
        break;
      case 58:
        message.extra = readMessage(Any, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks whether the shim is there. */
export interface PingRequest {
  /** Id of the sandbox. */
  sandboxId: string;
}

/** Codec of `containerd.runtime.sandbox.v1.PingRequest`. */
export const PingRequest: Codec<PingRequest> = /* @__PURE__ */ codec<PingRequest>({
  typeName: "containerd.runtime.sandbox.v1.PingRequest",
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

/** Says that it is. */
export interface PingResponse {}

/** Codec of `containerd.runtime.sandbox.v1.PingResponse`. */
export const PingResponse: Codec<PingResponse> = /* @__PURE__ */ codec<PingResponse>({
  typeName: "containerd.runtime.sandbox.v1.PingResponse",
  create: () => ({}),
  write: () => {},
  field: () => false,
});

/** Asks to give everything back. */
export interface ShutdownSandboxRequest {
  /** Id of the sandbox. */
  sandboxId: string;
}

/** Codec of `containerd.runtime.sandbox.v1.ShutdownSandboxRequest`. */
export const ShutdownSandboxRequest: Codec<ShutdownSandboxRequest> = /* @__PURE__ */ codec<ShutdownSandboxRequest>({
  typeName: "containerd.runtime.sandbox.v1.ShutdownSandboxRequest",
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

/** Says that nothing is left. The shim exits after it. */
export interface ShutdownSandboxResponse {}

/** Codec of `containerd.runtime.sandbox.v1.ShutdownSandboxResponse`. */
export const ShutdownSandboxResponse: Codec<ShutdownSandboxResponse> = /* @__PURE__ */ codec<ShutdownSandboxResponse>({
  typeName: "containerd.runtime.sandbox.v1.ShutdownSandboxResponse",
  create: () => ({}),
  write: () => {},
  field: () => false,
});

/** Asks for the counters. */
export interface SandboxMetricsRequest {
  /** Id of the sandbox. */
  sandboxId: string;
}

/** Codec of `containerd.runtime.sandbox.v1.SandboxMetricsRequest`. */
export const SandboxMetricsRequest: Codec<SandboxMetricsRequest> = /* @__PURE__ */ codec<SandboxMetricsRequest>({
  typeName: "containerd.runtime.sandbox.v1.SandboxMetricsRequest",
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

/** The counters of the whole sandbox. */
export interface SandboxMetricsResponse {
  /** One reading of them. */
  metrics?: Metric | undefined;
}

/** Codec of `containerd.runtime.sandbox.v1.SandboxMetricsResponse`. */
export const SandboxMetricsResponse: Codec<SandboxMetricsResponse> = /* @__PURE__ */ codec<SandboxMetricsResponse>({
  typeName: "containerd.runtime.sandbox.v1.SandboxMetricsResponse",
  create: (init) => ({
    metrics: init.metrics && Metric.create(init.metrics),
  }),
  write(message, writer) {
    if (message.metrics !== undefined) writeMessage(writer, 10, Metric, message.metrics);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.metrics = readMessage(Metric, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The calls a manager makes to a shim that it started for a sandbox. */
export const Sandbox = {
  name: "containerd.runtime.sandbox.v1.Sandbox",
  methods: {
    /** Takes the sandbox on; nothing runs yet. */
    createSandbox: {
      name: "CreateSandbox",
      kind: "unary",
      request: CreateSandboxRequest,
      response: CreateSandboxResponse,
    },
    /** Makes what the members share. */
    startSandbox: {
      name: "StartSandbox",
      kind: "unary",
      request: StartSandboxRequest,
      response: StartSandboxResponse,
    },
    /** What the members run on; answered before the start, too. */
    platform: {
      name: "Platform",
      kind: "unary",
      request: PlatformRequest,
      response: PlatformResponse,
    },
    /** Ends the members and the sandbox. A second call is no error. */
    stopSandbox: {
      name: "StopSandbox",
      kind: "unary",
      request: StopSandboxRequest,
      response: StopSandboxResponse,
    },
    /** Answers when the sandbox has ended, by itself or by a call. */
    waitSandbox: {
      name: "WaitSandbox",
      kind: "unary",
      request: WaitSandboxRequest,
      response: WaitSandboxResponse,
    },
    /** The state of the sandbox. */
    sandboxStatus: {
      name: "SandboxStatus",
      kind: "unary",
      request: SandboxStatusRequest,
      response: SandboxStatusResponse,
    },
    /** Whether the shim is there. */
    pingSandbox: {
      name: "PingSandbox",
      kind: "unary",
      request: PingRequest,
      response: PingResponse,
    },
    /** Gives everything back and ends the shim. */
    shutdownSandbox: {
      name: "ShutdownSandbox",
      kind: "unary",
      request: ShutdownSandboxRequest,
      response: ShutdownSandboxResponse,
    },
    /** What the sandbox uses. */
    sandboxMetrics: {
      name: "SandboxMetrics",
      kind: "unary",
      request: SandboxMetricsRequest,
      response: SandboxMetricsResponse,
    },
  },
} as const satisfies ServiceDefinition;
