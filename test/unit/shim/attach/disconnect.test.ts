import assert from "node:assert/strict";
import { test } from "node:test";
import { Disconnect, type OnDisconnect } from "../../../../shim/attach/disconnect.ts";

type Step = "lost" | "joined" | "begun";

const CASES: readonly [why: string, OnDisconnect, readonly Step[], readonly string[]][] = [
  ["a loss is carried out", "kill", ["begun", "lost"], ["kill"]],
  ["so is one that came before the process", "kill", ["lost", "begun"], ["kill"]],
  ["and a hang-up", "hangup", ["lost", "begun"], ["hangup"]],
  ["not while the process is not there", "kill", ["lost"], []],
  ["not when somebody came back before it began", "kill", ["lost", "joined", "begun"], []],
  ["once for each loss", "hangup", ["lost", "begun", "begun", "joined", "lost"], ["hangup", "hangup"]],
  ["nothing is to happen", "keep", ["lost", "begun", "lost"], []],
];

for (const [why, policy, steps, expected] of CASES) {
  test(`on-disconnect=${policy}: ${why} (${steps.join(", ")})`, () => {
    const done: string[] = [];
    const disconnect = new Disconnect(policy, (what) => done.push(what));
    for (const step of steps) disconnect[step]();
    assert.deepEqual(done, expected);
  });
}
