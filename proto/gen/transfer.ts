// Generated from proto/transfer.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// Moving data between two ends, each told by its type.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, readMessage, writeMessage, writeString } from "../codec-runtime.ts";
import { Any } from "./any.ts";
import { Empty } from "./empty.ts";

/** Asks for a transfer. */
export interface TransferRequest {
  /** Where from, as one of containerd.types.transfer. */
  source?: Any | undefined;
  /** Where to, as one of containerd.types.transfer. */
  destination?: Any | undefined;
  /** How. */
  options?: TransferOptions | undefined;
}

/** Codec of `containerd.services.transfer.v1.TransferRequest`. */
export const TransferRequest: Codec<TransferRequest> = /* @__PURE__ */ codec<TransferRequest>({
  typeName: "containerd.services.transfer.v1.TransferRequest",
  create: (init) => ({
    source: init.source && Any.create(init.source),
    destination: init.destination && Any.create(init.destination),
    options: init.options && TransferOptions.create(init.options),
  }),
  write(message, writer) {
    if (message.source !== undefined) writeMessage(writer, 10, Any, message.source);
    if (message.destination !== undefined) writeMessage(writer, 18, Any, message.destination);
    if (message.options !== undefined) writeMessage(writer, 26, TransferOptions, message.options);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.source = readMessage(Any, reader);
        break;
      case 18:
        message.destination = readMessage(Any, reader);
        break;
      case 26:
        message.options = readMessage(TransferOptions, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** How to transfer. */
export interface TransferOptions {
  /** Id of a stream that gets Progress messages; empty for no progress. */
  progressStream: string;
}

/** Codec of `containerd.services.transfer.v1.TransferOptions`. */
export const TransferOptions: Codec<TransferOptions> = /* @__PURE__ */ codec<TransferOptions>({
  typeName: "containerd.services.transfer.v1.TransferOptions",
  create: (init) => ({
    progressStream: init.progressStream ?? "",
  }),
  write(message, writer) {
    if (message.progressStream) writeString(writer, 10, message.progressStream);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.progressStream = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Served by shims for files of containers, and by managers for images. */
export const Transfer = {
  name: "containerd.services.transfer.v1.Transfer",
  methods: {
    /** Moves everything and answers when it is done. */
    transfer: {
      name: "Transfer",
      kind: "unary",
      request: TransferRequest,
      response: Empty,
    },
  },
} as const satisfies ServiceDefinition;
