// Generated from proto/api/events-service.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// Events of a daemon, for its clients.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, copyList, readMessage, writeMessage, writeString } from "../codec-runtime.ts";
import { Any } from "./any.ts";
import { Empty } from "./empty.ts";
import { Envelope } from "./envelope.ts";

/** Asks to publish an event. */
export interface PublishRequest {
  /** What it is about: `/tasks/exit`. */
  topic: string;
  /** The event. */
  event?: Any | undefined;
}

/** Codec of `containerd.services.events.v1.PublishRequest`. */
export const PublishRequest: Codec<PublishRequest> = /* @__PURE__ */ codec<PublishRequest>({
  typeName: "containerd.services.events.v1.PublishRequest",
  create: (init) => ({
    topic: init.topic ?? "",
    event: init.event && Any.create(init.event),
  }),
  write(message, writer) {
    if (message.topic) writeString(writer, 10, message.topic);
    if (message.event !== undefined) writeMessage(writer, 18, Any, message.event);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.topic = reader.string();
        break;
      case 18:
        message.event = readMessage(Any, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Hands over an event. */
export interface ForwardRequest {
  /** The event, with its namespace, topic and time. */
  envelope?: Envelope | undefined;
}

/** Codec of `containerd.services.events.v1.ForwardRequest`. */
export const ForwardRequest: Codec<ForwardRequest> = /* @__PURE__ */ codec<ForwardRequest>({
  typeName: "containerd.services.events.v1.ForwardRequest",
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

/** Asks for events. */
export interface SubscribeRequest {
  /** Filters over `namespace`, `topic` and `event.…`, of which one must match; none is all. */
  filters: string[];
}

/** Codec of `containerd.services.events.v1.SubscribeRequest`. */
export const SubscribeRequest: Codec<SubscribeRequest> = /* @__PURE__ */ codec<SubscribeRequest>({
  typeName: "containerd.services.events.v1.SubscribeRequest",
  create: (init) => ({
    filters: copyList(init.filters),
  }),
  write(message, writer) {
    if (message.filters) for (const item of message.filters) writeString(writer, 10, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.filters.push(reader.string());
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Every client may read all events and add its own. */
export const Events = {
  name: "containerd.services.events.v1.Events",
  methods: {
    /** Publishes an event in the caller's namespace, with the time of now. */
    publish: {
      name: "Publish",
      kind: "unary",
      request: PublishRequest,
      response: Empty,
    },
    /** Passes on an event that has happened elsewhere. */
    forward: {
      name: "Forward",
      kind: "unary",
      request: ForwardRequest,
      response: Empty,
    },
    /** Events from now on, of all namespaces. */
    subscribe: {
      name: "Subscribe",
      kind: "server-streaming",
      request: SubscribeRequest,
      response: Envelope,
    },
  },
} as const satisfies ServiceDefinition;
