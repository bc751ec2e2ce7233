import assert from "node:assert/strict";
import { test } from "node:test";
import { Slots } from "../../../../manager/runtime/slots.ts";
import { isCanceled, isResourceExhausted } from "../../../../proto/errors.ts";

test("so many run, the others wait in their order, one more than may wait is refused", async () => {
  const slots = new Slots(2, 2);
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
  const begun: number[] = [];
  const run = (index: number) =>
    slots.run(`work ${index}`, async () => {
      begun.push(index);
      await gates[index]?.promise;
      return index;
    });
  const runs = [0, 1, 2, 3].map(run);
  await assert.rejects(run(4), isResourceExhausted);
  assert.equal(slots.count, 4);
  assert.deepEqual(begun, [0, 1]);
  gates[1]?.resolve();
  assert.equal(await runs[1], 1);
  await new Promise(setImmediate);
  assert.deepEqual(begun, [0, 1, 2]);
  for (const gate of gates) gate.resolve();
  assert.deepEqual(await Promise.all(runs), [0, 1, 2, 3]);
  assert.equal(slots.count, 0);
});

test("who gives up while waiting leaves the queue, and work that fails gives its slot on", async () => {
  const slots = new Slots(1);
  const gate = Promise.withResolvers<void>();
  const first = slots.run("first", () => gate.promise);
  const abort = new AbortController();
  const given = slots.run("second", () => Promise.resolve("never"), abort.signal);
  const third = slots.run("third", () => Promise.resolve("third"));
  abort.abort();
  await assert.rejects(given, isCanceled);
  gate.reject(new Error("first"));
  await assert.rejects(first, /first/);
  assert.equal(await third, "third");
  assert.equal(slots.count, 0);
});
