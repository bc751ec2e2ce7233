import assert from "node:assert/strict";
import { test } from "node:test";
import { InputAccount } from "../../../../shim/attach/input-queue.ts";
import { LostAccounts } from "../../../../shim/attach/lost-accounts.ts";

test("an account comes back once, to its own user, however often it was kept", () => {
  const lost = new LostAccounts();
  const account = new InputAccount();
  lost.keep({ id: 1n, uid: 7, account: new InputAccount() });
  lost.keep({ id: 1n, uid: 7, account });
  assert.equal(lost.take(1n, 8), undefined);
  assert.equal(lost.take(1n, 7), account);
  assert.equal(lost.take(1n, 7), undefined);
});

test("of too many accounts the oldest go, and one that was kept again is not the oldest", () => {
  const lost = new LostAccounts();
  for (let id = 0n; id < 64n; id++) lost.keep({ id, uid: 0, account: new InputAccount() });
  lost.keep({ id: 0n, uid: 0, account: new InputAccount() });
  lost.keep({ id: 64n, uid: 0, account: new InputAccount() });
  const has = (id: bigint): boolean => lost.take(id, 0) !== undefined;
  assert.deepEqual([has(0n), has(1n), has(2n), has(64n)], [true, false, true, true]);
});
