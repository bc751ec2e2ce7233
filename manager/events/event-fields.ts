// What filters of events can ask about: `topic`, `namespace`, and below `event` the fields of the event itself, under the
// names of its .proto file: `event.container_id`, `event.io.stdout`, `event.labels.key`. As in containerd: only what is
// text can be compared, an empty text is not present, and an event of an unknown type has no fields.
// Pure. An event is taken apart once, however many filters look at it.
import { typeNameOf } from "../../proto/any.ts";
import type { Codec } from "../../proto/codec.ts";
import type { Envelope } from "../../proto/gen/envelope.ts";
import * as events from "../../proto/gen/events.ts";
import * as imageEvents from "../../proto/gen/image-events.ts";

/** The value of a field, as filters want it. */
export interface FieldValue {
  readonly value: string;
  readonly present: boolean;
}

const ABSENT: FieldValue = { value: "", present: false };

const CODECS: ReadonlyMap<string, Codec<unknown>> = new Map(
  [...Object.values(events), ...Object.values(imageEvents)]
    .filter((codec): codec is Codec<never> => "typeName" in codec)
    .map((codec) => [codec.typeName, codec as Codec<unknown>]),
);

/** Looks fields of this envelope up. */
export function fieldsOf(envelope: Envelope): (path: readonly string[]) => FieldValue {
  let decoded: unknown;
  return (path) => {
    const [first = "", ...rest] = path;
    if (first === "topic" && rest.length === 0) return textOf(envelope.topic);
    if (first === "namespace" && rest.length === 0) return textOf(envelope.namespace);
    if (first !== "event") return ABSENT;
    decoded ??= decode(envelope);
    return lookUp(decoded, rest);
  };
}

function decode({ event }: Envelope): unknown {
  const codec = event === undefined ? undefined : CODECS.get(typeNameOf(event));
  if (event === undefined || codec === undefined) return {};
  try {
    return codec.decode(event.value);
  } catch {
    // A stranger's bytes: it has no fields then.
    return {};
  }
}

function lookUp(start: unknown, path: readonly string[]): FieldValue {
  let at = start;
  for (const [index, name] of path.entries()) {
    if (typeof at !== "object" || at === null) return ABSENT;
    const object = at as Readonly<Record<string, unknown>>;
    const key = Object.hasOwn(object, name) ? name : camelCase(name);
    // The key of a label has dots of its own, and need not be quoted.
    const rest = path.slice(index).join(".");
    if (Object.hasOwn(object, key)) at = object[key];
    else return Object.hasOwn(object, rest) ? textOf(object[rest]) : ABSENT;
  }
  return textOf(at);
}

function textOf(value: unknown): FieldValue {
  return typeof value === "string" ? { value, present: value !== "" } : ABSENT;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
