// Generated from proto/metric.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// Counters of a container or sandbox at one moment.
import type { Codec } from "../codec.ts";
import { codec, readMessage, writeMessage, writeString } from "../codec-runtime.ts";
import { Any } from "./any.ts";
import { Timestamp } from "./timestamp.ts";

/** One reading of all counters. */
export interface Metric {
  /** When they were read. */
  timestamp?: Timestamp | undefined;
  /** The container or sandbox they belong to. */
  id: string;
  /** The counters: io.containerd.cgroups.v1.Metrics or io.containerd.cgroups.v2.Metrics. */
  data?: Any | undefined;
}

/** Codec of `containerd.types.Metric`. */
export const Metric: Codec<Metric> = /* @__PURE__ */ codec<Metric>({
  typeName: "containerd.types.Metric",
  create: (init) => ({
    timestamp: init.timestamp && Timestamp.create(init.timestamp),
    id: init.id ?? "",
    data: init.data && Any.create(init.data),
  }),
  write(message, writer) {
    if (message.timestamp !== undefined) writeMessage(writer, 10, Timestamp, message.timestamp);
    if (message.id) writeString(writer, 18, message.id);
    if (message.data !== undefined) writeMessage(writer, 26, Any, message.data);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.timestamp = readMessage(Timestamp, reader);
        break;
      case 18:
        message.id = reader.string();
        break;
      case 26:
        message.data = readMessage(Any, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});
