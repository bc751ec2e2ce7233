// Generated from proto/streaming.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// Streams beside the calls that use them: opened first, named, and then referred to.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, writeString } from "../codec-runtime.ts";
import { Any } from "./any.ts";

/** The first message on a stream. */
export interface StreamInit {
  /** The id that later calls name the stream by; made up by the client. */
  id: string;
}

/** Codec of `containerd.services.streaming.v1.StreamInit`. */
export const StreamInit: Codec<StreamInit> = /* @__PURE__ */ codec<StreamInit>({
  typeName: "containerd.services.streaming.v1.StreamInit",
  create: (init) => ({
    id: init.id ?? "",
  }),
  write(message, writer) {
    if (message.id) writeString(writer, 10, message.id);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.id = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Streams of messages in both directions. */
export const Streaming = {
  name: "containerd.services.streaming.v1.Streaming",
  methods: {
    /**
     * Opens a stream: the client sends StreamInit, the server answers with an Empty, then both send what the stream's
     * user agreed on.
     */
    stream: {
      name: "Stream",
      kind: "bidirectional",
      request: Any,
      response: Any,
    },
  },
} as const satisfies ServiceDefinition;
