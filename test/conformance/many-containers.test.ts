// Two hundred containers, sixteen at a time, each started, executed into and deleted through containerd: nothing of them is left,
// and neither containerd nor a shim has more descriptors open than before.

import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { readMachineState } from "../support/machine-state.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";
import { begin } from "./support/begin.ts";
import { Containerd, newContainerd } from "./support/containerd.ts";
import { imageName } from "./support/image-archive.ts";
import { descriptorCount } from "./support/shim-processes.ts";
import { shimVariants } from "./support/shim-variant.ts";

const COUNT = 200;
const AT_A_TIME = 16;

const suite = useSuite();
let archive = "";
before(async () => {
  archive = await begin(suite);
});

for (const [index, variant] of shimVariants(newContainerd()).entries()) {
  if (!variant.isOurs) continue;
  describe(`${COUNT} containers with ${variant.label}`, { timeout: 600_000 }, () => {
    test(`${AT_A_TIME} at a time leave nothing behind`, async () => {
      const dir = join(suite.dir, String(index));
      await using containerd = await Containerd.start(newContainerd(), { dir, namespace: suite.newId() });
      await containerd.watch(async () => {
        const runtime = await variant.prepare(containerd);
        await containerd.importImage(archive);
        const fifos = ["--fifo-dir", join(dir, "fifo")];
        const start = async (id: string): Promise<void> => {
          const script = "while :; do sleep 1000; done";
          const args = ["run", "--detach", ...fifos, ...runtime, imageName, id, "sh", "-c", script];
          await containerd.ctr(args, { deadlineMs: 120_000 });
        };
        const exec = async (id: string): Promise<void> => {
          const args = ["tasks", "exec", ...fifos, "--exec-id", "one", id, "echo", id];
          assert.equal((await containerd.ctr(args, { deadlineMs: 120_000 })).stdout, `${id}\n`);
        };
        const remove = async (id: string): Promise<void> => {
          await containerd.ctr(["tasks", "delete", "--force", id], { deadlineMs: 120_000, status: "any" });
          await containerd.ctr(["containers", "delete", id], { deadlineMs: 120_000 });
        };

        // One that stays: its shim must not grow by what happens around it and in it.
        const staying = `${containerd.namespace}-stays`;
        await start(staying);
        await exec(staying);
        const [shim = 0] = containerd.shimPids();
        const before = await settledCounts(containerd.pid, shim);

        const ids = Array.from({ length: COUNT }, (_, at) => `${containerd.namespace}-${at}c`);
        const queue = [...ids];
        const worker = async (): Promise<void> => {
          for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
            await start(id);
            await exec(id);
            await remove(id);
          }
        };
        await Promise.all(Array.from({ length: AT_A_TIME }, worker));
        for (let count = 0; count < 10; count += 1) await exec(staying);

        await until(
          async () => {
            const now = await settledCounts(containerd.pid, shim);
            assert.ok(
              now.every((value, at) => value <= (before[at] ?? 0)),
              `${before} became ${now}`,
            );
            return true;
          },
          { what: "the descriptors that were open before", deadline: 30_000 },
        );
        await remove(staying);
        await containerd.assertEmpty();
        const { mounts, cgroups } = readMachineState(`${containerd.namespace}-`);
        assert.deepEqual([...mounts, ...cgroups], []);
      });
    });
  });
}

async function settledCounts(...pids: number[]): Promise<number[]> {
  // A count in the middle of a call would be of no use: two equal ones in a row.
  let last: number[] = [];
  return await until(
    () => {
      const now = pids.map(descriptorCount);
      const isSettled = String(now) === String(last);
      last = now;
      return isSettled && now;
    },
    { what: "a settled number of descriptors" },
  );
}
