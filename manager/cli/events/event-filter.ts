// What `--filter` and `--expression` mean for events: docker's words, put into the filters of containerd that hawserd takes.
// Values of one key are alternatives, but for labels, which must all be there; different keys must all be true. Pure.
import { normalizeName } from "../../images/image-name.ts";
import { MAX_FILTERS } from "../../metadata/filter.ts";
import { refusal } from "../../oci/refusal.ts";
import { parseFilterWords } from "../filter-words.ts";

/** The keys. */
export const EVENT_FILTERS = ["container", "event", "type", "image", "label"] as const;

const IS_INIT = 'container.exec_id~="^$"';

/** docker's words for what happens, and the filters that they stand for. */
const EVENTS: Readonly<Record<string, readonly string[]>> = {
  create: ['topic=="/containers/create"'],
  start: ['topic=="/tasks/start"'],
  die: [`topic=="/tasks/exit",${IS_INIT}`],
  exit: [`topic=="/tasks/exit",${IS_INIT}`],
  oom: ['topic=="/tasks/oom"'],
  pause: ['topic=="/tasks/paused"'],
  unpause: ['topic=="/tasks/resumed"'],
  rename: ['topic=="/containers/update"'],
  update: ['topic=="/containers/update"'],
  checkpoint: ['topic=="/tasks/checkpointed"'],
  destroy: ['topic=="/containers/delete"'],
  exec_create: ['topic=="/tasks/exec-added"'],
  exec_start: ['topic=="/tasks/exec-started"'],
  exec_die: ['topic=="/tasks/exit",container.exec_id'],
  tag: ['topic=="/images/create"', 'topic=="/images/update"'],
  untag: ['topic=="/images/delete"'],
};

const TYPES: Readonly<Record<string, string>> = {
  container: "containers|tasks",
  image: "images",
  namespace: "namespaces",
  snapshot: "snapshot",
  content: "content",
  sandbox: "sandboxes",
};

/** The filters for hawserd. Throws InvalidArgument. */
export function eventFilters(texts: readonly string[], expressions: readonly string[]): string[] {
  const words = parseFilterWords(texts, EVENT_FILTERS);
  const groups = [...words].flatMap(([key, values]) =>
    groupsOf(key as (typeof EVENT_FILTERS)[number], values),
  );
  if (expressions.length > 0) groups.push(expressions);
  const count = groups.reduce((product, group) => product * group.length, 1);
  if (count > MAX_FILTERS) {
    const advice = "ask for less at a time";
    throw refusal({ flag: "--filter", value: texts.join(" ") }, `makes ${count} combinations`, advice);
  }
  if (groups.length === 0) return [];
  return groups.reduce<readonly string[]>(
    (made, group) => made.flatMap((left) => group.map((right) => (left === "" ? right : `${left},${right}`))),
    [""],
  ) as string[];
}

/** Alternatives, for each thing that must be true. */
function groupsOf(key: (typeof EVENT_FILTERS)[number], values: readonly string[]): (readonly string[])[] {
  switch (key) {
    case "container":
      return [values.flatMap(ofContainer)];
    case "event":
      return [values.flatMap(ofEvent)];
    case "type":
      return [values.map(ofType)];
    case "image":
      return [values.flatMap(ofImage)];
    case "label":
      return values.map((value) => [ofLabel(value)]);
  }
}

function ofContainer(value: string): string[] {
  const beginning = `^${value.replaceAll(/[^A-Za-z0-9_-]/g, "\\$&")}`;
  return [`container.name==${quoted(value)}`, `container.id~=${quoted(beginning)}`];
}

function ofEvent(value: string): readonly string[] {
  if (value.startsWith("/")) return [`topic==${quoted(value)}`];
  const known = Object.hasOwn(EVENTS, value) ? EVENTS[value] : undefined;
  if (known !== undefined) return known;
  const advice = `there are ${Object.keys(EVENTS).join(", ")}, and topics such as /tasks/exit`;
  throw refusal({ flag: "--filter", value: `event=${value}` }, "no event", advice);
}

function ofType(value: string): string {
  const topics = Object.hasOwn(TYPES, value) ? TYPES[value] : undefined;
  if (topics !== undefined) return `topic~=${quoted(`^/?(${topics})/`)}`;
  const advice = `there are ${Object.keys(TYPES).join(", ")}`;
  throw refusal({ flag: "--filter", value: `type=${value}` }, "no type of events", advice);
}

function ofImage(value: string): string[] {
  const name = quoted(normalizeName(value));
  return [`container.image==${name}`, `topic~="^/images/",event.name==${name}`];
}

function ofLabel(value: string): string {
  const end = value.indexOf("=");
  const field = `container.labels.${quoted(end < 0 ? value : value.slice(0, end))}`;
  return end < 0 ? field : `${field}==${quoted(value.slice(end + 1))}`;
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
