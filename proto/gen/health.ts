// Generated from proto/api/health.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// Whether a server serves, as all of gRPC asks it.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, writeString } from "../codec-runtime.ts";

/** Whether a service serves. */
export const HealthCheckResponseServingStatus = {
  /** Not known. */
  UNKNOWN: 0,
  /** It does. */
  SERVING: 1,
  /** It does not. */
  NOT_SERVING: 2,
  /** There is no such service; from Watch only. */
  SERVICE_UNKNOWN: 3,
} as const;

/** A known value of HealthCheckResponseServingStatus. Fields are numbers: a peer may know more of them. */
export type HealthCheckResponseServingStatus = (typeof HealthCheckResponseServingStatus)[keyof typeof HealthCheckResponseServingStatus];

/** Asks about a service. */
export interface HealthCheckRequest {
  /** Its full name; empty is the server as a whole. */
  service: string;
}

/** Codec of `grpc.health.v1.HealthCheckRequest`. */
export const HealthCheckRequest: Codec<HealthCheckRequest> = /* @__PURE__ */ codec<HealthCheckRequest>({
  typeName: "grpc.health.v1.HealthCheckRequest",
  create: (init) => ({
    service: init.service ?? "",
  }),
  write(message, writer) {
    if (message.service) writeString(writer, 10, message.service);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.service = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The answer. */
export interface HealthCheckResponse {
  /** Whether it serves. */
  status: HealthCheckResponseServingStatus | number;
}

/** Codec of `grpc.health.v1.HealthCheckResponse`. */
export const HealthCheckResponse: Codec<HealthCheckResponse> = /* @__PURE__ */ codec<HealthCheckResponse>({
  typeName: "grpc.health.v1.HealthCheckResponse",
  create: (init) => ({
    status: init.status ?? 0,
  }),
  write(message, writer) {
    if (message.status) writer.uint32(8).int32(message.status);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.status = reader.int32();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Needs no namespace. */
export const Health = {
  name: "grpc.health.v1.Health",
  methods: {
    /** Whether it serves now; NotFound for a service it does not have. */
    check: {
      name: "Check",
      kind: "unary",
      request: HealthCheckRequest,
      response: HealthCheckResponse,
    },
    /** Whether it serves, now and at each change. */
    watch: {
      name: "Watch",
      kind: "server-streaming",
      request: HealthCheckRequest,
      response: HealthCheckResponse,
    },
  },
} as const satisfies ServiceDefinition;
