import assert from "node:assert/strict";
import { test } from "node:test";
import { eventPrinter } from "../../../../../manager/cli/events/event-printer.ts";
import type { Output } from "../../../../../manager/cli/output.ts";
import type { FollowedEvent } from "../../../../../manager/client/event-log.ts";
import { eventOf } from "../../../../../manager/client/events.ts";
import { pack } from "../../../../../proto/any.ts";
import type { Codec, Init } from "../../../../../proto/codec.ts";
import { isInvalidArgument } from "../../../../../proto/errors.ts";
import { SnapshotContainer } from "../../../../../proto/gen/event-log.ts";
import { TaskExit, TaskOOM } from "../../../../../proto/gen/events.ts";
import { ImageCreate } from "../../../../../proto/gen/image-events.ts";
import { ProcessState } from "../../../../../proto/gen/processes.ts";
import { fromDate } from "../../../../../proto/timestamp.ts";
import { topicOf } from "../../../../../proto/topics.ts";

const time = new Date("2026-11-25T14:00:00.123Z");
const timestamp = fromDate(time);

class Paper implements Output {
  readonly isTerminal = false;
  readonly hasColour = false;
  readonly columns = Number.POSITIVE_INFINITY;
  text = "";
  async write(data: string | Uint8Array): Promise<void> {
    this.text += data;
  }
  async line(text: string): Promise<void> {
    this.text += `${text}\n`;
  }
}

function event<T>(codec: Codec<T>, message: Init<T>): FollowedEvent {
  const packed = pack<T>(codec, message as never);
  return { ...eventOf({ timestamp, namespace: "ns", topic: topicOf(codec), event: packed }), cursor: 42n };
}

const exit = event(TaskExit, { containerId: "web", id: "web", pid: 7, exitStatus: 0, exitedAt: timestamp });
const gap: FollowedEvent = {
  kind: "gap",
  topic: undefined,
  cursor: 41n,
  from: 5n,
  to: 42n,
  reason: "lagged",
};
const snapshot: FollowedEvent = {
  kind: "snapshot",
  topic: undefined,
  cursor: 42n,
  containers: [
    SnapshotContainer.create({
      namespace: "ns",
      containerId: "web",
      image: "busybox",
      createdAt: timestamp,
      labels: { "hawser/name": "Fred" },
      processes: [
        { containerId: "web", pid: 7, state: ProcessState.PROCESS_STATE_RUNNING },
        { containerId: "web", execId: "e1", pid: 8, state: ProcessState.PROCESS_STATE_STOPPED },
      ],
    }),
    SnapshotContainer.create({ namespace: "ns", containerId: "new", image: "busybox", createdAt: timestamp }),
  ],
};
const unknown: FollowedEvent = {
  ...eventOf({ timestamp: undefined, namespace: "ns", topic: "/others/thing", event: undefined }),
  cursor: 42n,
};
const position: FollowedEvent = { kind: "position", topic: undefined, cursor: 42n, isCaughtUp: true };

const cases: readonly [name: string, format: string, event: FollowedEvent, out: string, err?: string][] = [
  [
    "an exit",
    "text",
    exit,
    "42 2026-11-25T14:00:00.123Z /tasks/exit web pid=7 exitStatus=0 exitedAt=2026-11-25T14:00:00.123Z\n",
  ],
  [
    "an exec's",
    "text",
    event(TaskExit, { containerId: "web", id: "e1", pid: 8, exitStatus: 137 }),
    "42 2026-11-25T14:00:00.123Z /tasks/exit web exec=e1 pid=8 exitStatus=137\n",
  ],
  [
    "an image",
    "text",
    event(ImageCreate, { name: "busybox", labels: { a: "b c" } }),
    '42 2026-11-25T14:00:00.123Z /images/create busybox labels.a="b c"\n',
  ],
  [
    "a name that would move the cursor of a terminal",
    "text",
    event(TaskOOM, { containerId: "a\u001b[2J" }),
    "42 2026-11-25T14:00:00.123Z /tasks/oom a\\x1b[2J\n",
  ],
  ["what nobody knows", "text", unknown, "42 - /others/thing -\n"],
  ["a place", "text", position, ""],
  [
    "a gap",
    "text",
    gap,
    "",
    "hawser: events: those behind cursor 5 and before 42 were removed before they were read\n",
  ],
  [
    "a snapshot",
    "text",
    snapshot,
    "42 2026-11-25T14:00:00.123Z snapshot web name=Fred state=running pid=7 image=busybox execs=1\n" +
      "42 2026-11-25T14:00:00.123Z snapshot new state=none image=busybox\n",
  ],
  [
    "an exit",
    "json",
    exit,
    '{"kind":"event","cursor":42,"time":"2026-11-25T14:00:00.123Z","namespace":"ns","topic":"/tasks/exit","id":"web",' +
      '"execId":"","facts":{"pid":7,"exitStatus":0,"exitedAt":"2026-11-25T14:00:00.123Z"}}\n',
  ],
  ["a gap", "json", gap, '{"kind":"gap","cursor":41,"from":5,"to":42,"reason":"lagged"}\n'],
  ["a place", "json", position, '{"kind":"position","cursor":42,"isCaughtUp":true}\n'],
  ["an exit", "{{.Cursor}} {{.Topic}} {{.ID}} {{.Facts.exitStatus}}", exit, "42 /tasks/exit web 0\n"],
];

for (const [name, format, one, out, err = ""] of cases) {
  test(`${name} as ${format}`, async () => {
    const paper = { out: new Paper(), err: new Paper() };
    await eventPrinter(format, paper).print(one);
    assert.equal(paper.out.text, out);
    assert.equal(paper.err.text, err);
  });
}

test("a template that is none is refused before anything is asked for", () => {
  assert.throws(() => eventPrinter("{{.Cursor", { out: new Paper(), err: new Paper() }), isInvalidArgument);
});
