// Generated from proto/hawser/shims.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// The shims of a manager, and how they are.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, createList, readMessage, writeMessage, writeString } from "../codec-runtime.ts";
import { Timestamp } from "./timestamp.ts";

/** How a shim is, as far as the manager knows. */
export const ShimHealth = {
  /** Nothing has been heard of it yet. */
  SHIM_HEALTH_UNKNOWN: 0,
  /** It answers. */
  SHIM_HEALTH_OK: 1,
  /** It is there and has not answered in time. */
  SHIM_HEALTH_UNRESPONSIVE: 2,
  /** The manager is about to connect to it. */
  SHIM_HEALTH_CONNECTING: 3,
} as const;

/** A known value of ShimHealth. Fields are numbers: a peer may know more of them. */
export type ShimHealth = (typeof ShimHealth)[keyof typeof ShimHealth];

/** Asks for shims. */
export interface ListShimsRequest {
  /** Id of the one to tell of; empty is all. */
  id: string;
}

/** Codec of `hawser.v1.ListShimsRequest`. */
export const ListShimsRequest: Codec<ListShimsRequest> = /* @__PURE__ */ codec<ListShimsRequest>({
  typeName: "hawser.v1.ListShimsRequest",
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

/** The shims. */
export interface ListShimsResponse {
  /** Sorted by namespace and id. */
  shims: Shim[];
}

/** Codec of `hawser.v1.ListShimsResponse`. */
export const ListShimsResponse: Codec<ListShimsResponse> = /* @__PURE__ */ codec<ListShimsResponse>({
  typeName: "hawser.v1.ListShimsResponse",
  create: (init) => ({
    shims: createList(Shim, init.shims),
  }),
  write(message, writer) {
    if (message.shims) for (const item of message.shims) writeMessage(writer, 10, Shim, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.shims.push(readMessage(Shim, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A shim. */
export interface Shim {
  /** The namespace. */
  namespace: string;
  /** The container or sandbox that it was started for. */
  id: string;
  /** Name of the runtime. */
  runtime: string;
  /** Its process id; 0 when it has not told it. */
  pid: number;
  /** Where its task service listens. */
  address: string;
  /** Its version; empty when it has not told it, as Go's shims do not. */
  version: string;
  /** How it is. */
  health: ShimHealth | number;
  /** Since when it is so. */
  since?: Timestamp | undefined;
  /** How many calls to it have not been answered. */
  inFlight: number;
}

/** Codec of `hawser.v1.Shim`. */
export const Shim: Codec<Shim> = /* @__PURE__ */ codec<Shim>({
  typeName: "hawser.v1.Shim",
  create: (init) => ({
    namespace: init.namespace ?? "",
    id: init.id ?? "",
    runtime: init.runtime ?? "",
    pid: init.pid ?? 0,
    address: init.address ?? "",
    version: init.version ?? "",
    health: init.health ?? 0,
    since: init.since && Timestamp.create(init.since),
    inFlight: init.inFlight ?? 0,
  }),
  write(message, writer) {
    if (message.namespace) writeString(writer, 10, message.namespace);
    if (message.id) writeString(writer, 18, message.id);
    if (message.runtime) writeString(writer, 26, message.runtime);
    if (message.pid) writer.uint32(32).uint32(message.pid);
    if (message.address) writeString(writer, 42, message.address);
    if (message.version) writeString(writer, 50, message.version);
    if (message.health) writer.uint32(56).int32(message.health);
    if (message.since !== undefined) writeMessage(writer, 66, Timestamp, message.since);
    if (message.inFlight) writer.uint32(72).uint32(message.inFlight);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.namespace = reader.string();
        break;
      case 18:
        message.id = reader.string();
        break;
      case 26:
        message.runtime = reader.string();
        break;
      case 32:
        message.pid = reader.uint32();
        break;
      case 42:
        message.address = reader.string();
        break;
      case 50:
        message.version = reader.string();
        break;
      case 56:
        message.health = reader.int32();
        break;
      case 66:
        message.since = readMessage(Timestamp, reader);
        break;
      case 72:
        message.inFlight = reader.uint32();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Answers from the manager's own record: a shim that does not answer delays nobody. */
export const Shims = {
  name: "hawser.v1.Shims",
  methods: {
    /** All shims of the caller's namespace, or of all namespaces when the call has none. */
    list: {
      name: "List",
      kind: "unary",
      request: ListShimsRequest,
      response: ListShimsResponse,
    },
  },
} as const satisfies ServiceDefinition;
