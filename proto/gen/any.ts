// Generated from proto/google/any.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// Any message, labelled with its type.
import type { Codec } from "../codec.ts";
import { NO_BYTES, codec, readBytes, writeString } from "../codec-runtime.ts";

/** A message of a type that only the label tells. hawser writes bare type URLs (`containerd.events.TaskExit`). */
export interface Any {
  /** The full name of the type, optionally after a prefix that ends in a slash. */
  typeUrl: string;
  /** The encoded message; JSON for the OCI types, which are not protobuf messages. */
  value: Uint8Array;
}

/** Codec of `google.protobuf.Any`. */
export const Any: Codec<Any> = /* @__PURE__ */ codec<Any>({
  typeName: "google.protobuf.Any",
  create: (init) => ({
    typeUrl: init.typeUrl ?? "",
    value: init.value ?? NO_BYTES,
  }),
  write(message, writer) {
    if (message.typeUrl) writeString(writer, 10, message.typeUrl);
    if (message.value?.length) writer.uint32(18).bytes(message.value);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.typeUrl = reader.string();
        break;
      case 18:
        message.value = readBytes(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});
