// Generated from proto/mount.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// Mounts, as instructions and as facts.
import type { Codec } from "../codec.ts";
import { codec, copyList, copyMap, createList, readMessage, readStringEntry, writeMessage, writeString, writeStringMap } from "../codec-runtime.ts";
import { Timestamp } from "./timestamp.ts";

/** One thing to mount. A list of them is applied in order. */
export interface Mount {
  /** A filesystem type (`overlay`, `bind`), maybe behind transformers: `format/mkdir/overlay`. */
  type: string;
  /** What is mounted: a device, a path, a name; up to the type. */
  source: string;
  /** A directory below the mountpoint that the caller chose; usually empty. */
  target: string;
  /** Mount options in the words of mount(8). */
  options: string[];
}

/** Codec of `containerd.types.Mount`. */
export const Mount: Codec<Mount> = /* @__PURE__ */ codec<Mount>({
  typeName: "containerd.types.Mount",
  create: (init) => ({
    type: init.type ?? "",
    source: init.source ?? "",
    target: init.target ?? "",
    options: copyList(init.options),
  }),
  write(message, writer) {
    if (message.type) writeString(writer, 10, message.type);
    if (message.source) writeString(writer, 18, message.source);
    if (message.target) writeString(writer, 26, message.target);
    if (message.options) for (const item of message.options) writeString(writer, 34, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.type = reader.string();
        break;
      case 18:
        message.source = reader.string();
        break;
      case 26:
        message.target = reader.string();
        break;
      case 34:
        message.options.push(reader.string());
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A mount that has been made. */
export interface ActiveMount {
  /** The instruction it came from. */
  mount?: Mount | undefined;
  /** When it was made. */
  mountedAt?: Timestamp | undefined;
  /** Where it is. */
  mountPoint: string;
  /** What the handler of its type wants to remember. */
  data: Record<string, string>;
}

/** Codec of `containerd.types.ActiveMount`. */
export const ActiveMount: Codec<ActiveMount> = /* @__PURE__ */ codec<ActiveMount>({
  typeName: "containerd.types.ActiveMount",
  create: (init) => ({
    mount: init.mount && Mount.create(init.mount),
    mountedAt: init.mountedAt && Timestamp.create(init.mountedAt),
    mountPoint: init.mountPoint ?? "",
    data: copyMap(init.data),
  }),
  write(message, writer) {
    if (message.mount !== undefined) writeMessage(writer, 10, Mount, message.mount);
    if (message.mountedAt !== undefined) writeMessage(writer, 18, Timestamp, message.mountedAt);
    if (message.mountPoint) writeString(writer, 26, message.mountPoint);
    if (message.data) writeStringMap(writer, 34, message.data);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.mount = readMessage(Mount, reader);
        break;
      case 18:
        message.mountedAt = readMessage(Timestamp, reader);
        break;
      case 26:
        message.mountPoint = reader.string();
        break;
      case 34:
        readStringEntry(reader, message.data);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A set of mounts that was activated under one name. */
export interface ActivationInfo {
  /** The name to deactivate it by. */
  name: string;
  /** What has been mounted already. */
  active: ActiveMount[];
  /** What is left to be mounted, with the plain types of the kernel. */
  system: Mount[];
  /** Labels of the activation. */
  labels: Record<string, string>;
}

/** Codec of `containerd.types.ActivationInfo`. */
export const ActivationInfo: Codec<ActivationInfo> = /* @__PURE__ */ codec<ActivationInfo>({
  typeName: "containerd.types.ActivationInfo",
  create: (init) => ({
    name: init.name ?? "",
    active: createList(ActiveMount, init.active),
    system: createList(Mount, init.system),
    labels: copyMap(init.labels),
  }),
  write(message, writer) {
    if (message.name) writeString(writer, 10, message.name);
    if (message.active) for (const item of message.active) writeMessage(writer, 18, ActiveMount, item);
    if (message.system) for (const item of message.system) writeMessage(writer, 26, Mount, item);
    if (message.labels) writeStringMap(writer, 34, message.labels);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.name = reader.string();
        break;
      case 18:
        message.active.push(readMessage(ActiveMount, reader));
        break;
      case 26:
        message.system.push(readMessage(Mount, reader));
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
