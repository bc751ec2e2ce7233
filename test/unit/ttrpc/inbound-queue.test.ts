import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type InboundLimits, InboundQueue } from "../../../ttrpc/inbound-queue.ts";
import "./support.ts";

const bytes = (value: number, length = 1): Uint8Array => new Uint8Array(length).fill(value);
const limits = (whenFull: InboundLimits["whenFull"], maxMessages = 2, maxBytes = 100): InboundLimits => ({
  maxMessages,
  maxBytes,
  whenFull,
});
const none = (): void => assert.fail("nobody was to be told of room");

describe("InboundQueue", () => {
  test("hands messages over in order, to readers that came before them and after", async () => {
    const queue = new InboundQueue(limits("fail"), none);
    const early = [queue.next(), queue.next()];
    for (const value of [1, 2, 3, 4]) assert.equal(queue.push(bytes(value)), "taken");
    queue.end();
    const late = [queue.next(), queue.next(), queue.next(), queue.next()];
    const got = await Promise.all([...early, ...late]);
    assert.deepEqual(
      got.map((one) => one?.[0]),
      [1, 2, 3, 4, undefined, undefined],
    );
  });

  test("hands over an empty message as a message, not as the end", async () => {
    const queue = new InboundQueue(limits("fail"), none);
    queue.push(new Uint8Array(0));
    queue.end();
    assert.deepEqual(await queue.next(), new Uint8Array(0));
    assert.equal(await queue.next(), undefined);
  });

  test("end() ends readers that wait, and takes nothing afterwards", async () => {
    const queue = new InboundQueue(limits("fail"), none);
    const waiting = queue.next();
    queue.end();
    assert.equal(await waiting, undefined);
    assert.equal(queue.push(bytes(1)), "taken");
    assert.equal(await queue.next(), undefined);
    assert.equal(queue.hasEnded, true);
  });

  test("end(error) keeps what is queued in front of the error", async () => {
    const queue = new InboundQueue(limits("fail"), none);
    queue.push(bytes(1));
    const error = new Error("over");
    queue.end(error);
    queue.end(new Error("a second end"));
    assert.deepEqual(await queue.next(), bytes(1));
    await assert.rejects(queue.next(), error);
    await assert.rejects(queue.next(), error);
  });

  test("discard(error) drops what is queued and fails every reader, now and later", async () => {
    const queue = new InboundQueue(limits("fail"), none);
    const waiting = queue.next();
    const error = new Error("over");
    queue.discard(error);
    await assert.rejects(waiting, error);
    await assert.rejects(queue.next(), error);

    const unread = new InboundQueue(limits("fail"), none);
    unread.push(bytes(1));
    unread.discard(error);
    await assert.rejects(unread.next(), error);
  });

  test("discard() after end() drops what is queued and leaves the first end in place", async () => {
    const queue = new InboundQueue(limits("fail"), none);
    queue.push(bytes(1));
    queue.end();
    queue.discard(new Error("too late"));
    assert.equal(await queue.next(), undefined);
  });

  test("fail: refuses the message that is one too many, and keeps the others", async () => {
    const queue = new InboundQueue(limits("fail"), none);
    assert.deepEqual(
      [1, 2, 3].map((value) => queue.push(bytes(value))),
      ["taken", "taken", "overflow"],
    );
    assert.deepEqual(await queue.next(), bytes(1));
    assert.equal(queue.push(bytes(4)), "taken");
    assert.deepEqual(await queue.next(), bytes(2));
    assert.deepEqual(await queue.next(), bytes(4));
  });

  test("fail: refuses the message that is too many bytes", () => {
    const queue = new InboundQueue(limits("fail", 1000, 100), none);
    assert.equal(queue.push(bytes(1, 60)), "taken");
    assert.equal(queue.push(bytes(2, 41)), "overflow");
    assert.equal(queue.push(bytes(3, 40)), "taken");
  });

  for (const whenFull of ["fail", "drop-oldest", "pause"] as const) {
    test(`${whenFull}: an empty queue takes one message of any size, as a waiting reader would`, async () => {
      const queue = new InboundQueue(limits(whenFull, 1, 10), none);
      assert.equal(queue.push(bytes(1, 50)), "taken");
      assert.equal((await queue.next())?.length, 50);
    });
  }

  test("drop-oldest: throws away and counts what is unread for longest", async () => {
    const queue = new InboundQueue(limits("drop-oldest"), none);
    for (const value of [1, 2, 3, 4]) assert.equal(queue.push(bytes(value)), "taken");
    assert.equal(queue.dropped, 2);
    assert.deepEqual([await queue.next(), await queue.next()], [bytes(3), bytes(4)]);
  });

  test("drop-oldest: makes as much room as one large message needs", async () => {
    const queue = new InboundQueue(limits("drop-oldest", 10, 100), none);
    for (const value of [1, 2, 3]) queue.push(bytes(value, 30));
    queue.push(bytes(4, 70));
    assert.equal(queue.dropped, 2);
    assert.deepEqual([(await queue.next())?.[0], (await queue.next())?.[0]], [3, 4]);
  });

  test("pause: takes everything, says that it is full, and tells once when half of the room is free", async () => {
    let told = 0;
    const queue = new InboundQueue(limits("pause", 4), () => told++);
    const results = [1, 2, 3, 4, 5, 6].map((value) => queue.push(bytes(value)));
    assert.deepEqual(results, ["taken", "taken", "taken", "taken", "taken-now-full", "taken-now-full"]);
    for (let read = 1; read <= 6; read++) {
      assert.equal((await queue.next())?.[0], read);
      assert.equal(told, read < 4 ? 0 : 1, `after ${read} messages`);
    }
  });

  test("pause: tells of room when what is queued is discarded", () => {
    let told = 0;
    const queue = new InboundQueue(limits("pause", 1), () => told++);
    queue.push(bytes(1));
    queue.push(bytes(2));
    queue.discard(new Error("over"));
    assert.equal(told, 1);
    const left = new InboundQueue(limits("pause", 1), () => told++);
    left.push(bytes(1));
    left.push(bytes(2));
    left.end();
    assert.equal(told, 1);
    left.discard();
    assert.equal(told, 2);
  });

  test("does not keep a large chunk for the sake of a small message in it", async () => {
    const queue = new InboundQueue(limits("fail"), none);
    const chunk = Buffer.alloc(65_536, 7);
    queue.push(chunk.subarray(10, 20));
    const item = await queue.next();
    assert.deepEqual(item, bytes(7, 10));
    assert.equal(item?.buffer.byteLength, 10);
  });

  test("does not keep messages that have been read, even when it never runs empty", async () => {
    const queue = new InboundQueue(limits("fail", 3, 1e9), none);
    const refs: WeakRef<Uint8Array>[] = [];
    const offer = (): void => {
      const item = bytes(1, 1000);
      refs.push(new WeakRef(item));
      queue.push(item);
    };
    offer();
    for (let round = 0; round < 100; round++) {
      offer();
      await queue.next();
    }
    const { setFlagsFromString } = await import("node:v8");
    const { runInNewContext } = await import("node:vm");
    setFlagsFromString("--expose-gc");
    await new Promise((resolve) => setImmediate(resolve));
    runInNewContext("gc")();
    const kept = refs.filter((ref) => ref.deref() !== undefined).length;
    assert.ok(kept <= 3, `${kept} messages are kept, one is unread`);
  });

  test("holds no more than its bounds and loses nothing it did not count, whatever happens", async () => {
    const step = fc.oneof(
      fc.record({ op: fc.constant("push" as const), size: fc.nat(60) }),
      fc.record({ op: fc.constant("next" as const) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("fail" as const, "drop-oldest" as const, "pause" as const),
        fc.array(step, { maxLength: 80 }),
        async (whenFull, steps) => {
          let isPaused = false;
          const queue = new InboundQueue(limits(whenFull, 5, 100), () => {
            assert.ok(isPaused);
            isPaused = false;
          });
          let model: number[] = [];
          let serial = 0;
          let dropped = 0;
          for (const one of steps) {
            if (one.op === "next") {
              if (model.length === 0) continue;
              assert.equal((await queue.next())?.length, model.shift());
              continue;
            }
            if (isPaused) continue; // its owner has stopped reading
            serial++;
            const sum = model.reduce((total, size) => total + size, 0);
            const isOver = model.length > 0 && (model.length >= 5 || sum + one.size > 100);
            const result = queue.push(bytes(serial & 255, one.size));
            if (whenFull === "fail") assert.equal(result, isOver ? "overflow" : "taken");
            if (result === "overflow") continue;
            if (result === "taken-now-full") isPaused = true;
            model.push(one.size);
            if (whenFull === "drop-oldest") {
              const lost = queue.dropped - dropped;
              dropped = queue.dropped;
              assert.equal(lost > 0, isOver);
              model = model.slice(lost);
              assert.ok(model.length <= 5);
            }
          }
          queue.end();
          for (const size of model) assert.equal((await queue.next())?.length, size);
          assert.equal(await queue.next(), undefined);
        },
      ),
    );
  });
});
