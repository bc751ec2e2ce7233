// The life of a container and who hears of it: the calls in their order, the events in theirs, exit statuses, Wait.

import assert from "node:assert/strict";
import { describe } from "node:test";
import { TaskCreate, TaskDelete, TaskExit, TaskStart } from "../../../proto/gen/events.ts";
import { Status } from "../../../proto/gen/process.ts";
import { toDate } from "../../../proto/timestamp.ts";
import type { ShimHarness } from "../../support/shim-harness.ts";
import { test } from "./bounded-test.ts";

export function lifecycleContract(harness: ShimHarness): void {
  describe("a container's life", () => {
    test("create, wait, start, exit, delete: events come in that order and say who and how", async () => {
      await using container = await harness.start({ script: "exit 7" });
      const { id, task, events } = container;
      const out = container.output("out");
      const pid = await container.create({ stdout: out.path, stderr: out.path });
      const waiting = task.wait({ id });
      assert.equal((await task.start({ id })).pid, pid);
      const exit = await waiting;
      assert.equal(exit.exitStatus, 7);
      const state = await task.state({ id });
      assert.equal(state.status, Status.STOPPED);
      assert.equal(state.exitStatus, 7);
      assert.equal(state.pid, pid);
      assert.deepEqual(state.exitedAt, exit.exitedAt);
      const gone = await task.delete({ id });
      assert.deepEqual([gone.pid, gone.exitStatus, gone.exitedAt], [pid, 7, exit.exitedAt]);

      await events.hearsExactly(id, ["create", "start", "exit 7", "delete"]);
      const [created] = events.all(id, TaskCreate);
      assert.equal(created?.bundle, container.bundle.dir);
      assert.equal(created?.io?.stdout, out.path);
      assert.equal(created?.pid, pid);
      assert.equal(events.all(id, TaskStart)[0]?.pid, pid);
      const [exited] = events.all(id, TaskExit);
      assert.deepEqual([exited?.id, exited?.pid, exited?.exitStatus], [id, pid, 7]);
      assert.deepEqual(exited?.exitedAt, exit.exitedAt);
      const [deleted] = events.all(id, TaskDelete);
      assert.deepEqual([deleted?.pid, deleted?.exitStatus], [pid, 7]);
      for (const { namespace, timestamp } of events.envelopes(id)) {
        assert.equal(namespace, container.namespace);
        assert.ok(toDate(timestamp) !== undefined);
      }
    });

    test("an exec: added, started and exited come before init's exit", async () => {
      await using container = await harness.run();
      const { id, task, events } = container;
      await container.exec("one", "exit 5");
      const target = { id, execId: "one" };
      assert.equal((await task.state(target)).status, Status.CREATED);
      const waiting = task.wait(target);
      const { pid } = await task.start(target);
      assert.equal((await waiting).exitStatus, 5);
      const state = await task.state(target);
      assert.deepEqual([state.status, state.exitStatus, state.pid], [Status.STOPPED, 5, pid]);
      assert.equal((await task.delete(target)).exitStatus, 5);
      await container.kill();
      await task.delete({ id });
      await events.hearsExactly(id, [
        "create",
        "start",
        "exec-added one",
        "exec-started one",
        "exit one 5",
        "exit 137",
        "delete",
      ]);
    });

    test("killed before it was started, a container has an exit event and no start event", async () => {
      await using container = await harness.start();
      const { id, task, events } = container;
      await container.create();
      assert.equal(await container.kill(), 137);
      await task.delete({ id });
      await events.hearsExactly(id, ["create", "exit 137", "delete"]);
    });

    test("a created container is deleted without ever being started", async () => {
      await using container = await harness.start();
      const { id, task } = container;
      await container.create();
      await task.delete({ id });
      await container.events.hears(id, "delete");
      assert.deepEqual(container.leftovers(), []);
    });

    const ends = [
      { script: "exit 0", status: 0 },
      { script: "exit 255", status: 255 },
      // Nothing inside can kill pid 1 of a pid namespace.
      { script: "kill -9 $$; exit 3", status: 3 },
      { script: "sh -c 'kill -15 $$'; exit $?", status: 143 },
    ];
    for (const { script, status } of ends) {
      test(`a container that runs "${script}" ends with status ${status}`, async () => {
        await using container = await harness.start({ script });
        const { id, task } = container;
        await container.create();
        const waiting = task.wait({ id });
        await task.start({ id });
        assert.equal((await waiting).exitStatus, status);
        await container.events.hears(id, `exit ${status}`);
      });
    }

    test("a signal is 128 and its number", async () => {
      await using killed = await harness.run();
      assert.equal(await killed.kill(9), 137);
      // Pid 1 without a handler would ignore it.
      await using asked = await harness.start({
        script: `trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done`,
      });
      const out = asked.output("out");
      await asked.create({ stdout: out.path, stderr: out.path });
      await asked.task.start({ id: asked.id });
      await out.shows("ready\n");
      assert.equal(await asked.kill(15), 0);
    });

    test("the exit time is between start and now, and of a living process it is not told", async () => {
      await using container = await harness.run();
      const { id, task } = container;
      const alive = toDate((await task.state({ id })).exitedAt);
      assert.ok(alive === undefined || alive.getTime() <= 0, String(alive));
      const before = Date.now();
      await container.kill();
      const { exitedAt } = await task.state({ id });
      const at = toDate(exitedAt)?.getTime() ?? 0;
      assert.ok(before - 1_000 <= at && at <= Date.now() + 1_000, String(exitedAt));
    });

    test("Wait answers everyone, on any connection, and after the exit at once and again", async () => {
      await using container = await harness.run();
      const { id, task } = container;
      const other = await container.connect();
      const waits = [task.wait({ id }), task.wait({ id }), other.task.wait({ id })];
      await task.kill({ id, signal: 9 });
      const answers = await Promise.all(waits);
      answers.push(await task.wait({ id }), await other.task.wait({ id }));
      for (const answer of answers) assert.deepEqual(answer, answers[0]);
      assert.equal(answers[0]?.exitStatus, 137);
    });

    test("State says where the bundle and the streams are", async () => {
      await using container = await harness.start();
      const { id, task } = container;
      const [stdin, stdout, stderr] = [
        container.input("in"),
        container.output("out"),
        container.output("err"),
      ];
      await container.create({ stdin: stdin.path, stdout: stdout.path, stderr: stderr.path });
      const state = await task.state({ id });
      assert.equal(state.id, id);
      assert.equal(state.bundle, container.bundle.dir);
      assert.deepEqual(
        [state.stdin, state.stdout, state.stderr, state.terminal],
        [stdin.path, stdout.path, stderr.path, false],
      );
      assert.equal((await task.connect({ id })).taskPid, state.pid);
    });

    test("the same id lives a second time in the same shim", async () => {
      await using container = await harness.run();
      const { id, task, events } = container;
      await container.kill();
      await task.delete({ id });
      await container.create();
      await task.start({ id });
      await container.kill();
      await task.delete({ id });
      const once = ["create", "start", "exit 137", "delete"];
      await events.hearsExactly(id, [...once, ...once]);
    });
  });
}
