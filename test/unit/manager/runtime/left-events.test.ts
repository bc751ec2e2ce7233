import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseLeftEvents, readLeftEvents } from "../../../../manager/runtime/left-events.ts";
import { Envelope } from "../../../../proto/gen/envelope.ts";
import { EventQueue } from "../../../../shim/event-queue.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";

const envelope = (topic: string) => Envelope.encode({ namespace: "ns", topic });

test("what a shim's queue holds unacknowledged is read in order, under the shim's own names", () => {
  using dir = temporaryDir();
  const queue = EventQueue.open({ path: join(dir.path, "events") });
  for (const topic of ["/a", "/b", "/c"]) queue.append(envelope(topic));
  queue.acknowledge(1n);
  queue.close();
  const left = readLeftEvents(dir.path);
  assert.deepEqual(
    left.map(({ id, envelope: { topic } }) => [id.queue, id.sequence, topic]),
    [
      [queue.id, 2n, "/b"],
      [queue.id, 3n, "/c"],
    ],
  );
});

test("a queue cut off at any byte gives its whole records and no more", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "events");
  const queue = EventQueue.open({ path });
  for (const topic of ["/a", "/b"]) queue.append(envelope(topic));
  queue.close();
  const bytes = readFileSync(path);
  let most = 0;
  for (let length = 0; length <= bytes.length; length++) {
    const count = parseLeftEvents(bytes.subarray(0, length)).length;
    assert.ok(count >= most);
    most = count;
  }
  assert.equal(most, 2);
});

test("no queue, no events", () => {
  using dir = temporaryDir();
  assert.deepEqual(readLeftEvents(dir.path), []);
});
