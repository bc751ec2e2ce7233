// What can be done to the processes of a container and its cgroup: Kill, Pause, Pids, Stats, Update, and running out of memory.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe } from "node:test";
import { is, packJson, unpack, unpackJson } from "../../../proto/any.ts";
import { Metrics as MetricsV1 } from "../../../proto/gen/cgroups-v1.ts";
import { Metrics as MetricsV2 } from "../../../proto/gen/cgroups-v2.ts";
import { Status } from "../../../proto/gen/process.ts";
import { ProcessDetails } from "../../../proto/gen/runc-options.ts";
import type { ShimHarness } from "../../support/shim-harness.ts";
import { until } from "../../support/until.ts";
import { refuses } from "./answers.ts";
import { test } from "./bounded-test.ts";
import type { Expectations } from "./expectations.ts";

const isUnified = existsSync("/sys/fs/cgroup/cgroup.controllers");
const MIB = 1 << 20;
const LISTEN = "while :; do sleep 0.05; done";
const FAMILY = `trap 'echo init' TERM; sh -c "trap 'echo child' TERM; echo up; ${LISTEN}" & ${LISTEN}`;

function memoryLimit(id: string): number {
  const path = isUnified
    ? `/sys/fs/cgroup/${id}/memory.max`
    : `/sys/fs/cgroup/memory/${id}/memory.limit_in_bytes`;
  return Number(readFileSync(path, "utf8"));
}

export function resourcesContract(harness: ShimHarness, expected: Expectations): void {
  describe("processes and resources", () => {
    test("Kill reaches init alone; with `all` it reaches every process", async () => {
      await using container = await harness.start({ script: FAMILY });
      const { id, task } = container;
      const out = container.output("out");
      await container.create({ stdout: out.path, stderr: out.path });
      await task.start({ id });
      await out.shows("up\n");
      await task.kill({ id, signal: 15 });
      await out.shows("init\n");
      await container.execToEnd("look", "true");
      assert.equal(out.text.includes("child"), false);
      await task.kill({ id, signal: 15, all: true });
      await out.shows("child\n");
      await task.kill({ id, signal: 9, all: true });
      assert.equal((await task.wait({ id })).exitStatus, 137);
      await out.whole();
    });

    test("a signal that there is not is refused, and the container lives", async () => {
      await using container = await harness.run();
      const { id, task } = container;
      await refuses(task.kill({ id, signal: 200 }), expected.badSignal);
      assert.equal((await task.state({ id })).status, Status.RUNNING);
    });

    test("without a pid namespace of its own, init's exit takes the others along", async () => {
      await using container = await harness.start({
        script: "sleep 1000 & echo $!; exit 0",
        adjust: (spec) => {
          spec.linux.namespaces = spec.linux.namespaces.filter(({ type }) => type !== "pid");
        },
      });
      const { id, task } = container;
      const out = container.output("out");
      await container.create({ stdout: out.path, stderr: out.path });
      await task.start({ id });
      const pid = Number(await out.whole());
      assert.ok(pid > 1);
      await until(() => !existsSync(`/proc/${pid}`), { what: `the end of process ${pid}` });
    });

    test("Pause stops it, Resume lets it go on, State and events say so", async () => {
      await using container = await harness.run();
      const { id, task, events } = container;
      await task.pause({ id });
      assert.equal((await task.state({ id })).status, Status.PAUSED);
      await task.resume({ id });
      assert.equal((await task.state({ id })).status, Status.RUNNING);
      assert.equal((await container.execToEnd("alive", "echo yes")).text, "yes\n");
      await container.kill();
      await task.delete({ id });
      await events.hearsExactly(id, [
        "create",
        "start",
        "paused",
        "resumed",
        "exec-added alive",
        "exec-started alive",
        "exit alive 0",
        "exit 137",
        "delete",
      ]);
    });

    test("Pids lists every process and says which exec one is", async () => {
      await using container = await harness.start({ script: "sleep 1000 & echo up; wait" });
      const { id, task } = container;
      const out = container.output("out");
      const init = await container.create({ stdout: out.path, stderr: out.path });
      await task.start({ id });
      await out.shows("up\n");
      await container.exec("one", ["sleep", "1000"]);
      const { pid } = await task.start({ id, execId: "one" });
      const { processes } = await task.pids({ id });
      assert.equal(processes.length, 3);
      assert.ok(processes.some((process) => process.pid === init && process.info === undefined));
      const exec = processes.find((process) => process.pid === pid);
      assert.ok(exec?.info !== undefined && is(exec.info, ProcessDetails));
      assert.equal(unpack(exec.info, ProcessDetails).execId, "one");
      await container.kill();
      assert.deepEqual((await task.pids({ id })).processes, []);
    });

    test("Stats are the metrics of the hierarchy in use, with numbers that can be", async () => {
      await using container = await harness.run({
        script: "head -c 8388608 /dev/zero >/dev/shm/fill; while :; do sleep 1000 & wait; done",
        adjust: (spec) => {
          spec.linux.resources = {
            ...spec.linux.resources,
            memory: { limit: 256 * MIB },
            pids: { limit: 100 },
          };
        },
      });
      const { id, task } = container;
      const read = async () => {
        const { stats } = await task.stats({ id });
        assert.ok(stats !== undefined);
        assert.equal(stats.typeUrl, `io.containerd.cgroups.${isUnified ? "v2" : "v1"}.Metrics`);
        return isUnified ? numbersV2(unpack(stats, MetricsV2)) : numbersV1(unpack(stats, MetricsV1));
      };
      await until(async () => (await read()).memory > BigInt(8 * MIB), { what: "8 MiB in use" });
      const { pids, pidsLimit, memory, limit, cpu } = await read();
      assert.ok(pids >= 2n && pids < 10n, String(pids));
      assert.equal(pidsLimit, 100n);
      assert.ok(memory < BigInt(256 * MIB), String(memory));
      assert.equal(limit, BigInt(256 * MIB));
      assert.ok(cpu > 0n && cpu < 60_000_000_000n, String(cpu));
    });

    test("Update changes the limit in the cgroup", async () => {
      await using container = await harness.run({
        adjust: (spec) => {
          spec.linux.resources = { ...spec.linux.resources, memory: { limit: 128 * MIB } };
        },
      });
      const { id, task } = container;
      assert.equal(memoryLimit(id), 128 * MIB);
      await task.update({ id, resources: packJson("LinuxResources", { memory: { limit: 64 * MIB } }) });
      assert.equal(memoryLimit(id), 64 * MIB);
    });

    test("Update with something that is no JSON is refused, and nothing changes", async () => {
      await using container = await harness.run();
      const { id, task } = container;
      const resources = packJson("LinuxResources", {});
      await refuses(
        task.update({ id, resources: { ...resources, value: Buffer.from("{]") } }),
        expected.updateGarbage,
      );
      assert.deepEqual(unpackJson(resources), {});
      assert.equal((await task.state({ id })).status, Status.RUNNING);
    });

    test(`out of memory is an event${expected.publishesOomFirst ? ", before the exit's" : ""}`, async () => {
      await using container = await harness.start({
        args: ["tail", "/dev/zero"],
        adjust: (spec) => {
          spec.linux.resources = { ...spec.linux.resources, memory: { limit: 32 * MIB, swap: 32 * MIB } };
        },
      });
      const { id, task, events } = container;
      await container.create();
      const waiting = task.wait({ id });
      await task.start({ id });
      assert.equal((await waiting).exitStatus, 137);
      await events.hears(id, "oom");
      await events.hears(id, "exit 137");
      await task.delete({ id });
      await events.hears(id, "delete");
      if (!expected.publishesOomFirst) return;
      assert.deepEqual([...new Set(events.of(id))], ["create", "start", "oom", "exit 137", "delete"]);
    });

    test("a child that runs out of memory is an event while init lives on", async () => {
      await using container = await harness.start({
        script: "tail /dev/zero; echo status $?; while :; do sleep 1000 & wait; done",
        adjust: (spec) => {
          spec.linux.resources = { ...spec.linux.resources, memory: { limit: 32 * MIB, swap: 32 * MIB } };
        },
      });
      const { id, task, events } = container;
      const out = container.output("out");
      await container.create({ stdout: out.path, stderr: out.path });
      await task.start({ id });
      await out.shows("status 137\n");
      await events.hears(id, "oom");
      assert.equal((await task.state({ id })).status, Status.RUNNING);
    });
  });
}

interface Numbers {
  readonly pids: bigint;
  readonly pidsLimit: bigint;
  readonly memory: bigint;
  readonly limit: bigint;
  /** Nanoseconds. */
  readonly cpu: bigint;
}

function numbersV1({ pids, memory, cpu }: MetricsV1): Numbers {
  return {
    pids: pids?.current ?? 0n,
    pidsLimit: pids?.limit ?? 0n,
    memory: memory?.usage?.usage ?? 0n,
    limit: memory?.usage?.limit ?? 0n,
    cpu: cpu?.usage?.total ?? 0n,
  };
}

function numbersV2({ pids, memory, cpu }: MetricsV2): Numbers {
  return {
    pids: pids?.current ?? 0n,
    pidsLimit: pids?.limit ?? 0n,
    memory: memory?.usage ?? 0n,
    limit: memory?.usageLimit ?? 0n,
    cpu: (cpu?.usageUsec ?? 0n) * 1_000n,
  };
}
