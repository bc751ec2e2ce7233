// Generated from proto/api/version.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// What is it that answers.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, writeString } from "../codec-runtime.ts";
import { Empty } from "./empty.ts";

/** A version and the source it was built from. */
export interface VersionResponse {
  /** The version. */
  version: string;
  /** The revision of the source; empty when it is not known. */
  revision: string;
}

/** Codec of `containerd.services.version.v1.VersionResponse`. */
export const VersionResponse: Codec<VersionResponse> = /* @__PURE__ */ codec<VersionResponse>({
  typeName: "containerd.services.version.v1.VersionResponse",
  create: (init) => ({
    version: init.version ?? "",
    revision: init.revision ?? "",
  }),
  write(message, writer) {
    if (message.version) writeString(writer, 10, message.version);
    if (message.revision) writeString(writer, 18, message.revision);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.version = reader.string();
        break;
      case 18:
        message.revision = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The first thing that a client asks. */
export const Version = {
  name: "containerd.services.version.v1.Version",
  methods: {
    /** The version of the daemon. Needs no namespace. */
    version: {
      name: "Version",
      kind: "unary",
      request: Empty,
      response: VersionResponse,
    },
  },
} as const satisfies ServiceDefinition;
