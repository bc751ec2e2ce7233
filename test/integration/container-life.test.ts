// What hawserd does for managed containers that have ended: no shim stays, `auto-remove` leaves nothing, restart policies mean
// what docker means by them.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Container } from "../../manager/client/container.ts";
import type { ListedProcess } from "../../manager/client/processes.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import { Tasks } from "../../proto/gen/tasks.ts";
import { LifeWorld, SILENT } from "../support/life-world.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const suite = useSuite();
const managed = (labels: Record<string, string> = {}) => ({
  labels: { "hawser/managed": "true", ...labels },
});
const restarted = (policy: string) => managed({ "containerd.io/restart.policy": policy });

describe("the containers of hawserd", { timeout: 240_000 }, () => {
  let world: LifeWorld;
  before(async () => {
    world = await LifeWorld.start(suite, "l");
  });
  after(async () => await world?.[Symbol.asyncDispose]());

  const life = (name: string, body: () => Promise<void>): void => {
    test(name, { timeout: 60_000 }, async () => await world.hawserd.watch(body));
  };
  const untilShimless = (container: Container) =>
    until(async () => (await tasksOf()).every((id) => id !== container.id), {
      what: "the task is deleted",
      deadline: 20_000,
    });
  const tasksOf = async () => {
    const { stdout } = await world.hawserd.ctr(["task", "ls", "-q"]);
    return stdout.split("\n").filter((line) => line !== "");
  };

  life("no shim stays for a managed container that has ended, and its end is known", async () => {
    const container = await world.run("exit 7", managed());
    await using _gone = container.deferDelete();
    const { end } = await world.untilInit(container, "it has ended", ({ state }) => state === "stopped");
    assert.equal(end?.exitStatus, 7);
    await untilShimless(container);
    assert.equal((await world.init(container)).end?.exitStatus, 7);
    await until(() => world.hawserd.shimPids().length === 0, { what: "its shim goes" });
    await using again = await container.createTask({ stdio: SILENT });
    await again.start();
    assert.equal((await again.wait()).exitStatus, 7, "it can be started again");
  });

  life("a client that waits for a managed container and deletes its task is told its end, too", async () => {
    const container = await world.create("exit 5", managed());
    await using _gone = container.deferDelete();
    await using task = await container.createTask({ stdio: SILENT });
    await task.start();
    await untilShimless(container);
    assert.equal((await task.wait()).exitStatus, 5);
    assert.equal((await task.delete()).exitStatus, 5);
  });

  life("a container that is not managed keeps its task until it is deleted", async () => {
    const container = await world.run("exit 7");
    const other = await world.run("exit 0", managed());
    await using _gone = container.deferDelete();
    await using _too = other.deferDelete();
    await world.untilInit(container, "it has ended", ({ state }) => state === "stopped");
    await untilShimless(other);
    assert.ok((await tasksOf()).includes(container.id));
    await using task = await container.task();
    assert.equal((await task.delete()).exitStatus, 7);
    await assert.rejects(
      container.task(),
      (error) => error instanceof HawserError && error.code === Code.NotFound,
    );
  });

  life("auto-remove takes the container, its snapshot and its directories", async () => {
    const container = await world.create("exit 0", managed({ "hawser/auto-remove": "true" }));
    const { rootDir } = await world.client.daemon();
    const dir = join(rootDir, "containers", world.client.namespace, container.id);
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, "file"), "");
    await using task = await container.createTask({ stdio: SILENT });
    await task.start();
    await until(async () => !(await world.has(container.id)), { what: "it is removed", deadline: 20_000 });
    assert.ok(!existsSync(dir));
    await assert.rejects(world.client.snapshots().mounts(container.id));
    assert.deepEqual(await world.processes(container), []);
    await until(() => readdirSync(join(dir, "..")).length === 0, { what: "nothing is left beside it" });
  });

  life("always: it is started again, counted, and stays down once it is killed", async () => {
    // What it writes is there when it is started again.
    const script = "echo >>/runs; [ $(wc -l </runs) -lt 3 ] || exec sleep 1000";
    const container = await world.run(script, restarted("always"));
    await using _gone = container.deferDelete();
    const third = await world.untilInit(
      container,
      "two restarts",
      ({ restarts, state }) => restarts === 2 && state === "running",
    );
    assert.equal(third.end, undefined);
    await using task = await container.task();
    await task.kill("SIGKILL");
    await untilShimless(container);
    const down = await world.init(container);
    assert.deepEqual([down.state, down.end?.exitStatus], ["stopped", 137]);
    assert.equal((await container.info()).labels["containerd.io/restart.explicitly-stopped"], "true");

    await using again = await container.createTask({ stdio: SILENT });
    assert.equal((await world.init(container)).restarts, 0);
    await again.start();
    assert.equal((await container.info()).labels["containerd.io/restart.explicitly-stopped"], undefined);
  });

  life("a container that waits to be restarted can be stopped", async () => {
    const container = await world.run("exit 1", restarted("always"));
    await using _gone = container.deferDelete();
    const isPausing = ({ state, restarts }: ListedProcess) => restarts > 3 && state === "restarting";
    await world.untilInit(container, "a pause", isPausing);
    await world.client.service(Tasks).kill({ containerId: container.id, signal: 15 });
    await world.untilInit(container, "it is down", ({ state }) => state === "stopped");
  });

  life("on-failure: so often and no more, and not at all after a success", async () => {
    const failing = await world.run("exit 3", restarted("on-failure:2"));
    const succeeding = await world.run("exit 0", restarted("on-failure"));
    await using _gone = failing.deferDelete();
    await using _too = succeeding.deferDelete();
    const given = await world.untilInit(
      failing,
      "it is given up",
      ({ state, restarts }) => state === "stopped" && restarts === 2,
    );
    assert.equal(given.end?.exitStatus, 3);
    await untilShimless(failing);
    await untilShimless(succeeding);
    const { restarts, state } = await world.init(succeeding);
    assert.deepEqual([restarts, state], [0, "stopped"]);
  });

  life(
    "a machine that goes down: who is to run runs again, and of the others nobody invents an end",
    async () => {
      const forever = "exec sleep 1000";
      const containers = {
        plain: await world.run(forever),
        managed: await world.run(forever, managed()),
        always: await world.run(forever, restarted("always")),
        stoppedAlways: await world.run(forever, restarted("always")),
        unlessStopped: await world.run(forever, restarted("unless-stopped")),
        stopped: await world.run(forever, restarted("unless-stopped")),
        onFailure: await world.run(forever, restarted("on-failure")),
        removed: await world.run(forever, managed({ "hawser/auto-remove": "true" })),
        ended: await world.run("exit 3", managed()),
      };
      for (const name of ["stoppedAlways", "stopped"] as const) {
        await world.client.service(Tasks).kill({ containerId: containers[name].id, signal: 9 });
        await untilShimless(containers[name]);
      }
      await untilShimless(containers.ended);
      await world.reboot();
      for (const name of ["always", "stoppedAlways", "unlessStopped"] as const) {
        const { restarts } = await world.untilInit(
          containers[name],
          `"${name}" runs again`,
          ({ state }) => state === "running",
        );
        assert.equal(restarts, 1, name);
      }
      const shown = async (container: Container) => {
        const { state, end } = await world.untilInit(container, "it is down", ({ end }) => end !== undefined);
        return `${state} ${end?.exitStatus} ${end?.isUnknown}`;
      };
      assert.equal(await shown(containers.plain), "stopped 255 true");
      assert.equal(await shown(containers.managed), "stopped 255 true");
      assert.equal(await shown(containers.onFailure), "stopped 255 true");
      assert.equal(await shown(containers.stopped), "stopped 137 false");
      assert.equal(await shown(containers.ended), "stopped 3 false");
      await until(async () => !(await world.has(containers.removed.id)), { what: "it is removed" });
      // A hawserd that is only replaced starts nobody who was stopped.
      await world.client.service(Tasks).kill({ containerId: containers.always.id, signal: 9 });
      await untilShimless(containers.always);
      await world.killAndRestart();
      assert.equal((await world.init(containers.always)).state, "stopped");
      for (const [name, container] of Object.entries(containers)) {
        if (name !== "removed") await container.delete({ force: true });
      }
    },
  );

  test("nothing is left", async () => {
    await world.hawserd.assertEmpty();
    const { stdout } = await world.hawserd.hawser(["doctor", "--format", "json"]);
    assert.deepEqual(JSON.parse(stdout), { findings: [] });
  });
});
