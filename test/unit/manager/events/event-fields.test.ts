import assert from "node:assert/strict";
import { test } from "node:test";
import { ContainerMemory, type NamedContainer } from "../../../../manager/events/container-memory.ts";
import { fieldsOf } from "../../../../manager/events/event-fields.ts";
import { parseFilters } from "../../../../manager/metadata/filter.ts";
import { pack } from "../../../../proto/any.ts";
import type { Codec, Init } from "../../../../proto/codec.ts";
import type { Envelope } from "../../../../proto/gen/envelope.ts";
import {
  ContainerCreate,
  ContainerDelete,
  TaskExecStarted,
  TaskExit,
  TaskStart,
} from "../../../../proto/gen/events.ts";
import { ImageCreate } from "../../../../proto/gen/image-events.ts";
import { topicOf } from "../../../../proto/topics.ts";

const web: NamedContainer = {
  namespace: "ns",
  id: "c1",
  image: "busybox",
  labels: { "hawser/name": "web", "com.example.tier": "front" },
};

function envelope<T>(codec: Codec<T>, event: Init<T>): Envelope {
  return {
    timestamp: undefined,
    namespace: "ns",
    topic: topicOf(codec),
    event: pack<T>(codec, event as never),
  };
}

const start = envelope(TaskStart, { containerId: "c1", pid: 7 });
const execExit = envelope(TaskExit, { containerId: "c1", id: "e1", pid: 8 });
const initExit = envelope(TaskExit, { containerId: "c1", id: "c1", pid: 7 });
const execStarted = envelope(TaskExecStarted, { containerId: "c1", execId: "e1" });
const deleted = envelope(ContainerDelete, { id: "c1" });
const other = envelope(ContainerCreate, { id: "c2", image: "alpine" });
const image = envelope(ImageCreate, { name: "busybox" });

const cases: readonly [filter: string, one: Envelope, passes: boolean, why: string][] = [
  ["container.id==c1", start, true, "the task's container"],
  ["container.id==c1", deleted, true, "the container itself"],
  ["container.id==c1", other, false, "another one"],
  ["container.id", image, false, "an image is no container"],
  ["container.name==web", start, true, "its name"],
  ["container.image==busybox", initExit, true, "its image"],
  ["container.image==busybox", image, false, "an image is not a container of it"],
  ["container.labels.com.example.tier==front", start, true, "a label with dots"],
  ['container.labels."com.example.tier"', start, true, "quoted"],
  ["container.labels.nothing", start, false, "no such label"],
  ["container.exec_id==e1", execExit, true, "the exit of an exec"],
  ["container.exec_id==e1", execStarted, true, "its start"],
  ["container.exec_id", initExit, false, "init is no exec"],
  ["container.image", other, false, "a container that nobody remembers"],
  ["container.nothing", start, false, "no such field"],
];

for (const [filter, one, passes, why] of cases) {
  test(`${filter} ${passes ? "passes" : "keeps back"} ${one.topic}: ${why}`, () => {
    const memory = new ContainerMemory({
      find: (_, id) => (id === web.id ? web : undefined),
      list: () => [web],
    });
    const fields = fieldsOf(one, (namespace, id) => memory.find(namespace, id));
    assert.equal(parseFilters([filter])(fields), passes);
  });
}

test("without a way to look containers up, their fields are absent", () => {
  assert.equal(parseFilters(["container.id==c1"])(fieldsOf(start)), false);
});

test("ContainerMemory knows what was deleted, and forgets what it learnt first when it is too much", () => {
  let containers: NamedContainer[] = Array.from({ length: 10_001 }, (_, index) => ({
    ...web,
    id: `c${index}`,
  }));
  const memory = new ContainerMemory({
    find: (_, id) => containers.find((one) => one.id === id),
    list: () => containers,
  });
  memory.remember("ns");
  containers = [];
  assert.equal(memory.find("ns", "c0"), undefined);
  assert.equal(memory.find("ns", "c1")?.image, "busybox");
  assert.equal(memory.find("ns", "c10000")?.image, "busybox");
  assert.equal(memory.find("other", "c1"), undefined);
});
