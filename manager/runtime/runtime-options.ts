// Options of a runtime as they come from clients: which types are taken, and what of them the manager itself heeds. All
// others would reach a shim that cannot read them, and Go's does not survive some.
import { is, typeNameOf } from "../../proto/any.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import type { Any } from "../../proto/gen/any.ts";
import { CheckpointOptions, Options as RuncOptions } from "../../proto/gen/runc-options.ts";
import { Options as GenericOptions } from "../../proto/gen/runtime-options.ts";

/** Options of a task: the request's, or else the container's; undefined for none. Throws InvalidArgument. */
export function chooseOptions(ofTask: Any | undefined, ofContainer: Any | undefined): Any | undefined {
  const chosen = [ofTask, ofContainer].find((options) => options !== undefined && options.typeUrl !== "");
  if (chosen === undefined || is(chosen, GenericOptions)) return chosen;
  if (!is(chosen, RuncOptions)) {
    const expected = `"${RuncOptions.typeName}" or "${GenericOptions.typeName}"`;
    const message = `options of the runtime are "${typeNameOf(chosen)}", expected ${expected}`;
    throw new HawserError(Code.InvalidArgument, message);
  }
  decode(chosen, RuncOptions);
  return chosen;
}

/** The directory of the criu image that options name to restore from; empty when they name none. */
export function restoreDirOf(options: Any | undefined): string {
  return options !== undefined && is(options, RuncOptions) ? decode(options, RuncOptions).criuImagePath : "";
}

/** The directory that options name to checkpoint to; empty when they name none. Throws InvalidArgument. */
export function checkpointDirOf(options: Any | undefined): string {
  if (options === undefined || options.typeUrl === "") return "";
  if (is(options, CheckpointOptions)) return decode(options, CheckpointOptions).imagePath;
  const message = `options of the checkpoint are "${typeNameOf(options)}", expected "${CheckpointOptions.typeName}"`;
  throw new HawserError(Code.InvalidArgument, message);
}

function decode<T>({ value }: Any, codec: { readonly typeName: string; decode(bytes: Uint8Array): T }): T {
  try {
    return codec.decode(value);
  } catch (cause) {
    throw new HawserError(Code.InvalidArgument, `read options of type "${codec.typeName}"`, { cause });
  }
}
