// Generated from proto/envelope.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// An event on its way.
import type { Codec } from "../codec.ts";
import { codec, readMessage, writeMessage, writeString } from "../codec-runtime.ts";
import { Any } from "./any.ts";
import { Timestamp } from "./timestamp.ts";

/** An event with when, where and what about. containerd 1.6 has it in another package, with the same fields. */
export interface Envelope {
  /** When it was published; never absent. */
  timestamp?: Timestamp | undefined;
  /** The namespace it happened in. */
  namespace: string;
  /** What it is about: `/tasks/exit`. */
  topic: string;
  /** The event. */
  event?: Any | undefined;
}

/** Codec of `containerd.types.Envelope`. */
export const Envelope: Codec<Envelope> = /* @__PURE__ */ codec<Envelope>({
  typeName: "containerd.types.Envelope",
  create: (init) => ({
    timestamp: init.timestamp && Timestamp.create(init.timestamp),
    namespace: init.namespace ?? "",
    topic: init.topic ?? "",
    event: init.event && Any.create(init.event),
  }),
  write(message, writer) {
    if (message.timestamp !== undefined) writeMessage(writer, 10, Timestamp, message.timestamp);
    if (message.namespace) writeString(writer, 18, message.namespace);
    if (message.topic) writeString(writer, 26, message.topic);
    if (message.event !== undefined) writeMessage(writer, 34, Any, message.event);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.timestamp = readMessage(Timestamp, reader);
        break;
      case 18:
        message.namespace = reader.string();
        break;
      case 26:
        message.topic = reader.string();
        break;
      case 34:
        message.event = readMessage(Any, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});
