// Generated from proto/google/field-mask.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// Which fields of a record an update is about.
import type { Codec } from "../codec.ts";
import { codec, copyList, writeString } from "../codec-runtime.ts";

/** Names fields. An absent or empty mask means all that may be changed. */
export interface FieldMask {
  /** Paths of fields: `target`, `labels`, `labels.a.b` for the one label `a.b`. */
  paths: string[];
}

/** Codec of `google.protobuf.FieldMask`. */
export const FieldMask: Codec<FieldMask> = /* @__PURE__ */ codec<FieldMask>({
  typeName: "google.protobuf.FieldMask",
  create: (init) => ({
    paths: copyList(init.paths),
  }),
  write(message, writer) {
    if (message.paths) for (const item of message.paths) writeString(writer, 10, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.paths.push(reader.string());
        break;
      default:
        return false;
    }
    return true;
  },
});
