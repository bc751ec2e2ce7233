import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryTrimmer } from "../../../sys/memory-trimmer.ts";

const MIB = 2 ** 20;

test("MemoryTrimmer trims once per stretch of work, when it is over, and only what has grown", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let resident = 50 * MIB;
  const released: number[] = [];
  let settled = 0;
  using trimmer = new MemoryTrimmer({
    quietMs: 1_000,
    residentBytes: () => resident,
    settle: () => {
      settled += 1;
    },
    release: () => {
      released.push(resident);
      resident -= 10 * MIB;
    },
  });
  trimmer.start();
  t.mock.timers.tick(900);
  process.emit("SIGCHLD", "SIGCHLD");
  t.mock.timers.tick(900);
  assert.deepEqual(released, [], "work came in between");
  t.mock.timers.tick(100);
  assert.deepEqual(released, [50 * MIB]);

  resident += MIB;
  process.emit("SIGCHLD", "SIGCHLD");
  t.mock.timers.tick(10_000);
  assert.equal(released.length, 1, "a probe is not worth it");
  resident += 5 * MIB;
  process.emit("SIGCHLD", "SIGCHLD");
  t.mock.timers.tick(1_000);
  assert.deepEqual(released, [50 * MIB, 46 * MIB]);
  assert.equal(settled, 1);

  resident += 5 * MIB;
  trimmer.noteWork();
  t.mock.timers.tick(1_000);
  assert.equal(released.length, 3, "work that no child's death tells of");
});

test("MemoryTrimmer that was disposed of leaves nothing behind", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const before = process.listenerCount("SIGCHLD");
  let isReleased = false;
  const trimmer = new MemoryTrimmer({
    quietMs: 1,
    release: () => {
      isReleased = true;
    },
  });
  trimmer.start();
  trimmer[Symbol.dispose]();
  t.mock.timers.tick(10);
  assert.equal(isReleased, false);
  assert.equal(process.listenerCount("SIGCHLD"), before);
});
