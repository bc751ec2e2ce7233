// Generated from proto/runtime.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// What a runtime says of itself when it is asked with `-info`.
import type { Codec } from "../codec.ts";
import { codec, copyMap, readMessage, readStringEntry, writeMessage, writeString, writeStringMap } from "../codec-runtime.ts";
import { Any } from "./any.ts";

/** Asks for information on a runtime. */
export interface RuntimeRequest {
  /** Name or path of the runtime. */
  runtimePath: string;
  /** The options it would be run with. */
  options?: Any | undefined;
}

/** Codec of `containerd.types.RuntimeRequest`. */
export const RuntimeRequest: Codec<RuntimeRequest> = /* @__PURE__ */ codec<RuntimeRequest>({
  typeName: "containerd.types.RuntimeRequest",
  create: (init) => ({
    runtimePath: init.runtimePath ?? "",
    options: init.options && Any.create(init.options),
  }),
  write(message, writer) {
    if (message.runtimePath) writeString(writer, 10, message.runtimePath);
    if (message.options !== undefined) writeMessage(writer, 18, Any, message.options);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.runtimePath = reader.string();
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

/** A runtime and what it can do. */
export interface RuntimeInfo {
  /** Its name: `io.containerd.hawser.v2`. */
  name: string;
  /** Its version. */
  version?: RuntimeVersion | undefined;
  /** The options it was asked with. */
  options?: Any | undefined;
  /** OCI features as JSON: what `<runtime> features` prints. Absent when it cannot tell. */
  features?: Any | undefined;
  /** Announcements, such as the mount types it handles itself. */
  annotations: Record<string, string>;
}

/** Codec of `containerd.types.RuntimeInfo`. */
export const RuntimeInfo: Codec<RuntimeInfo> = /* @__PURE__ */ codec<RuntimeInfo>({
  typeName: "containerd.types.RuntimeInfo",
  create: (init) => ({
    name: init.name ?? "",
    version: init.version && RuntimeVersion.create(init.version),
    options: init.options && Any.create(init.options),
    features: init.features && Any.create(init.features),
    annotations: copyMap(init.annotations),
  }),
  write(message, writer) {
    if (message.name) writeString(writer, 10, message.name);
    if (message.version !== undefined) writeMessage(writer, 18, RuntimeVersion, message.version);
    if (message.options !== undefined) writeMessage(writer, 26, Any, message.options);
    if (message.features !== undefined) writeMessage(writer, 34, Any, message.features);
    if (message.annotations) writeStringMap(writer, 42, message.annotations);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.name = reader.string();
        break;
      case 18:
        message.version = readMessage(RuntimeVersion, reader);
        break;
      case 26:
        message.options = readMessage(Any, reader);
        break;
      case 34:
        message.features = readMessage(Any, reader);
        break;
      case 42:
        readStringEntry(reader, message.annotations);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A version and the source it was built from. */
export interface RuntimeVersion {
  /** The version. */
  version: string;
  /** The revision of the source. */
  revision: string;
}

/** Codec of `containerd.types.RuntimeVersion`. */
export const RuntimeVersion: Codec<RuntimeVersion> = /* @__PURE__ */ codec<RuntimeVersion>({
  typeName: "containerd.types.RuntimeVersion",
  create: (init) => ({
    version: init.version ?? "",
    revision: init.revision ?? "",
  }),
  write(message, writer) {
    if (message.version) writeString(writer, 10, message.version);
    if (message.revision) writeString(writer, 18, message.revision);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.version = reader.string();
        break;
      case 18:
        message.revision = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});
