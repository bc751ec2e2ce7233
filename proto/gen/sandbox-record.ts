// Generated from proto/sandbox-record.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// A sandbox as a manager keeps it.
import type { Codec } from "../codec.ts";
import { codec, copyMap, createMap, readMessage, readMessageEntry, readStringEntry, writeMessage, writeMessageMap, writeString, writeStringMap } from "../codec-runtime.ts";
import { Any } from "./any.ts";
import { Timestamp } from "./timestamp.ts";

/** The runtime of a sandbox. */
export interface SandboxRuntime {
  /** Its name. */
  name: string;
  /** Its options. */
  options?: Any | undefined;
}

/** Codec of `containerd.types.Sandbox.Runtime`. */
export const SandboxRuntime: Codec<SandboxRuntime> = /* @__PURE__ */ codec<SandboxRuntime>({
  typeName: "containerd.types.Sandbox.Runtime",
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

/** The record of a sandbox; whether it runs is asked elsewhere. */
export interface Sandbox {
  /** Id of the sandbox. */
  sandboxId: string;
  /** What runs it. */
  runtime?: SandboxRuntime | undefined;
  /** What config.json in its bundle says; may be next to nothing. */
  spec?: Any | undefined;
  /** Labels, for its owner. */
  labels: Record<string, string>;
  /** When the record was made. */
  createdAt?: Timestamp | undefined;
  /** When it was last changed. */
  updatedAt?: Timestamp | undefined;
  /** More about it, labelled with names and types. */
  extensions: Record<string, Any>;
  /** The controller that looks after it. */
  sandboxer: string;
}

/** Codec of `containerd.types.Sandbox`. */
export const Sandbox: Codec<Sandbox> = /* @__PURE__ */ codec<Sandbox>({
  typeName: "containerd.types.Sandbox",
  create: (init) => ({
    sandboxId: init.sandboxId ?? "",
    runtime: init.runtime && SandboxRuntime.create(init.runtime),
    spec: init.spec && Any.create(init.spec),
    labels: copyMap(init.labels),
    createdAt: init.createdAt && Timestamp.create(init.createdAt),
    updatedAt: init.updatedAt && Timestamp.create(init.updatedAt),
    extensions: createMap(Any, init.extensions),
    sandboxer: init.sandboxer ?? "",
  }),
  write(message, writer) {
    if (message.sandboxId) writeString(writer, 10, message.sandboxId);
    if (message.runtime !== undefined) writeMessage(writer, 18, SandboxRuntime, message.runtime);
    if (message.spec !== undefined) writeMessage(writer, 26, Any, message.spec);
    if (message.labels) writeStringMap(writer, 34, message.labels);
    if (message.createdAt !== undefined) writeMessage(writer, 42, Timestamp, message.createdAt);
    if (message.updatedAt !== undefined) writeMessage(writer, 50, Timestamp, message.updatedAt);
    if (message.extensions) writeMessageMap(writer, 58, Any, message.extensions);
    if (message.sandboxer) writeString(writer, 82, message.sandboxer);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.sandboxId = reader.string();
        break;
      case 18:
        message.runtime = readMessage(SandboxRuntime, reader);
        break;
      case 26:
        message.spec = readMessage(Any, reader);
        break;
      case 34:
        readStringEntry(reader, message.labels);
        break;
      case 42:
        message.createdAt = readMessage(Timestamp, reader);
        break;
      case 50:
        message.updatedAt = readMessage(Timestamp, reader);
        break;
      case 58:
        readMessageEntry(Any, reader, message.extensions);
        break;
      case 82:
        message.sandboxer = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});
