// Messages whose type only a label tells: packing, unpacking and asking what is inside.
// Always true: what we pack has the bare full name as its type URL, because containerd up to 1.7 looks names up as
// they are; what we unpack may have anything before the last slash.
// OCI types are JSON behind a URL of their own. What the JSON means is not known here.
import type { Codec, Init } from "./codec.ts";
import { Code, HawserError, messageOf } from "./errors.ts";
import type { Any } from "./gen/any.ts";

/** What stands before the names of the OCI types; their values are JSON. */
export const OCI_TYPE_PREFIX = "types.containerd.io/opencontainers/runtime-spec/1/";

/** The OCI types that travel in an Any: a container, a process, limits, and what a runtime can do. */
export type OciTypeName = "Spec" | "Process" | "LinuxResources" | "features/Features";

/** The full name of the type inside: what follows the last slash of the type URL. */
export function typeNameOf(any: Pick<Any, "typeUrl">): string {
  return any.typeUrl.slice(any.typeUrl.lastIndexOf("/") + 1);
}

/** Packs a message under its bare full name. */
export function pack<T>(codec: Codec<T>, message: NoInfer<Init<T>>): Any {
  return { typeUrl: codec.typeName, value: codec.encode(message) };
}

/** Whether a message of this type is inside. An absent Any holds nothing. */
export function is<T>(any: Pick<Any, "typeUrl"> | undefined, codec: Codec<T>): boolean {
  return any !== undefined && typeNameOf(any) === codec.typeName;
}

/**
 * The message inside. Its `bytes` are views of `any.value`.
 * Throws InvalidArgument when another type is inside, or when the bytes are not a message of this one.
 */
export function unpack<T>(any: Any, codec: Codec<T>): T {
  if (!is(any, codec)) {
    throw new HawserError(Code.InvalidArgument, `unpack "${codec.typeName}": the type is "${any.typeUrl}"`);
  }
  try {
    return codec.decode(any.value);
  } catch (caught) {
    throw new HawserError(Code.InvalidArgument, `unpack "${codec.typeName}": ${messageOf(caught)}`, {
      cause: caught,
    });
  }
}

/** Packs an OCI type as JSON. `value` must be something that JSON can say. */
export function packJson(name: OciTypeName, value: unknown): Any {
  return { typeUrl: OCI_TYPE_PREFIX + name, value: new TextEncoder().encode(JSON.stringify(value)) };
}

/**
 * The JSON inside, whatever the type URL says: clients have written different ones for the same types, and Go's
 * shim does not look either. What comes back is not checked beyond being JSON.
 * Throws InvalidArgument when the value is not JSON in UTF-8.
 */
export function unpackJson(any: Any): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(any.value));
  } catch (caught) {
    throw new HawserError(Code.InvalidArgument, `read JSON of "${any.typeUrl}": ${messageOf(caught)}`, {
      cause: caught,
    });
  }
}
