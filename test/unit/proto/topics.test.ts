import assert from "node:assert/strict";
import { test } from "node:test";
import * as events from "../../../proto/gen/events.ts";
import * as imageEvents from "../../../proto/gen/image-events.ts";
import { Mount } from "../../../proto/gen/mount.ts";
import { validateTopic } from "../../../proto/identifiers.ts";
import { eventTypeOf, TOPICS, topicOf, UNKNOWN_TOPIC } from "../../../proto/topics.ts";

/** Messages that are parts of events and no events themselves. */
const parts: string[] = [events.TaskIO.typeName, events.ContainerCreateRuntime.typeName];

test("every event has one topic, every topic is valid and leads back to its event", () => {
  const names = [...Object.values(events), ...Object.values(imageEvents)].map(({ typeName }) => typeName);
  assert.deepEqual(new Set(Object.keys(TOPICS)), new Set(names.filter((name) => !parts.includes(name))));
  for (const [name, topic] of Object.entries(TOPICS)) {
    assert.equal(topicOf(name), topic);
    assert.equal(eventTypeOf(topic), name);
    assert.equal(validateTopic(topic), topic);
  }
  assert.equal(new Set(Object.values(TOPICS)).size, Object.keys(TOPICS).length);
});

test("topicOf() takes a codec as well, and knows no topic for what is no event", () => {
  assert.equal(topicOf(events.TaskOOM), "/tasks/oom");
  for (const type of [Mount, "", "toString", "__proto__", ...parts])
    assert.equal(topicOf(type), UNKNOWN_TOPIC);
});

test("eventTypeOf() reads the topics of containerd 1.7's sandboxes and nothing else", () => {
  assert.equal(eventTypeOf("sandboxes/exit"), "containerd.events.SandboxExit");
  for (const topic of ["", "/", "tasks/exit", UNKNOWN_TOPIC, "/tasks/exit/", "toString"]) {
    assert.equal(eventTypeOf(topic), undefined, topic);
  }
});
