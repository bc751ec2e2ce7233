// Who counts when a client is lost. Sessions and process are the test's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Broker } from "../../../../shim/attach/broker.ts";
import { InputAccount } from "../../../../shim/attach/input-queue.ts";
import type { SessionSide } from "../../../../shim/attach/sides.ts";

/** A session that may type, unless the test says otherwise. */
function sessionWith(changes: Partial<SessionSide> = {}): SessionSide {
  return {
    id: 1n,
    uid: 0,
    pid: 1,
    clientName: "test",
    openedAt: new Date(0),
    isReadOnly: false,
    canType: true,
    hasNoSay: true,
    size: undefined,
    activity: 0,
    holds: false,
    offset: 0,
    skippedBytes: 0,
    account: new InputAccount(),
    pump: () => undefined,
    cut: () => undefined,
    ...changes,
  };
}

function scene() {
  const done: string[] = [];
  const broker = Broker.open({
    containerId: "c",
    execId: undefined,
    isTerminal: false,
    hasStdin: true,
    wanted: { onDisconnect: "kill" },
    onNotice: () => undefined,
  });
  broker.serve({
    size: undefined,
    goOn: () => undefined,
    resize: () => undefined,
    signal: () => undefined,
    hangUp: () => done.push("hangup"),
    killAll: () => done.push("kill"),
  });
  return { broker, done };
}

const OTHERS: readonly [what: string, other: Partial<SessionSide>, expected: readonly string[]][] = [
  ["another one that may type keeps the process", {}, []],
  ["one that only looks does not", { isReadOnly: true, canType: false }, ["kill"]],
  [
    "nor does one that was cut and does not go, because its client does not read",
    { canType: false },
    ["kill"],
  ],
];

for (const [what, other, expected] of OTHERS) {
  test(`when a session is lost, ${what}`, async () => {
    const { broker, done } = scene();
    await using _ = broker;
    const lost = sessionWith({ id: 2n });
    broker.join(sessionWith(other));
    broker.join(lost);
    broker.begun();
    broker.leave(lost, true);
    assert.deepEqual(done, expected);
  });
}

test("of two connections with one session, the one that came last is the one to go on from", async () => {
  const { broker } = scene();
  await using _ = broker;
  const cut: string[] = [];
  const account = new InputAccount();
  broker.join(sessionWith({ account, canType: false, cut: () => cut.push("first") }));
  broker.join(sessionWith({ account, cut: () => cut.push("second") }));
  assert.equal(broker.resume(1n, 0), account);
  assert.deepEqual(cut, ["second"]);
});
