// Generated from proto/forward.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// How a shim gives its events to a manager.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, readMessage, writeMessage } from "../codec-runtime.ts";
import { Empty } from "./empty.ts";
import { Envelope } from "./envelope.ts";

/** Hands over an event. */
export interface ForwardRequest {
  /** The event, with its namespace, topic and time. */
  envelope?: Envelope | undefined;
}

/** Codec of `containerd.services.events.ttrpc.v1.ForwardRequest`. */
export const ForwardRequest: Codec<ForwardRequest> = /* @__PURE__ */ codec<ForwardRequest>({
  typeName: "containerd.services.events.ttrpc.v1.ForwardRequest",
  create: (init) => ({
    envelope: init.envelope && Envelope.create(init.envelope),
  }),
  write(message, writer) {
    if (message.envelope !== undefined) writeMessage(writer, 10, Envelope, message.envelope);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.envelope = readMessage(Envelope, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Served by the manager on the socket that it names to its shims. */
export const Events = {
  name: "containerd.services.events.ttrpc.v1.Events",
  methods: {
    /** Takes over one event. The answer means that the manager has it. */
    forward: {
      name: "Forward",
      kind: "unary",
      request: ForwardRequest,
      response: Empty,
    },
  },
} as const satisfies ServiceDefinition;
