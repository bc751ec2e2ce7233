// What a shim promises, as one suite for every shim and OCI runtime: containerd's own Go shim is the control that says whether
// the suite asks for what containerd relies on.

import { describe } from "node:test";
import type { ShimProgram } from "../support/container-options.ts";
import { ShimHarness } from "../support/shim-harness.ts";
import { execsContract } from "./contract/execs.ts";
import type { Expectations } from "./contract/expectations.ts";
import { lifecycleContract } from "./contract/lifecycle.ts";
import { resourcesContract } from "./contract/resources.ts";
import { rootfsContract } from "./contract/rootfs.ts";
import { shimsContract } from "./contract/shims.ts";
import { statesContract } from "./contract/states.ts";
import { streamsContract } from "./contract/streams.ts";
import { terminalsContract } from "./contract/terminals.ts";

/** Registers the whole suite for one shim and runtime. Once per file. */
export function shimContract(program: ShimProgram, expected: Expectations): void {
  const harness = new ShimHarness({
    ...program,
    groundless: expected.groundless,
    leavesDeadSocket: expected.leavesDeadSocket,
  });
  describe(`shim contract on ${program.runtime}`, () => {
    lifecycleContract(harness);
    statesContract(harness, expected);
    streamsContract(harness, expected);
    terminalsContract(harness, expected);
    execsContract(harness, expected);
    resourcesContract(harness, expected);
    rootfsContract(harness, expected);
    shimsContract(harness, expected);
  });
}
