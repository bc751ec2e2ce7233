// Generated from proto/google/empty.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// The answer that says nothing but "done".
import type { Codec } from "../codec.ts";
import { codec } from "../codec-runtime.ts";

/** A message without fields. */
export interface Empty {}

/** Codec of `google.protobuf.Empty`. */
export const Empty: Codec<Empty> = /* @__PURE__ */ codec<Empty>({
  typeName: "google.protobuf.Empty",
  create: () => ({}),
  write: () => {},
  field: () => false,
});
