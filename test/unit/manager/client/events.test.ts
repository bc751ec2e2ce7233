import assert from "node:assert/strict";
import { test } from "node:test";
import { codecOf } from "../../../../manager/client/event-types.ts";
import { eventOf } from "../../../../manager/client/events.ts";
import { pack } from "../../../../proto/any.ts";
import { Envelope } from "../../../../proto/gen/envelope.ts";
import { SandboxExit, TaskExit, TaskOOM } from "../../../../proto/gen/events.ts";
import { TOPICS } from "../../../../proto/topics.ts";

function envelope(topic: string, event: Envelope["event"]): Envelope {
  return Envelope.create({ namespace: "space", topic, event });
}

test("every topic that we publish is known here, by the same type", () => {
  for (const [type, topic] of Object.entries(TOPICS)) assert.equal(codecOf(topic)?.typeName, type);
});

test("a known event has its payload, whatever stands before the name of its type", () => {
  const event = pack(TaskExit, { containerId: "web", exitStatus: 7 });
  const prefixed = { ...event, typeUrl: `type.googleapis.com/${event.typeUrl}` };
  for (const any of [event, prefixed]) {
    const known = eventOf(envelope("/tasks/exit", any));
    assert.ok(known.topic === "/tasks/exit");
    assert.deepEqual([known.payload.exitStatus, known.namespace], [7, "space"]);
  }
});

test("containerd 1.7's topics of sandboxes are read", () => {
  assert.equal(eventOf(envelope("sandboxes/exit", pack(SandboxExit, {}))).topic, "/sandboxes/exit");
});

test("what is not known, or not what its topic promises, comes as it is", () => {
  const oom = pack(TaskOOM, {});
  for (const [topic, event] of [
    ["/tasks/exit", oom],
    ["/tasks/exit", undefined],
    ["/others/things", oom],
    ["toString", oom],
  ] as const) {
    const unknown = eventOf(envelope(topic, event));
    assert.ok(unknown.kind === "unknown");
    assert.equal(unknown.unknownTopic, topic);
  }
});
