import assert from "node:assert/strict";
import { test } from "node:test";
import { signalNumber } from "../../../../manager/client/signal-number.ts";

test("signalNumber() knows names in any spelling, and numbers", () => {
  for (const signal of ["SIGTERM", "TERM", "sigterm", 15, "15"]) assert.equal(signalNumber(signal), 15);
  assert.equal(signalNumber(64), 64);
  for (const signal of ["", "SIG", "NOPE", 0, 65, -1, 1.5])
    assert.throws(() => signalNumber(signal), /signal/);
});
