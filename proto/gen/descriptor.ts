// Generated from proto/descriptor.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// Content, described.
import type { Codec } from "../codec.ts";
import { codec, copyMap, halves, readInt64, readStringEntry, writeString, writeStringMap } from "../codec-runtime.ts";

/** Names a blob by its digest and says what it is. */
export interface Descriptor {
  /** Media type of the blob. */
  mediaType: string;
  /** Its digest: `sha256:…`. */
  digest: string;
  /** Its size in bytes. */
  size: bigint;
  /** Notes on it. */
  annotations: Record<string, string>;
}

/** Codec of `containerd.types.Descriptor`. */
export const Descriptor: Codec<Descriptor> = /* @__PURE__ */ codec<Descriptor>({
  typeName: "containerd.types.Descriptor",
  create: (init) => ({
    mediaType: init.mediaType ?? "",
    digest: init.digest ?? "",
    size: init.size ?? 0n,
    annotations: copyMap(init.annotations),
  }),
  write(message, writer) {
    if (message.mediaType) writeString(writer, 10, message.mediaType);
    if (message.digest) writeString(writer, 18, message.digest);
    if (message.size) writer.uint32(24).int64(halves(message.size));
    if (message.annotations) writeStringMap(writer, 42, message.annotations);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.mediaType = reader.string();
        break;
      case 18:
        message.digest = reader.string();
        break;
      case 24:
        message.size = readInt64(reader);
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
