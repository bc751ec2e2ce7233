import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { Writable } from "node:stream";
import { describe, test } from "node:test";
import { OUTBOX_FULL_BYTES, Outbox } from "../../../ttrpc/outbox.ts";
import { turns, until } from "./support.ts";

/** A socket whose kernel takes bytes when it is told to. */
function fakeSocket(highWaterMark = 16 * 1024) {
  const written: Buffer[] = [];
  let release: (() => void) | undefined;
  let isStuck = false;
  const stream = new Writable({
    highWaterMark,
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk);
      if (isStuck) release = done;
      else done();
    },
    writev(chunks, done) {
      written.push(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)));
      if (isStuck) release = done;
      else done();
    },
  });
  return {
    outbox: new Outbox(stream as unknown as Socket),
    written,
    stream,
    stick: () => {
      isStuck = true;
    },
    flow: () => {
      isStuck = false;
      release?.();
    },
  };
}

const frame = (length: number, value = 0): Buffer => Buffer.alloc(length, value);

describe("Outbox", () => {
  test("sends the small frames of one turn together, in order", async () => {
    const { outbox, written } = fakeSocket();
    for (let value = 0; value < 15; value++) outbox.write(frame(10, value));
    assert.equal(written.length, 0);
    await turns(1);
    assert.equal(written.length, 1);
    assert.deepEqual(
      [...(written[0] ?? [])].filter((_, index) => index % 10 === 0),
      [...Array(15).keys()],
    );
  });

  test("does not let more than sixteen frames wait for the end of the turn", async () => {
    const { outbox, written } = fakeSocket();
    for (let value = 0; value < 50; value++) outbox.write(frame(10, value));
    assert.equal(written.length, 3);
    await turns(1);
    const firstBytes = [...Buffer.concat(written)].filter((_, index) => index % 10 === 0);
    assert.deepEqual(firstBytes, [...Array(50).keys()]);
  });

  test("flush() sends what is queued now, and nothing twice", async () => {
    const { outbox, written } = fakeSocket();
    outbox.write(frame(10, 1));
    outbox.flush();
    assert.equal(Buffer.concat(written).length, 10);
    outbox.write(frame(10, 2));
    await turns(2);
    assert.equal(Buffer.concat(written).length, 20);
  });

  test("keeps the order of small and large frames", async () => {
    const { outbox, written } = fakeSocket();
    const sizes = [5, 40_000, 7, 100_000, 1, 1];
    for (const [index, size] of sizes.entries()) outbox.write(frame(size, index));
    await turns(3);
    const bytes = Buffer.concat(written);
    let position = 0;
    sizes.forEach((size, index) => {
      assert.ok(bytes.subarray(position, position + size).equals(frame(size, index)), `frame ${index}`);
      position += size;
    });
    assert.equal(bytes.length, position);
  });

  test("is full when the peer has not read 512 KiB, and wakes in order as soon as there is room", async () => {
    const { outbox, stick, flow } = fakeSocket();
    stick();
    outbox.write(frame(OUTBOX_FULL_BYTES - 1));
    assert.equal(outbox.isFull, false);
    outbox.write(frame(1));
    assert.equal(outbox.isFull, true);
    const woken: string[] = [];
    outbox.whenRoom(() => woken.push("a"));
    const withdraw = outbox.whenRoom(() => woken.push("b"));
    outbox.whenRoom(() => woken.push("c"));
    withdraw();
    await turns();
    assert.deepEqual(woken, []);
    flow();
    await until(() => woken.length === 2, "both to be woken");
    assert.deepEqual(woken, ["a", "c"]);
    assert.equal(outbox.isFull, false);
  });

  test("wakes those who wait also on a socket that is told to hold more than the outbox", async () => {
    const { outbox, stick, flow } = fakeSocket(4 * OUTBOX_FULL_BYTES);
    stick();
    while (!outbox.isFull) outbox.write(frame(1024));
    let woken = 0;
    outbox.whenRoom(() => woken++);
    await turns();
    flow();
    await until(() => woken === 1, "the one who waits");
  });

  test("wakes nobody else when the first one fills it again", async () => {
    const { outbox, stick, flow } = fakeSocket();
    stick();
    outbox.write(frame(OUTBOX_FULL_BYTES));
    const woken: string[] = [];
    outbox.whenRoom(() => {
      woken.push("a");
      stick();
      outbox.write(frame(OUTBOX_FULL_BYTES));
    });
    outbox.whenRoom(() => woken.push("b"));
    await turns(2);
    flow();
    await until(() => woken.length > 0, "the first");
    await turns();
    assert.deepEqual(woken, ["a"]);
    flow();
    await until(() => woken.length === 2, "the second");
  });

  test("drop() wakes everybody, is never full again, and what is written afterwards is dropped", async () => {
    const { outbox, stick, stream } = fakeSocket();
    stick();
    outbox.write(frame(OUTBOX_FULL_BYTES));
    let woken = 0;
    outbox.whenRoom(() => woken++);
    outbox.whenRoom(() => woken++);
    await turns(2);
    stream.destroy();
    outbox.drop();
    assert.equal(woken, 2);
    assert.equal(outbox.isFull, false);
    outbox.write(frame(10));
    outbox.flush();
  });
});

test("a sender that waits for room and for nothing else lets the event loop turn, however fast the peer takes", async () => {
  const takesAll = { writable: true, writableLength: 0, writableHighWaterMark: 1, on: () => undefined };
  const write = (): boolean => true;
  const outbox = new Outbox({ ...takesAll, write, cork: write, uncork: write } as unknown as Socket);
  let hasTurned = false;
  setImmediate(() => {
    hasTurned = true;
  });
  let sent = 0;
  for (; !hasTurned && sent < 100_000; sent++) {
    outbox.write(Buffer.alloc(10));
    await (outbox.isFull ? new Promise<void>((resolve) => outbox.whenRoom(resolve)) : undefined);
  }
  assert.ok(hasTurned, `${sent} frames were written in one turn`);
});
