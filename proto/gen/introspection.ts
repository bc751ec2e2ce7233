// Generated from proto/api/introspection.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// What the daemon is made of, and who it is.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, copyList, copyMap, createList, halves, readMessage, readStringEntry, readUint64, writeMessage, writeString, writeStringMap } from "../codec-runtime.ts";
import { Any } from "./any.ts";
import { Empty } from "./empty.ts";
import { Platform } from "./platform.ts";
import { Status } from "./status.ts";
import { Timestamp } from "./timestamp.ts";

/** A part of the daemon. */
export interface Plugin {
  /** Its kind: `io.containerd.snapshotter.v1`. */
  type: string;
  /** Its name among its kind: `overlayfs`. */
  id: string;
  /** Kinds that it cannot do without. */
  requires: string[];
  /** What it works for; empty is no word on it. */
  platforms: Platform[];
  /** Facts that it tells: `root` is a directory of its own. */
  exports: Record<string, string>;
  /** What it can do beyond its duty: `rebase`. */
  capabilities: string[];
  /** Why it does not work; absent when it does. */
  initErr?: Status | undefined;
}

/** Codec of `containerd.services.introspection.v1.Plugin`. */
export const Plugin: Codec<Plugin> = /* @__PURE__ */ codec<Plugin>({
  typeName: "containerd.services.introspection.v1.Plugin",
  create: (init) => ({
    type: init.type ?? "",
    id: init.id ?? "",
    requires: copyList(init.requires),
    platforms: createList(Platform, init.platforms),
    exports: copyMap(init.exports),
    capabilities: copyList(init.capabilities),
    initErr: init.initErr && Status.create(init.initErr),
  }),
  write(message, writer) {
    if (message.type) writeString(writer, 10, message.type);
    if (message.id) writeString(writer, 18, message.id);
    if (message.requires) for (const item of message.requires) writeString(writer, 26, item);
    if (message.platforms) for (const item of message.platforms) writeMessage(writer, 34, Platform, item);
    if (message.exports) writeStringMap(writer, 42, message.exports);
    if (message.capabilities) for (const item of message.capabilities) writeString(writer, 50, item);
    if (message.initErr !== undefined) writeMessage(writer, 58, Status, message.initErr);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.type = reader.string();
        break;
      case 18:
        message.id = reader.string();
        break;
      case 26:
        message.requires.push(reader.string());
        break;
      case 34:
        message.platforms.push(readMessage(Platform, reader));
        break;
      case 42:
        readStringEntry(reader, message.exports);
        break;
      case 50:
        message.capabilities.push(reader.string());
        break;
      case 58:
        message.initErr = readMessage(Status, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for parts of the daemon. */
export interface PluginsRequest {
  /** Filters over `type`, `id`, `platforms` and `capabilities`; none is all. */
  filters: string[];
}

/** Codec of `containerd.services.introspection.v1.PluginsRequest`. */
export const PluginsRequest: Codec<PluginsRequest> = /* @__PURE__ */ codec<PluginsRequest>({
  typeName: "containerd.services.introspection.v1.PluginsRequest",
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

/** The parts that were asked for. */
export interface PluginsResponse {
  /** In no order. */
  plugins: Plugin[];
}

/** Codec of `containerd.services.introspection.v1.PluginsResponse`. */
export const PluginsResponse: Codec<PluginsResponse> = /* @__PURE__ */ codec<PluginsResponse>({
  typeName: "containerd.services.introspection.v1.PluginsResponse",
  create: (init) => ({
    plugins: createList(Plugin, init.plugins),
  }),
  write(message, writer) {
    if (message.plugins) for (const item of message.plugins) writeMessage(writer, 10, Plugin, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.plugins.push(readMessage(Plugin, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Who the daemon is. */
export interface ServerResponse {
  /** Made once for a root directory, and kept there. */
  uuid: string;
  /** Its process id. */
  pid: bigint;
  /** Inode of the pid namespace that `pid` counts in. */
  pidns: bigint;
  /** What is in use and will end. */
  deprecations: DeprecationWarning[];
}

/** Codec of `containerd.services.introspection.v1.ServerResponse`. */
export const ServerResponse: Codec<ServerResponse> = /* @__PURE__ */ codec<ServerResponse>({
  typeName: "containerd.services.introspection.v1.ServerResponse",
  create: (init) => ({
    uuid: init.uuid ?? "",
    pid: init.pid ?? 0n,
    pidns: init.pidns ?? 0n,
    deprecations: createList(DeprecationWarning, init.deprecations),
  }),
  write(message, writer) {
    if (message.uuid) writeString(writer, 10, message.uuid);
    if (message.pid) writer.uint32(16).uint64(halves(message.pid));
    if (message.pidns) writer.uint32(24).uint64(halves(message.pidns));
    if (message.deprecations) for (const item of message.deprecations) writeMessage(writer, 34, DeprecationWarning, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.uuid = reader.string();
        break;
      case 16:
        message.pid = readUint64(reader);
        break;
      case 24:
        message.pidns = readUint64(reader);
        break;
      case 34:
        message.deprecations.push(readMessage(DeprecationWarning, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Something in use that will end. */
export interface DeprecationWarning {
  /** Its name. */
  id: string;
  /** What to do. */
  message: string;
  /** When it was last met. */
  lastOccurrence?: Timestamp | undefined;
}

/** Codec of `containerd.services.introspection.v1.DeprecationWarning`. */
export const DeprecationWarning: Codec<DeprecationWarning> = /* @__PURE__ */ codec<DeprecationWarning>({
  typeName: "containerd.services.introspection.v1.DeprecationWarning",
  create: (init) => ({
    id: init.id ?? "",
    message: init.message ?? "",
    lastOccurrence: init.lastOccurrence && Timestamp.create(init.lastOccurrence),
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
    if (message.message) writeString(writer, 18, message.message);
    if (message.lastOccurrence !== undefined) writeMessage(writer, 26, Timestamp, message.lastOccurrence);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      case 18:
        message.message = reader.string();
        break;
      case 26:
        message.lastOccurrence = readMessage(Timestamp, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Asks for more on one part. */
export interface PluginInfoRequest {
  /** Its kind. */
  type: string;
  /** Its name. */
  id: string;
  /** What is to be told, in a message of the part's own: containerd.types.RuntimeRequest for runtimes. */
  options?: Any | undefined;
}

/** Codec of `containerd.services.introspection.v1.PluginInfoRequest`. */
export const PluginInfoRequest: Codec<PluginInfoRequest> = /* @__PURE__ */ codec<PluginInfoRequest>({
  typeName: "containerd.services.introspection.v1.PluginInfoRequest",
  create: (init) => ({
    type: init.type ?? "",
    id: init.id ?? "",
    options: init.options && Any.create(init.options),
  }),
  write(message, writer) {
    if (message.type) writeString(writer, 10, message.type);
    if (message.id) writeString(writer, 18, message.id);
    if (message.options !== undefined) writeMessage(writer, 26, Any, message.options);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.type = reader.string();
        break;
      case 18:
        message.id = reader.string();
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

/** One part. */
export interface PluginInfoResponse {
  /** What Plugins tells, too. */
  plugin?: Plugin | undefined;
  /** The answer, in a message of the part's own: containerd.types.RuntimeInfo for runtimes. */
  extra?: Any | undefined;
}

/** Codec of `containerd.services.introspection.v1.PluginInfoResponse`. */
export const PluginInfoResponse: Codec<PluginInfoResponse> = /* @__PURE__ */ codec<PluginInfoResponse>({
  typeName: "containerd.services.introspection.v1.PluginInfoResponse",
  create: (init) => ({
    plugin: init.plugin && Plugin.create(init.plugin),
    extra: init.extra && Any.create(init.extra),
  }),
  write(message, writer) {
    if (message.plugin !== undefined) writeMessage(writer, 10, Plugin, message.plugin);
    if (message.extra !== undefined) writeMessage(writer, 18, Any, message.extra);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.plugin = readMessage(Plugin, reader);
        break;
      case 18:
        message.extra = readMessage(Any, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Answers from memory. Needs no namespace. */
export const Introspection = {
  name: "containerd.services.introspection.v1.Introspection",
  methods: {
    /** The parts of the daemon, each with what it can do. */
    plugins: {
      name: "Plugins",
      kind: "unary",
      request: PluginsRequest,
      response: PluginsResponse,
    },
    /** Identity of the daemon. */
    server: {
      name: "Server",
      kind: "unary",
      request: Empty,
      response: ServerResponse,
    },
    /** More on one part, which may have to be asked for it. */
    pluginInfo: {
      name: "PluginInfo",
      kind: "unary",
      request: PluginInfoRequest,
      response: PluginInfoResponse,
    },
  },
} as const satisfies ServiceDefinition;
