// Generated from proto/google/timestamp.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// Points in time.
import type { Codec } from "../codec.ts";
import { codec, halves, readInt64 } from "../codec-runtime.ts";

/** A point in time, counted from the Unix epoch in UTC. Go's zero time is -62135596800 seconds. */
export interface Timestamp {
  /** Whole seconds since the epoch, negative before it. */
  seconds: bigint;
  /** Nanoseconds after `seconds`, 0 to 999999999, also before the epoch. */
  nanos: number;
}

/** Codec of `google.protobuf.Timestamp`. */
export const Timestamp: Codec<Timestamp> = /* @__PURE__ */ codec<Timestamp>({
  typeName: "google.protobuf.Timestamp",
  create: (init) => ({
    seconds: init.seconds ?? 0n,
    nanos: init.nanos ?? 0,
  }),
  write(message, writer) {
    if (message.seconds) writer.uint32(8).int64(halves(message.seconds));
    if (message.nanos) writer.uint32(16).int32(message.nanos);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.seconds = readInt64(reader);
        break;
      case 16:
        message.nanos = reader.int32();
        break;
      default:
        return false;
    }
    return true;
  },
});
