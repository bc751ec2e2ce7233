// The road of an exit: whose it is, what is told first, and whose fault a lack of memory was.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { ContainerCgroup } from "../../../shim/container-cgroup.ts";
import { attempt, tellExit } from "../../../shim/ending.ts";
import { readExitRecord } from "../../../shim/exit-record.ts";
import { Exits, type ReapedExit } from "../../../shim/exits.ts";
import { Process } from "../../../shim/process.ts";
import { ShimCore } from "../../fakes/shim-core.ts";
import { useSuite } from "../../support/suite.ts";

const suite = useSuite();
const reaped: ReapedExit = { pid: 4_000_000, signal: 9, dumpedCore: false, at: new Date(1_700_000_000_000) };

/** A process that has ended in a container with these kills for want of memory. */
function ending(oomKills: bigint, oomKillsBefore: bigint, settleOom = (): void => undefined) {
  const shim = new ShimCore(suite, new Exits());
  const bundleDir = join(suite.dir, suite.newId());
  mkdirSync(bundleDir);
  const process = new Process("e", {});
  process.oomKillsBefore = oomKillsBefore;
  const cgroup = { settleOom, oomKills } as unknown as ContainerCgroup;
  const seen: string[] = [];
  const setState = (): void => {
    seen.push(`state, after ${shim.events.length} events`);
    assert.notEqual(readExitRecord({ bundleDir, execId: "e" }).value, undefined, "the record comes first");
  };
  tellExit({ containerId: "c", bundleDir, process, reaped, cgroup, host: shim.host, setState });
  return { shim, process, seen, record: readExitRecord({ bundleDir, execId: "e" }).value };
}

test("tellExit(): record, state, event, waiters, in that order", async () => {
  const { shim, process, seen } = ending(0n, 0n);
  assert.deepEqual(seen, ["state, after 0 events"]);
  assert.deepEqual(shim.events, ["exit e 137"]);
  assert.equal((await process.exited).exitStatus, 137);
});

for (const [why, kills, before, oom] of [
  ["no process was killed", 0n, 0n, false],
  ["one was while it ran", 1n, 0n, true],
  ["one was before it began", 1n, 1n, false],
] as const) {
  test(`tellExit(): oom is ${oom} when ${why}`, () => {
    assert.equal(ending(kills, before).record?.oom, oom);
  });
}

test("tellExit() tells of the exit although nobody can tell about memory", () => {
  const { shim, record } = ending(0n, 0n, () => {
    throw new Error("EMFILE");
  });
  assert.deepEqual(shim.events, ["exit e 137"]);
  assert.equal(record?.oom, false);
  assert.match(shim.warnings.join(), /EMFILE/);
});

test("attempt() outlives work that fails and work that does not end, and says so", async () => {
  const shim = new ShimCore(suite, new Exits());
  assert.equal(await attempt(shim.host, "a", 1_000, Promise.resolve()), true);
  assert.equal(await attempt(shim.host, "b", 1_000, Promise.reject(new Error("no"))), false);
  assert.equal(await attempt(shim.host, "c", 1, new Promise(() => undefined)), false);
  assert.deepEqual(shim.warnings, ["b: continuing no", "c: continuing not done in 1 ms"]);
});
