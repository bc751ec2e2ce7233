// The processes of containers as hawserd lists them, while they live and after they have ended.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Code, HawserError } from "../../proto/errors.ts";
import { Processes } from "../../proto/gen/processes.ts";
import { LifeWorld, SILENT } from "../support/life-world.ts";
import { useSuite } from "../support/suite.ts";

const suite = useSuite();
describe("the processes of hawserd", { timeout: 120_000 }, () => {
  let world: LifeWorld;
  before(async () => {
    world = await LifeWorld.start(suite, "l");
  });
  after(async () => await world?.[Symbol.asyncDispose]());

  test("an init process is listed from its creation on, and its end until its container is deleted", async () => {
    const container = await world.create("read line; exit 3");
    await using _gone = container.deferDelete();
    assert.deepEqual(await world.processes(container), [], "it was never started");
    await using task = await container.createTask({ stdio: { ...SILENT, stdin: "pipe" } });
    const created = await world.init(container);
    assert.deepEqual(created.args, ["sh", "-c", "read line; exit 3"]);
    assert.equal(created.state, "created");
    assert.ok(created.createdAt && !created.startedAt && !created.end && created.execId === undefined);
    assert.match(created.stdin, /^\//);
    await task.start();
    const running = await world.init(container);
    assert.equal(running.state, "running");
    assert.equal(running.pid, (await task.state()).pid);
    assert.ok(running.startedAt && running.startedAt >= created.createdAt);

    task.stdin.end();
    await task.wait();
    const stopped = await world.untilInit(container, "it is stopped", ({ state }) => state === "stopped");
    const { exitedAt, ...end } = stopped.end ?? {};
    assert.deepEqual(end, { exitStatus: 3, signal: 0, isUnknown: false, oom: false, output: "open" });
    assert.ok(exitedAt && exitedAt >= running.startedAt);
    assert.equal(stopped.pid, 0);

    await task.delete();
    const gone = { ...stopped, end: { ...stopped.end, output: "complete" } };
    assert.deepEqual(await world.init(container), gone, "without a shim");
    await world.killAndRestart();
    assert.deepEqual(await world.init(container), gone, "to the next hawserd");

    await using again = await container.createTask({ stdio: { ...SILENT, stdin: "pipe" } });
    const next = await world.init(container);
    assert.deepEqual([next.state, next.end], ["created", undefined]);
    await again.delete({ force: true });
    assert.deepEqual(await world.init(container), gone, "what never ran has no end of its own");
    await container.delete();
    assert.deepEqual(await world.processes(container), []);
  });

  test("a signal is told apart from a status that looks like one", async () => {
    const killed = await world.run("sleep 1000");
    await using task = await killed.task();
    await task.kill("SIGKILL");
    const exited = await world.run("exit 137");
    await using _gone = killed.deferDelete();
    await using _too = exited.deferDelete();
    const end = async (container: typeof killed) =>
      (await world.untilInit(container, "it has ended", ({ end }) => end !== undefined)).end;
    const [signalled, plain] = [await end(killed), await end(exited)];
    assert.deepEqual([signalled?.exitStatus, signalled?.signal], [137, 9]);
    assert.deepEqual([plain?.exitStatus, plain?.signal], [137, 0]);
  });

  test("no end is before its start, however short the life", async () => {
    for (let turn = 0; turn < 4; turn++) {
      const container = await world.run("exit 0");
      await using _gone = container.deferDelete();
      await world.untilInit(container, "it has ended", ({ end }) => end !== undefined);
      await using task = await container.task();
      await task.delete();
      const { startedAt, end } = await world.init(container);
      assert.ok(startedAt && end?.exitedAt && startedAt <= end.exitedAt, `${startedAt} ${end?.exitedAt}`);
    }
  });

  test("execs are listed behind init by their start, and their ends until they are deleted or the container is", async () => {
    const container = await world.run("sleep 1000");
    await using _gone = container.deferDelete();
    await using task = await container.task();
    for (const [id, status] of [
      ["b", 1],
      ["a", 2],
      ["c", 3],
    ] as const) {
      await using exec = await task.exec({ id, args: ["sh", "-c", `exit ${status}`], stdio: SILENT });
      await exec.start();
      await exec.wait();
      if (id === "c") await exec.delete();
    }
    await using waiting = await task.exec({ id: "w", args: ["true"], stdio: SILENT });
    const shown = async () =>
      (await world.processes(container, true)).map(
        ({ execId = "init", state, end }) => `${execId} ${state} ${end?.exitStatus ?? "-"}`,
      );
    assert.equal(waiting.execId, "w");
    assert.deepEqual(await shown(), ["init running -", "b stopped 1", "a stopped 2", "w created -"]);
    assert.equal((await world.processes(container)).length, 1, "init alone");
    await task.delete({ force: true });
    assert.deepEqual(await shown(), ["init stopped 137", "b stopped 1", "a stopped 2"]);
    await container.delete();
    assert.deepEqual(await world.processes(container, true), []);
  });

  test("attaching is refused with the reason where a process has its client's own files, and where there is none", async () => {
    const container = await world.run("sleep 1000");
    await using _gone = container.deferDelete();
    const attach = (containerId: string, execId = "") =>
      world.client.service(Processes).attach({ containerId, execId });
    const hasCode = (code: Code, part: RegExp) => (error: unknown) => {
      assert.ok(error instanceof HawserError && error.code === code, String(error));
      assert.match(error.message, part);
      return true;
    };
    await assert.rejects(attach(container.id), hasCode(Code.FailedPrecondition, /brokered stdio/));
    await assert.rejects(attach("none"), hasCode(Code.NotFound, /"none"/));
    await assert.rejects(attach(container.id, "e"), hasCode(Code.NotFound, /exec "e"/));
  });

  test("nothing is left", async () => {
    await world.hawserd.assertEmpty();
  });
});
