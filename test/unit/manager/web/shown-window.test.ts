import assert from "node:assert/strict";
import { test } from "node:test";
import { ShownWindow } from "../../../../manager/web/shown-window.ts";
import { OUTPUT_WINDOW_BYTES } from "../../../../manager/web/wire.ts";

const WINDOW = BigInt(OUTPUT_WINDOW_BYTES);
const never = new AbortController().signal;

/** Whether a promise is settled by now. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  let isSettled = false;
  void promise.finally(() => {
    isSettled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return isSettled;
}

test("a window lets so much go ahead of what is shown, from wherever it begins", async () => {
  const window = new ShownWindow();
  window.begin(1_000n);
  assert.ok(await isDone(window.wait(1_000n + WINDOW, never)));
  const waiting = window.wait(1_001n + WINDOW, never);
  assert.ok(!(await isDone(waiting)));
  window.show(999n);
  assert.ok(!(await isDone(waiting)));
  window.show(1_001n);
  await waiting;
});

test("a gap moves the window, and a signal ends the wait", async () => {
  const window = new ShownWindow();
  window.begin(10n * WINDOW);
  await window.wait(11n * WINDOW, never);
  const abort = new AbortController();
  const waiting = window.wait(12n * WINDOW, abort.signal);
  const failed = assert.rejects(waiting, /stopping/);
  abort.abort(new Error("stopping"));
  await failed;
});
