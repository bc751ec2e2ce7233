// Many containers with our shim, each in a shim of its own: nothing is left of any, and nothing is confused between them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { buildHawserShim } from "../support/hawser-shim.ts";
import { readMachineState } from "../support/machine-state.ts";
import { ShimHarness } from "../support/shim-harness.ts";
import { manyContainers } from "./contract/shims.ts";

const harness = new ShimHarness({ binary: buildHawserShim(), runtime: "runc" });

test("200 containers, 16 at a time, are created, executed into and deleted without a trace", {
  timeout: 8 * 60_000,
}, async () => {
  await manyContainers(harness, 200, 16);
  const { processes, mounts, cgroups, sockets } = readMachineState(harness.suite.id, [harness.runtimeRoot]);
  assert.deepEqual([...processes, ...mounts, ...cgroups, ...sockets], []);
});
