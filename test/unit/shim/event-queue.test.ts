import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { HEADER_BYTES, MAX_PAYLOAD_BYTES, RECORD_HEADER_BYTES } from "../../../proto/event-record.ts";
import { EventQueue, type EventQueueOptions } from "../../../shim/event-queue.ts";
import { temporaryDir } from "../sys/support.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (payload: Uint8Array): string => new TextDecoder().decode(payload);

/** Takes everything out of a queue. */
function drain(queue: EventQueue): string[] {
  const texts: string[] = [];
  for (let head = queue.peek(); head; head = queue.peek()) {
    texts.push(text(head.payload));
    queue.acknowledge(head.sequence);
  }
  return texts;
}

/** Opens a queue whose notices are collected. */
function opened(options: EventQueueOptions): { queue: EventQueue; notices: string[] } {
  const notices: string[] = [];
  return { queue: EventQueue.open({ onNotice: (notice) => notices.push(notice), ...options }), notices };
}

test("an event queue gives back what was appended, in order and numbered", () => {
  using dir = temporaryDir();
  using queue = EventQueue.open({ path: join(dir.path, "events") });
  assert.equal(queue.peek(), undefined);
  assert.equal(queue.append(bytes("a")), 1n);
  assert.equal(queue.append(bytes("b")), 2n);
  assert.equal(queue.length, 2);
  assert.equal(queue.peek()?.sequence, 1n);
  assert.equal(queue.peek()?.sequence, 1n, "looking takes nothing");
  assert.deepEqual(drain(queue), ["a", "b"]);
  assert.equal(queue.length, 0);
});

test("only the oldest entry can be acknowledged", () => {
  using queue = EventQueue.open();
  assert.throws(() => queue.acknowledge(1n), /the oldest is none/);
  queue.append(bytes("a"));
  queue.append(bytes("b"));
  assert.throws(() => queue.acknowledge(2n), /the oldest is 1/);
});

test("a queue that is opened again has what was not acknowledged, and goes on numbering", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "events");
  const first = EventQueue.open({ path });
  for (const payload of ["a", "b", "c"]) first.append(bytes(payload));
  first.acknowledge(1n);
  // No close: a shim that was killed does not get to it.
  using second = EventQueue.open({ path });
  first.close();
  assert.equal(second.id, first.id);
  assert.equal(second.length, 2);
  assert.equal(second.append(bytes("d")), 4n);
  assert.deepEqual(drain(second), ["b", "c", "d"]);
  using third = EventQueue.open({ path });
  assert.equal(third.length, 0);
  assert.equal(third.append(bytes("e")), 5n, "a number is never used twice");
});

test("the file is private, and truncated when nothing is left of a backlog", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "events");
  using queue = EventQueue.open({ path });
  assert.equal(statSync(path).mode & 0o777, 0o600);
  for (let index = 0; index < 100; index++) queue.append(new Uint8Array(1024));
  assert.ok(statSync(path).size > 100 * 1024);
  drain(queue);
  assert.equal(statSync(path).size, HEADER_BYTES);
  queue.append(bytes("after"));
  using again = EventQueue.open({ path });
  assert.deepEqual(drain(again), ["after"]);
});

test("a tail that was torn at any byte is cut, and nothing in front of it is lost", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "events");
  const whole = EventQueue.open({ path });
  for (const payload of ["first", "second", "third"]) whole.append(bytes(payload));
  whole.close();
  const file = readFileSync(path);
  const ends: number[] = [];
  for (const payload of ["first", "second", "third"]) {
    ends.push((ends.at(-1) ?? HEADER_BYTES) + RECORD_HEADER_BYTES + payload.length);
  }
  for (let size = HEADER_BYTES; size <= file.length; size++) {
    writeFileSync(path, file.subarray(0, size));
    const { queue, notices } = opened({ path });
    const expected = ["first", "second", "third"].filter((_, index) => (ends[index] ?? 0) <= size);
    assert.equal(notices.length, size === HEADER_BYTES || ends.includes(size) ? 0 : 1, `${size}: ${notices}`);
    queue.append(bytes("next"));
    queue.close();
    const { queue: again, notices: later } = opened({ path });
    assert.deepEqual(drain(again), [...expected, "next"], `cut at ${size}`);
    assert.deepEqual(later, []);
    again.close();
  }
});

test("a bit that was flipped in a record ends the queue there", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "events");
  const whole = EventQueue.open({ path });
  for (const payload of ["first", "second", "third"]) whole.append(bytes(payload));
  whole.close();
  const file = readFileSync(path);
  const second = HEADER_BYTES + RECORD_HEADER_BYTES + 5;
  for (let at = second; at < second + RECORD_HEADER_BYTES + 6; at++) {
    const broken = Buffer.from(file);
    broken[at] = (broken[at] ?? 0) ^ 1;
    writeFileSync(path, broken);
    using queue = EventQueue.open({ path });
    assert.deepEqual(drain(queue), ["first"], `bit flipped at ${at}`);
  }
});

test("a header that was broken costs the acknowledgements and no event", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "events");
  const first = EventQueue.open({ path });
  for (const payload of ["a", "b"]) first.append(bytes(payload));
  first.acknowledge(1n);
  first.close();
  const file = readFileSync(path);
  file[30] = 0xff;
  writeFileSync(path, file);
  using queue = EventQueue.open({ path });
  assert.notEqual(queue.id, first.id, "old numbers must not look like new ones");
  assert.deepEqual(drain(queue), ["a", "b"]);
  assert.equal(queue.append(bytes("c")), 3n);
});

test("a file that is no queue is emptied, one of a later version is left alone", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "events");
  writeFileSync(path, "something else entirely");
  const { queue, notices } = opened({ path });
  assert.match(String(notices), /the file is none/);
  queue.append(bytes("a"));
  queue.close();
  const file = readFileSync(path);
  file.writeUInt32LE(2, 4);
  writeFileSync(path, file);
  const later = opened({ path });
  assert.match(String(later.notices), /version is 2/);
  later.queue.append(bytes("b"));
  assert.deepEqual(drain(later.queue), ["b"]);
  assert.deepEqual(readFileSync(path), file);
});

test("memory holds a window; the rest comes back from disk in order", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "events");
  const windowBytes = 4096;
  using queue = EventQueue.open({ path, windowBytes });
  const expected: string[] = [];
  for (let index = 0; index < 1000; index++) {
    // One in a hundred is longer than the window.
    const payload = `${index} ${"x".repeat(index % 100 === 50 ? 10_000 : index % 64)}`;
    expected.push(payload);
    queue.append(bytes(payload));
    assert.ok(queue.bytesInMemory < windowBytes + 10_100, "memory is bounded");
  }
  for (const payload of expected.splice(0, 10)) {
    const head = queue.peek();
    assert.equal(head && text(head.payload), payload);
    queue.acknowledge(head?.sequence ?? 0n);
  }
  queue.close();
  using again = EventQueue.open({ path, windowBytes });
  assert.ok(again.bytesInMemory < windowBytes + 10_100);
  assert.equal(again.length, 990);
  assert.ok(drain(again).every((payload, index) => payload === expected[index]));
});

test("the queue says when it is full, and takes more all the same", () => {
  using dir = temporaryDir();
  using queue = EventQueue.open({ path: join(dir.path, "events"), capBytes: 10 });
  queue.append(bytes("123456789"));
  assert.equal(queue.isFull, false);
  queue.append(bytes("0"));
  assert.equal(queue.isFull, true);
  queue.append(bytes("more"));
  assert.deepEqual(drain(queue), ["123456789", "0", "more"]);
  assert.equal(queue.isFull, false);
  assert.throws(() => queue.append(new Uint8Array(MAX_PAYLOAD_BYTES + 1)), RangeError);
});

test("a bundle that is removed takes nothing from a queue that is open", () => {
  using dir = temporaryDir();
  const bundle = join(dir.path, "bundle");
  mkdirSync(bundle);
  const { queue, notices } = opened({ path: join(bundle, "events"), windowBytes: 8 });
  queue.append(bytes("before it"));
  rmSync(bundle, { recursive: true });
  for (const payload of ["after", "it", "went"]) queue.append(bytes(payload));
  assert.deepEqual(drain(queue), ["before it", "after", "it", "went"]);
  assert.deepEqual(notices, []);
  queue.close();
});

test("a queue that cannot be opened works in memory and says so", () => {
  const { queue, notices } = opened({ path: "/proc/no/such/dir/events", windowBytes: 4 });
  assert.match(String(notices), /continuing in memory/);
  for (const payload of ["first", "second", "third"]) queue.append(bytes(payload));
  assert.deepEqual(drain(queue), ["first", "second", "third"]);
  assert.equal(notices.length, 1);
});

test("a full disk costs no event and no order, and is told once", () => {
  const { queue, notices } = opened({ path: "/dev/full", windowBytes: 4 });
  for (const payload of ["first", "second", "third"]) queue.append(bytes(payload));
  assert.deepEqual(drain(queue), ["first", "second", "third"]);
  assert.equal(
    notices.filter((notice) => notice.includes("continuing in memory")).length,
    1,
    String(notices),
  );
  queue.close();
});

test("kill -9 costs nothing that append() had returned from", async () => {
  using dir = temporaryDir();
  const path = join(dir.path, "events");
  const script = `
    import { EventQueue } from "./shim/event-queue.ts";
    import { writeSync } from "node:fs";
    const queue = EventQueue.open({ path: ${JSON.stringify(path)} });
    for (let index = 1; ; index++) {
      const sequence = queue.append(new TextEncoder().encode("event " + index));
      if (index % 5 === 0) queue.acknowledge(queue.peek().sequence);
      writeSync(1, sequence + "\\n");
    }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    cwd: join(import.meta.dirname, "../../.."),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk;
    if (said.length > 4096) child.kill("SIGKILL");
  });
  await once(child, "close");
  assert.equal(child.signalCode, "SIGKILL");
  const lastSaid = Number(said.slice(0, said.lastIndexOf("\n")).split("\n").at(-1));
  using queue = EventQueue.open({ path });
  const events = drain(queue).map((event) => Number(event.slice("event ".length)));
  assert.ok((events.at(-1) ?? 0) >= lastSaid, `${events.at(-1)} of ${lastSaid}`);
  assert.ok(events.every((event, index) => index === 0 || event === (events[index - 1] ?? 0) + 1));
  assert.ok((events[0] ?? 0) >= Math.floor(lastSaid / 5), "what was acknowledged does not come back");
});

// What a shim that is killed can leave behind: all of what it wrote up to some byte.
test("whatever is appended, acknowledged and killed at any byte: no event is lost, doubled or out of order", () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("append" as const), size: fc.nat(200) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("acknowledge" as const), size: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("crash" as const), size: fc.nat(300) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("reopen" as const), size: fc.nat(1) }) },
  );
  const property = fc.property(fc.array(step, { maxLength: 60 }), fc.nat(300), (steps, windowBytes) => {
    using dir = temporaryDir();
    const path = join(dir.path, "events");
    const options = { path, windowBytes };
    let queue = EventQueue.open(options);
    let model: { sequence: bigint; payload: string }[] = [];
    let count = 0;
    for (const { kind, size } of steps) {
      if (kind === "append") {
        const payload = `${count++}:${"x".repeat(size)}`;
        model.push({ sequence: queue.append(bytes(payload)), payload });
      } else if (kind === "acknowledge") {
        for (const { sequence } of model.splice(0, size)) queue.acknowledge(sequence);
      } else {
        queue.close();
        if (kind === "crash") {
          // The last append did not get all its bytes out: that event was never published.
          const last = model.at(-1);
          const length = last === undefined ? 0 : RECORD_HEADER_BYTES + bytes(last.payload).length;
          const cut = Math.min(size, length);
          truncateSync(path, statSync(path).size - cut);
          if (cut > 0) model = model.slice(0, -1);
        }
        queue = EventQueue.open(options);
      }
      assert.equal(queue.length, model.length);
      const head = queue.peek();
      assert.equal(head?.sequence, model[0]?.sequence);
      assert.equal(head && text(head.payload), model[0]?.payload);
    }
    assert.deepEqual(
      drain(queue),
      model.map(({ payload }) => payload),
    );
    queue.close();
  });
  const seed = process.env["FAST_CHECK_SEED"];
  // The failure's message names the seed; FAST_CHECK_SEED runs it again.
  fc.assert(property, { numRuns: 300, ...(seed === undefined ? {} : { seed: Number(seed) }) });
});

test("whatever bytes a queue's file holds, opening it does not throw and the queue works", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "events");
  const whole = EventQueue.open({ path });
  for (let index = 0; index < 5; index++) whole.append(bytes(`event ${index}`));
  whole.close();
  const file = readFileSync(path);
  fc.assert(
    fc.property(fc.nat(file.length - 1), fc.uint8Array({ maxLength: 40 }), (at, noise) => {
      writeFileSync(path, file);
      const fd = openSync(path, "r+");
      writeSync(fd, noise, 0, noise.length, at);
      closeSync(fd);
      using queue = EventQueue.open({ path });
      queue.append(bytes("last"));
      assert.equal(drain(queue).at(-1), "last");
    }),
    { numRuns: 200 },
  );
});
