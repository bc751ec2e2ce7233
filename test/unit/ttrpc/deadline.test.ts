import assert from "node:assert/strict";
import { describe, mock, test } from "node:test";
import { Deadline } from "../../../ttrpc/deadline.ts";
import { turns, until } from "./support.ts";

const MONTH_MS = 30 * 24 * 3_600_000;

describe("Deadline", () => {
  test("fires once when the time is over", async () => {
    let fired = 0;
    const deadline = new Deadline(1, () => fired++);
    await until(() => fired > 0, "the deadline");
    await turns();
    assert.equal(fired, 1);
    assert.ok(deadline.remainingMs <= 0);
  });

  test("fires for a time that is over already, but never inside the constructor", async () => {
    let fired = 0;
    new Deadline(-5, () => fired++);
    assert.equal(fired, 0);
    await until(() => fired === 1, "the deadline");
  });

  test("does not fire when it was cleared", async () => {
    let fired = 0;
    new Deadline(1, () => fired++).clear();
    let later = 0;
    new Deadline(5, () => later++);
    await until(() => later === 1, "a later deadline");
    assert.equal(fired, 0);
  });

  test("waits longer than 2^31 ms, where Node's own timers fire at once", async (t) => {
    let now = 0;
    mock.method(performance, "now", () => now);
    t.mock.timers.enable({ apis: ["setTimeout"] });
    let fired = 0;
    const deadline = new Deadline(3 * MONTH_MS, () => fired++);
    for (let month = 0; month < 5; month++) {
      assert.equal(fired, month < 3 ? 0 : 1, `after ${month} months`);
      assert.equal(deadline.remainingMs, (3 - month) * MONTH_MS);
      now += MONTH_MS;
      t.mock.timers.tick(MONTH_MS);
    }
    mock.restoreAll();
    assert.equal(fired, 1);
  });

  test("holds one timer at a time, and none when it is infinite or cleared", () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((one) => one === "Timeout").length;
    const before = timers();
    const deadline = new Deadline(2 ** 62 / 1e6, () => assert.fail("too early"));
    assert.equal(timers(), before + 1);
    deadline.clear();
    assert.equal(timers(), before);
    const infinite = new Deadline(Number.POSITIVE_INFINITY, () => assert.fail("too early"));
    assert.equal(timers(), before);
    assert.equal(infinite.remainingMs, Number.POSITIVE_INFINITY);
    infinite.clear();
  });
});
