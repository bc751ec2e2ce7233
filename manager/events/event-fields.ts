// What filters of events can ask about: `topic`, `namespace`, and below `event` the fields of the event itself, under the
// names of its .proto file: `event.container_id`, `event.io.stdout`, `event.labels.key`. As in containerd: only what is
// text can be compared, an empty text is not present, and an event of an unknown type has no fields. Where containers can be
// looked up, `container` is the one that the event is about: `container.id`, `.name`, `.image`, `.labels.KEY`, and `.exec_id`
// when it is about an exec of it.
// Pure. An event is taken apart once, however many filters look at it.
import { typeNameOf } from "../../proto/any.ts";
import type { Codec } from "../../proto/codec.ts";
import type { Envelope } from "../../proto/gen/envelope.ts";
import * as events from "../../proto/gen/events.ts";
import * as imageEvents from "../../proto/gen/image-events.ts";
import { NAME_LABEL } from "../labels.ts";

/** The value of a field, as filters want it. */
export interface FieldValue {
  readonly value: string;
  readonly present: boolean;
}

/** What is asked about a container. */
export interface ContainerFacts {
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Finds a container; undefined for one that nobody remembers. */
export type ContainerLookup = (namespace: string, id: string) => ContainerFacts | undefined;

const ABSENT: FieldValue = { value: "", present: false };

const CODECS: ReadonlyMap<string, Codec<unknown>> = new Map(
  [...Object.values(events), ...Object.values(imageEvents)]
    .filter((codec): codec is Codec<never> => "typeName" in codec)
    .map((codec) => [codec.typeName, codec as Codec<unknown>]),
);

/** Looks fields of this envelope up; those of its container where there is a lookup for it. */
export function fieldsOf(
  envelope: Envelope,
  containers?: ContainerLookup,
): (path: readonly string[]) => FieldValue {
  let decoded: unknown;
  return (path) => {
    const [first = "", ...rest] = path;
    if (first === "topic" && rest.length === 0) return textOf(envelope.topic);
    if (first === "namespace" && rest.length === 0) return textOf(envelope.namespace);
    if (first === "container" && containers !== undefined) {
      decoded ??= decode(envelope);
      return ofContainer(envelope, subjectIn(envelope.topic, decoded), rest, containers);
    }
    if (first !== "event") return ABSENT;
    decoded ??= decode(envelope);
    return lookUp(decoded, rest);
  };
}

/** Which container and which exec an event is about; empty where it is about none. */
interface Subject {
  readonly containerId: string;
  readonly execId: string;
}

function subjectIn(topic: string, decoded: unknown): Subject {
  const text = (name: string) => lookUp(decoded, [name]).value;
  if (topic.startsWith("/containers/")) return { containerId: text("id"), execId: "" };
  const containerId = text("container_id");
  // An exit is about `id`: the exec, or the container again for init.
  const execId = text("exec_id") || text("id");
  return { containerId, execId: execId === containerId ? "" : execId };
}

function ofContainer(
  { namespace }: Envelope,
  { containerId, execId }: Subject,
  [field, ...rest]: readonly string[],
  containers: ContainerLookup,
): FieldValue {
  if (containerId === "") return ABSENT;
  if (field === "id") return textOf(containerId);
  if (field === "exec_id") return textOf(execId);
  const facts = containers(namespace, containerId);
  if (field === "image") return textOf(facts?.image);
  if (field === "name") return lookUp(facts?.labels, [NAME_LABEL]);
  return field === "labels" ? lookUp(facts?.labels, rest) : ABSENT;
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
