// Generated from proto/runtime-options.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// Options for any runtime: how to find its configuration.
import type { Codec } from "../codec.ts";
import { NO_BYTES, codec, readBytes, writeString } from "../codec-runtime.ts";

/** A configuration, by path or by content. */
export interface Options {
  /** What the configuration is: the type that it should be decoded as. */
  typeUrl: string;
  /** Path of a file with it. */
  configPath: string;
  /** The content itself; containerd 1.6 does not send it. */
  configBody: Uint8Array;
}

/** Codec of `runtimeoptions.v1.Options`. */
export const Options: Codec<Options> = /* @__PURE__ */ codec<Options>({
  typeName: "runtimeoptions.v1.Options",
  create: (init) => ({
    typeUrl: init.typeUrl ?? "",
    configPath: init.configPath ?? "",
    configBody: init.configBody ?? NO_BYTES,
  }),
  write(message, writer) {
    if (message.typeUrl) writeString(writer, 10, message.typeUrl);
    if (message.configPath) writeString(writer, 18, message.configPath);
    if (message.configBody?.length) writer.uint32(26).bytes(message.configBody);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.typeUrl = reader.string();
        break;
      case 18:
        message.configPath = reader.string();
        break;
      case 26:
        message.configBody = readBytes(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});
