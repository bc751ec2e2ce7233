import assert from "node:assert/strict";
import { test } from "node:test";
import type { FollowedEvent } from "../../../../manager/client/event-log.ts";
import { eventOf } from "../../../../manager/client/events.ts";
import { ContainerStates } from "../../../../manager/web/container-states.ts";
import { pack } from "../../../../proto/any.ts";
import type { Codec, Init } from "../../../../proto/codec.ts";
import { SnapshotContainer } from "../../../../proto/gen/event-log.ts";
import * as events from "../../../../proto/gen/events.ts";
import { ProcessState } from "../../../../proto/gen/processes.ts";
import { fromDate } from "../../../../proto/timestamp.ts";
import { topicOf } from "../../../../proto/topics.ts";

function event<T>(codec: Codec<T>, message: Init<T>): FollowedEvent {
  const packed = pack<T>(codec, message as never);
  return {
    ...eventOf({ timestamp: undefined, namespace: "ns", topic: topicOf(codec), event: packed }),
    cursor: 1n,
  };
}

const createdAt = fromDate(new Date(5_000));
const snapshot = [
  SnapshotContainer.create({
    containerId: "c",
    image: "busybox",
    labels: { "hawser/name": "web" },
    createdAt,
    processes: [{ containerId: "c", pid: 7, state: ProcessState.PROCESS_STATE_RUNNING }],
  }),
  SnapshotContainer.create({
    containerId: "old",
    createdAt: fromDate(new Date(1_000)),
    processes: [{ state: ProcessState.PROCESS_STATE_STOPPED, end: { exitStatus: 3 } }],
  }),
];

/** What a container is after some events. */
function after(...told: FollowedEvent[]) {
  const states = new ContainerStates();
  states.reset(snapshot);
  for (const one of told) states.take(one);
  const found = states.list().find(({ id }) => id === "c");
  return found && { state: found.state, pid: found.pid, exitStatus: found.exitStatus, execs: found.execs };
}

test("a snapshot is shown the newest first, with names and ends", () => {
  const states = new ContainerStates();
  states.reset(snapshot);
  assert.deepEqual(
    states.list().map(({ id, name, state, exitStatus }) => [id, name, state, exitStatus]),
    [
      ["c", "web", "running", undefined],
      ["old", "", "stopped", 3],
    ],
  );
});

const exit = event(events.TaskExit, { containerId: "c", id: "c", pid: 7, exitStatus: 137 });
const stopped = { state: "stopped", pid: 0, exitStatus: 137, execs: [] };
const running = { state: "running", pid: 7, exitStatus: undefined, execs: [] };
const cases: readonly [what: string, told: FollowedEvent[], becomes: unknown][] = [
  ["nothing", [], running],
  ["its start again", [event(events.TaskStart, { containerId: "c", pid: 7 })], running],
  ["a pause", [event(events.TaskPaused, { containerId: "c" })], { ...running, state: "paused" }],
  ["its exit", [exit], stopped],
  ["its exit and the deletion of its task", [exit, event(events.TaskDelete, { containerId: "c" })], stopped],
  [
    "an exec",
    [
      event(events.TaskExecAdded, { containerId: "c", execId: "e" }),
      event(events.TaskExecStarted, { containerId: "c", execId: "e", pid: 8 }),
    ],
    { ...running, execs: [{ id: "e", state: "running" }] },
  ],
  [
    "the exit of an exec",
    [event(events.TaskExit, { containerId: "c", id: "e", pid: 8, exitStatus: 1 })],
    { ...running, execs: [{ id: "e", state: "stopped" }] },
  ],
  [
    "its exit and a start again",
    [
      exit,
      event(events.TaskCreate, { containerId: "c", pid: 9 }),
      event(events.TaskStart, { containerId: "c", pid: 9 }),
    ],
    { ...running, pid: 9 },
  ],
  ["what happens to another", [event(events.TaskExit, { containerId: "x", id: "x" })], running],
  ["its deletion", [event(events.ContainerDelete, { id: "c" })], undefined],
];
for (const [what, told, becomes] of cases) {
  test(`a running container, after ${what}`, () => assert.deepEqual(after(...told), becomes));
}

test("a new container asks for its name, and what it is told is shown", () => {
  const states = new ContainerStates();
  states.reset([]);
  const change = states.take(event(events.ContainerCreate, { id: "n", image: "busybox" }));
  assert.deepEqual(change, { kind: "described", id: "n" });
  states.describe("n", { labels: { "hawser/name": "new" }, image: "busybox", createdAt: new Date(9_000) });
  assert.deepEqual(states.list(), [
    { id: "n", name: "new", image: "busybox", state: "none", pid: 0, createdAt: 9_000, execs: [] },
  ]);
  assert.equal(states.describe("gone", { labels: {}, image: "", createdAt: undefined }), undefined);
});
