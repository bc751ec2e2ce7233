// A host for the rules, whatever this machine is; and how a refusal is checked.
import assert from "node:assert/strict";
import { CAPABILITIES } from "../../../../manager/oci/capabilities.ts";
import type { HostFacts } from "../../../../manager/oci/host-facts.ts";
import { isInvalidArgument } from "../../../../proto/errors.ts";

/** A machine that can do everything. */
export const HOST: HostFacts = {
  arch: "x64",
  kernel: [6, 1],
  capabilities: new Set(CAPABILITIES),
  limits: new Map([["RLIMIT_NOFILE", { soft: 1024n, hard: 1_048_576n }]]),
  cpus: [0, 1, 2, 3],
  memoryNodes: [0],
  cgroupVersion: "v2",
  controllers: new Set(["memory", "cpu", "cpuset", "pids", "io", "devices"]),
  hasSwapLimit: true,
  hasIoWeight: true,
  oomScoreAdj: 0,
  hasApparmor: false,
  hasSelinux: false,
};

/** Checks that it throws InvalidArgument with this message, or one that matches. */
export function refuses(action: () => unknown, message: string | RegExp): void {
  assert.throws(action, (error: Error) => {
    assert.ok(isInvalidArgument(error), String(error));
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
}
