// Generated from proto/google/status.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// How a call ended, as gRPC and ttrpc write it.
import type { Codec } from "../codec.ts";
import { codec, createList, readMessage, writeMessage, writeString } from "../codec-runtime.ts";
import { Any } from "./any.ts";

/** The outcome of a call. Absent, or with code 0, it means success. */
export interface Status {
  /** A gRPC status code; 0 is OK. */
  code: number;
  /** A sentence for a person. */
  message: string;
  /** Messages for the caller's program. */
  details: Any[];
}

/** Codec of `google.rpc.Status`. */
export const Status: Codec<Status> = /* @__PURE__ */ codec<Status>({
  typeName: "google.rpc.Status",
  create: (init) => ({
    code: init.code ?? 0,
    message: init.message ?? "",
    details: createList(Any, init.details),
  }),
  write(message, writer) {
    if (message.code) writer.uint32(8).int32(message.code);
    if (message.message) writeString(writer, 18, message.message);
    if (message.details) for (const item of message.details) writeMessage(writer, 26, Any, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.code = reader.int32();
        break;
      case 18:
        message.message = reader.string();
        break;
      case 26:
        message.details.push(readMessage(Any, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});
