import assert from "node:assert/strict";
import { test } from "node:test";
import { eventFilters } from "../../../../../manager/cli/events/event-filter.ts";
import { fieldsOf } from "../../../../../manager/events/event-fields.ts";
import { parseFilters } from "../../../../../manager/metadata/filter.ts";
import { pack } from "../../../../../proto/any.ts";
import type { Codec, Init } from "../../../../../proto/codec.ts";
import { isInvalidArgument } from "../../../../../proto/errors.ts";
import type { Envelope } from "../../../../../proto/gen/envelope.ts";
import { ContainerDelete, TaskExit, TaskStart } from "../../../../../proto/gen/events.ts";
import { ImageCreate } from "../../../../../proto/gen/image-events.ts";
import { topicOf } from "../../../../../proto/topics.ts";

const ID = "0123456789abcdef";
const image = "docker.io/library/busybox:latest";
const labels = { "hawser/name": "web.1", tier: "front", "com.example.team": "red" };

function of<T>(codec: Codec<T>, event: Init<T>): Envelope {
  const packed = pack<T>(codec, event as never);
  return { timestamp: undefined, namespace: "ns", topic: topicOf(codec), event: packed };
}

const envelopes = {
  start: of(TaskStart, { containerId: ID, pid: 7 }),
  exit: of(TaskExit, { containerId: ID, id: ID, pid: 7 }),
  execExit: of(TaskExit, { containerId: ID, id: "e1", pid: 8 }),
  destroy: of(ContainerDelete, { id: ID }),
  other: of(TaskStart, { containerId: "feed", pid: 9 }),
  image: of(ImageCreate, { name: image }),
};

const cases: readonly [
  filters: readonly string[],
  passes: readonly (keyof typeof envelopes)[],
  why: string,
][] = [
  [[], ["start", "exit", "execExit", "destroy", "other", "image"], "everything"],
  [["container=web.1"], ["start", "exit", "execExit", "destroy"], "by name"],
  [["container=web11"], [], "a dot is a dot"],
  [["container=0123"], ["start", "exit", "execExit", "destroy"], "by the beginning of its id"],
  [["container=0123", "container=feed"], ["start", "exit", "execExit", "destroy", "other"], "either"],
  [["event=die"], ["exit"], "the end of init alone"],
  [["event=exec_die"], ["execExit"], "the end of an exec alone"],
  [["event=start", "event=destroy"], ["start", "destroy", "other"], "either"],
  [["event=/tasks/exit"], ["exit", "execExit"], "a topic"],
  [["event=start", "container=feed"], ["other"], "both keys"],
  [["type=container"], ["start", "exit", "execExit", "destroy", "other"], "a type"],
  [["type=image"], ["image"], "another"],
  [["image=busybox"], ["start", "exit", "execExit", "destroy", "image"], "an image, and containers of it"],
  [["label=tier=front"], ["start", "exit", "execExit", "destroy"], "a label"],
  [["label=com.example.team"], ["start", "exit", "execExit", "destroy"], "a label with dots"],
  [["label=tier=front", "label=com.example.team=blue"], [], "all labels"],
];

for (const [filters, passes, why] of cases) {
  test(`--filter ${filters.join(" --filter ")} passes ${passes.join(", ") || "nothing"}: ${why}`, () => {
    const matches = parseFilters(eventFilters(filters, []));
    const passed = Object.entries(envelopes)
      .filter(([, one]) => matches(fieldsOf(one, (_, id) => (id === ID ? { image, labels } : undefined))))
      .map(([name]) => name);
    assert.deepEqual(passed, passes);
  });
}

test("--expression is in containerd's language, one of several, and with --filter both", () => {
  assert.deepEqual(eventFilters([], ["topic==/a", "topic==/b"]), ["topic==/a", "topic==/b"]);
  assert.deepEqual(eventFilters(["event=start"], ["event.pid", "namespace==x"]), [
    'topic=="/tasks/start",event.pid',
    'topic=="/tasks/start",namespace==x',
  ]);
});

for (const [filter, says] of [
  ["event=dies", /no event.*there are create, start/],
  ["type=network", /no type of events.*there are container/],
  ["conatiner=web", /did you mean "container"/],
  ["event=", /its value is missing/],
] as const) {
  test(`--filter ${filter} is refused`, () => {
    assert.throws(
      () => eventFilters([filter], []),
      (error: Error) => isInvalidArgument(error) && says.test(error.message),
    );
  });
}

test("more combinations than hawserd takes are refused", () => {
  const many = (key: string) => Array.from({ length: 40 }, (_, index) => `${key}=x${index}`);
  assert.throws(() => eventFilters([...many("container"), ...many("image")], []), /makes \d+ combinations/);
});
