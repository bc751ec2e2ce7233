// Generated from proto/platform.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// What a machine runs, in the words of Go.
import type { Codec } from "../codec.ts";
import { codec, copyList, writeString } from "../codec-runtime.ts";

/** An operating system on a processor. */
export interface Platform {
  /** `linux`. */
  os: string;
  /** `amd64`, `arm64`. */
  architecture: string;
  /** A kind of the architecture: `v8`. Mostly empty. */
  variant: string;
  /** Version of the operating system; newer peers only. */
  osVersion: string;
  /** What the operating system must have; newer peers only. */
  osFeatures: string[];
}

/** Codec of `containerd.types.Platform`. */
export const Platform: Codec<Platform> = /* @__PURE__ */ codec<Platform>({
  typeName: "containerd.types.Platform",
  create: (init) => ({
    os: init.os ?? "",
    architecture: init.architecture ?? "",
    variant: init.variant ?? "",
    osVersion: init.osVersion ?? "",
    osFeatures: copyList(init.osFeatures),
  }),
  write(message, writer) {
    if (message.os) writeString(writer, 10, message.os);
    if (message.architecture) writeString(writer, 18, message.architecture);
    if (message.variant) writeString(writer, 26, message.variant);
    if (message.osVersion) writeString(writer, 34, message.osVersion);
    if (message.osFeatures) for (const item of message.osFeatures) writeString(writer, 42, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.os = reader.string();
        break;
      case 18:
        message.architecture = reader.string();
        break;
      case 26:
        message.variant = reader.string();
        break;
      case 34:
        message.osVersion = reader.string();
        break;
      case 42:
        message.osFeatures.push(reader.string());
        break;
      default:
        return false;
    }
    return true;
  },
});
