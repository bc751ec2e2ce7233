import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "../../../shim/turns.ts";

test("Turns.take() runs one at a time, in the order of asking", async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const first = Promise.withResolvers<void>();
  const a = turns.take(async () => {
    seen.push("a begins");
    await first.promise;
    seen.push("a ends");
  });
  const b = turns.take(async () => {
    seen.push("b");
  });
  first.resolve();
  await Promise.all([a, b]);
  assert.deepEqual(seen, ["a begins", "a ends", "b"]);
});

test("Turns.take() fails the caller whose work failed, and goes on", async () => {
  const turns = new Turns();
  const failing = turns.take(() => Promise.reject(new Error("no")));
  const next = turns.take(() => Promise.resolve(1));
  await assert.rejects(failing, /no/);
  assert.equal(await next, 1);
});
