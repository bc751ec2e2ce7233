// When a shim ends, and for whom it stays.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Census, mayEnd, OrderlyEnd } from "../../../shim/orderly-end.ts";

for (const [why, census, answer] of [
  ["no container: nothing can be lost", { containers: 0, isAnyAlive: false, connections: 2 }, true],
  [
    "a live container would lose output and exit status",
    { containers: 1, isAnyAlive: true, connections: 0 },
    false,
  ],
  ["a manager may still ask for the exit", { containers: 1, isAnyAlive: false, connections: 1 }, false],
  [
    "the exit is on disk, and nobody is there to ask",
    { containers: 1, isAnyAlive: false, connections: 0 },
    true,
  ],
] as const satisfies readonly (readonly [string, Census, boolean])[]) {
  test(`mayEnd(): ${answer}: ${why}`, () => assert.equal(mayEnd(census), answer));
}

test("OrderlyEnd.wish() is granted later, when the last container has ended and the manager has gone", async () => {
  const census = { containers: 1, isAnyAlive: true, connections: 1 };
  const end = new OrderlyEnd(() => census);
  assert.equal(end.changed(), false);
  assert.equal(end.wish(), false);
  census.isAnyAlive = false;
  assert.equal(end.changed(), false);
  census.connections = 0;
  assert.equal(end.changed(), true);
  await end.asked;
});

test("OrderlyEnd: without a wish no change ends the shim, and Shutdown does", async () => {
  const end = new OrderlyEnd(() => ({ containers: 0, isAnyAlive: false, connections: 0 }));
  assert.equal(end.changed(), false);
  end.shutdown();
  await end.asked;
});
