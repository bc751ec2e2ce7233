// The shim as a process: its clients come and go, several containers share it, it ends when it is told to, and what is left when it
// dies is cleaned up by its program's `delete`.

import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe } from "node:test";
import { Code } from "../../../proto/errors.ts";
import { Status } from "../../../proto/gen/process.ts";
import type { ShimHarness } from "../../support/shim-harness.ts";
import type { TestContainer } from "../../support/test-container.ts";
import { until } from "../../support/until.ts";
import { refuses } from "./answers.ts";
import { test } from "./bounded-test.ts";
import type { Expectations } from "./expectations.ts";

export function shimsContract(harness: ShimHarness, expected: Expectations): void {
  describe("the shim itself", () => {
    test("its socket is its owner's alone, and the bundle says where it is", async () => {
      await using container = await harness.start();
      assert.equal(statSync(container.socketPath).mode & 0o077, 0);
      assert.equal(statSync(dirname(container.socketPath)).mode & 0o022, 0);
      assert.equal(await readFile(join(container.bundle.dir, "address"), "utf8"), container.endpoint.address);
    });

    test("a client that vanishes in the middle of its calls changes nothing for others", async () => {
      await using container = await harness.run();
      const { id, task } = container;
      const doomed = await container.connect();
      const lost = Promise.allSettled([
        doomed.task.wait({ id }),
        ...Array.from({ length: 8 }, () => doomed.task.stats({ id })),
      ]);
      const waiting = task.wait({ id });
      await doomed[Symbol.asyncDispose]();
      assert.equal((await lost)[0]?.status, "rejected");
      assert.equal((await task.state({ id })).status, Status.RUNNING);
      const later = await container.connect();
      await later.task.kill({ id, signal: 9 });
      assert.equal((await waiting).exitStatus, 137);
    });

    test("with no client at all it goes on, and the next one finds the exit", async () => {
      await using container = await harness.start({ script: "read x; exit 3" });
      const { id } = container;
      const input = container.input("in");
      const out = container.output("out");
      await container.create({ stdin: input.path, stdout: out.path, stderr: out.path });
      await container.task.start({ id });
      await container.disconnect();
      await input.write("\n");
      await container.events.hears(id, "exit 3");
      const { task } = await container.connect();
      assert.equal((await task.wait({ id })).exitStatus, 3);
      assert.equal((await task.state({ id })).status, Status.STOPPED);
    });

    test("containers of one group share a shim; each has its own life", async () => {
      await using first = await harness.run();
      await using second = await harness.start({ groupWith: first });
      assert.equal(second.endpoint.address, first.endpoint.address);
      assert.equal(second.shimPid, first.shimPid);
      await second.create();
      await second.task.start({ id: second.id });
      assert.equal((await first.execToEnd("look", "echo one")).text, "one\n");
      assert.equal((await second.execToEnd("look", "echo two")).text, "two\n");
      await second.kill();
      await second.task.delete({ id: second.id });
      await second.task.shutdown({ id: second.id });
      assert.equal((await first.task.state({ id: first.id })).status, Status.RUNNING);
      await refuses(first.task.state({ id: second.id }), Code.NotFound);
      const line = ["exec-added look", "exec-started look", "exit look 0"];
      await first.events.hearsExactly(second.id, ["create", "start", ...line, "exit 137", "delete"]);
    });

    test("Shutdown is ignored while there is a container, even with `now`", async () => {
      await using container = await harness.run();
      const { id, task } = container;
      await task.shutdown({ id });
      await task.shutdown({ id, now: true });
      assert.equal((await task.state({ id })).status, Status.RUNNING);
    });

    test("after Delete, Shutdown ends it and its socket is gone", async () => {
      await using container = await harness.run();
      const { id, task } = container;
      await container.kill();
      await task.delete({ id });
      await task.shutdown({ id }).catch(() => undefined);
      await harness.shimGone(container.shimPid);
      assert.equal(existsSync(container.socketPath), false);
    });

    test("killed by SIGKILL, its `delete` removes what it left, and says 137", async () => {
      await using container = await harness.start({
        rootDir: "rootfs",
        rootfs: [{ type: "bind", source: harness.rootDir, options: ["rbind", "rw"] }],
      });
      const pid = await container.create();
      await container.task.start({ id: container.id });
      await container.killShim();
      const exit = await container.cleanUp();
      assert.equal(exit.exitStatus, 137);
      assert.equal(exit.pid, pid);
      assert.ok(exit.exitedAt !== undefined);
      await until(() => !existsSync(`/proc/${pid}`), { what: `the end of process ${pid}` });
      await until(() => container.leftovers().length === 0, {
        what: "nothing left",
        logs: { left: () => container.leftovers().join("\n") },
      });
      assert.equal(existsSync(container.socketPath), expected.leavesDeadSocket);
    });

    if (expected.deletesWhatNeverWas) {
      test("`delete` succeeds twice, and where no container ever was", async () => {
        await using container = await harness.prepare();
        await container.cleanUp();
        await container.cleanUp();
      });
    }

    if (expected.deleteTellsLivingShim) {
      test("`delete` under a living shim ends that container alone, tells its exit, and with the last one the shim", async () => {
        await using first = await harness.run();
        await using second = await harness.start({
          groupWith: first,
          script: "sleep 1000 & exec sleep 1000",
          // Its other processes outlive init, so that its exit takes a while to be told.
          adjust: (spec) => {
            spec.linux.namespaces = spec.linux.namespaces.filter(({ type }) => type !== "pid");
          },
        });
        const pid = await second.create();
        await second.task.start({ id: second.id });
        const exit = await second.cleanUp();
        assert.deepEqual([exit.pid, exit.exitStatus], [pid, 137]);
        assert.deepEqual(second.leftovers(), []);
        await refuses(first.task.state({ id: second.id }), Code.NotFound);
        assert.equal((await first.task.state({ id: first.id })).status, Status.RUNNING);
        await first.events.hearsExactly(second.id, ["create", "start", "exit 137", "delete"]);
        await first.cleanUp();
        await harness.shimGone(first.shimPid);
        assert.equal(existsSync(first.socketPath), false);
      });
    }

    test("after a shim was killed, the same id lives again with a new one", async () => {
      await using container = await harness.run();
      await container.killShim();
      await container.cleanUp();
      await container.disconnect();
      await container.start();
      await container.create();
      await container.task.start({ id: container.id });
      assert.equal(await container.kill(), 137);
    });

    const order = expected.keepsOrderWhileAway ? ", in order and once" : "";
    test(`what happens while the manager is away is told when it is back${order}`, async () => {
      await using container = await harness.run();
      const { id, task, events } = container;
      await events.hears(id, "start");
      await events.goAway();
      await container.execToEnd("one", "exit 1");
      if (expected.keepsOrderWhileAway) {
        await task.pause({ id });
        await task.resume({ id });
        await container.kill();
        await task.delete({ id });
      }
      await events.listen();
      const story = ["create", "start", "exec-added one", "exec-started one", "exit one 1"];
      if (expected.keepsOrderWhileAway) {
        await events.hearsExactly(id, [...story, "paused", "resumed", "exit 137", "delete"], 40_000);
      } else {
        await until(() => story.every((line) => events.of(id).includes(line)), {
          what: "all events",
          deadline: 40_000,
          logs: { "events so far": () => events.of(id).join("\n") },
        });
      }
    });

    test("twenty containers, eight at a time, are created, executed into and deleted without a trace", async () => {
      await manyContainers(harness, 20, 8);
      assert.deepEqual(
        await readFile("/proc/self/mountinfo", "utf8").then((text) => text.match(harness.suite.id)),
        null,
      );
    });
  });
}

/** Runs `count` containers to their end, `atOnce` at a time; each is checked for what it leaves. */
export async function manyContainers(harness: ShimHarness, count: number, atOnce: number): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      next += 1;
      await oneContainer(harness);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function oneContainer(harness: ShimHarness): Promise<void> {
  await using container = await harness.start({ rootDir: "rootfs" });
  const { id, task } = container;
  await createOnOverlay(harness, container);
  await task.start({ id });
  assert.deepEqual(await container.execToEnd("look", "echo here; exit 4"), { text: "here\n", status: 4 });
  assert.equal(await container.kill(), 137);
  assert.equal((await task.delete({ id })).exitStatus, 137);
  await container.events.hearsExactly(id, [
    "create",
    "start",
    "exec-added look",
    "exec-started look",
    "exit look 4",
    "exit 137",
    "delete",
  ]);
}

async function createOnOverlay(harness: ShimHarness, container: TestContainer): Promise<void> {
  const [upper, work] = [join(container.dir, "upper"), join(container.dir, "work")];
  await Promise.all([mkdir(upper), mkdir(work)]);
  const options = [`lowerdir=${harness.rootDir}`, `upperdir=${upper}`, `workdir=${work}`];
  await container.create({ rootfs: [{ type: "overlay", source: "overlay", options }] });
}
