// What containerd's users may expect of a shim, the same for every version of containerd and every shim.
// The control comes first: complaints in the daemon's log that it does not cause are ours.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ctrContract } from "../support/ctr-contract.ts";
import { Scene } from "../support/ctr-scene.ts";
import { type ShimVariant, shimVariants } from "../support/shim-variant.ts";
import { useSuite } from "../support/suite.ts";
import { begin } from "./support/begin.ts";
import { Containerd, type ContainerdProgram } from "./support/containerd.ts";
import { complaints } from "./support/daemon-log.ts";

/** Registers the tests for one containerd. */
export function containerdContract(program: ContainerdProgram): void {
  const suite = useSuite();
  const said = new Map<ShimVariant, Set<string>>();
  let archive = "";
  before(async () => {
    archive = await begin(suite);
  });

  const variants = shimVariants(program);
  for (const [index, variant] of variants.entries()) {
    describe(`${program.label} with ${variant.label}`, { timeout: 300_000 }, () => {
      const scene = new Scene(variant);
      before(async () => {
        const dir = join(suite.dir, String(index));
        scene.begin(await Containerd.start(program, { dir, namespace: suite.newId() }));
        scene.runtime = await variant.prepare(scene.daemon);
        await scene.daemon.importImage(archive);
      });
      after(async () => await scene.end());

      ctrContract(scene);
      test("nothing is left of the containers", async () => {
        await scene.daemon.assertEmpty({ ofOurs: variant.isOurs });
      });
      test("the daemon says nothing about it that it does not say of its own shim", () => {
        said.set(variant, complaints(scene.daemon.log));
        const control = variants.find(({ isOurs }) => !isOurs);
        const allowed = (control && said.get(control)) ?? new Set();
        assert.deepEqual(
          [...complaints(scene.daemon.log)].filter((line) => !allowed.has(line)),
          [],
        );
      });
    });
  }
}
