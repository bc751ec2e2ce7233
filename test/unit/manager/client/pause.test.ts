import assert from "node:assert/strict";
import { test } from "node:test";
import { pause } from "../../../../manager/client/pause.ts";
import { Code, HawserError, isUnavailable } from "../../../../proto/errors.ts";

test("pause() ends with its signal, before and while it waits", async () => {
  const reason = new HawserError(Code.Unavailable, "stopping");
  await assert.rejects(pause(60_000, AbortSignal.abort(reason)), isUnavailable);
  const abort = new AbortController();
  const paused = assert.rejects(pause(60_000, abort.signal), isUnavailable);
  abort.abort(reason);
  await paused;
  await pause(1, new AbortController().signal);
});
