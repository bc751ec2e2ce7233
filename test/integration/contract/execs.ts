// Additional processes: their statuses, their failures, many at once, and their order against init.

import assert from "node:assert/strict";
import { describe } from "node:test";
import { Code } from "../../../proto/errors.ts";
import { Status } from "../../../proto/gen/process.ts";
import type { ShimHarness } from "../../support/shim-harness.ts";
import { until } from "../../support/until.ts";
import { refusal, refuses } from "./answers.ts";
import { test } from "./bounded-test.ts";
import type { Expectations } from "./expectations.ts";

export function execsContract(harness: ShimHarness, expected: Expectations): void {
  describe("execs", () => {
    test("each end has its status: 0, a code, a signal from inside, a signal by Kill", async () => {
      await using container = await harness.run();
      const { id, task } = container;
      assert.equal((await container.execToEnd("zero", "true")).status, 0);
      assert.equal((await container.execToEnd("seven", "exit 7")).status, 7);
      assert.equal((await container.execToEnd("inside", "kill -9 $$")).status, 137);
      const target = { id, execId: "outside" };
      await container.exec("outside", ["sleep", "1000"]);
      await task.start(target);
      const waiting = task.wait(target);
      await task.kill({ ...target, signal: 15 });
      assert.equal((await waiting).exitStatus, 143);
      await container.events.hears(id, "exit outside 143");
    });

    test("a program that there is not: the runtime's own words reach the caller, and the exec can be deleted", async () => {
      await using container = await harness.run();
      const { id, task } = container;
      const target = { id, execId: "missing" };
      await container.exec("missing", ["no-such-program"]);
      const text = await refusal(task.start(target));
      assert.match(text, /no-such-program/);
      assert.match(text, /executable file.*not found|No such file/i);
      await task.delete(target);
      await refuses(task.state(target), Code.NotFound);
      assert.equal((await container.execToEnd("missing", "exit 2")).status, 2);
    });

    test("an exec id that is taken is AlreadyExists, and free again after Delete", async () => {
      await using container = await harness.run();
      const target = { id: container.id, execId: "one" };
      await container.exec("one", "true");
      await refuses(container.exec("one", "true"), Code.AlreadyExists);
      await container.task.delete(target);
      await container.exec("one", "true");
    });

    test("never started, an exec is deleted with status 0, and Kill finds no process", async () => {
      await using container = await harness.run();
      const target = { id: container.id, execId: "idle" };
      await container.exec("idle", "true");
      await refuses(container.task.kill({ ...target, signal: 9 }), Code.FailedPrecondition);
      assert.equal((await container.task.delete(target)).exitStatus, 0);
    });

    test("a running exec is not deleted, an ended one not killed and not started again", async () => {
      await using container = await harness.run();
      const { task } = container;
      const target = { id: container.id, execId: "one" };
      await container.exec("one", ["sleep", "1000"]);
      await task.start(target);
      await refuses(task.delete(target), expected.wrongState);
      await task.kill({ ...target, signal: 9 });
      assert.equal((await task.wait(target)).exitStatus, 137);
      await refuses(task.kill({ ...target, signal: 9 }), Code.NotFound);
      await refuses(task.start(target), expected.wrongState);
      assert.equal((await task.delete(target)).exitStatus, 137);
    });

    if (expected.refusesSecondExecStart) {
      test("a second Start of a running exec is refused and its exit is told once", async () => {
        await using container = await harness.run();
        const { id, task, events } = container;
        const target = { id, execId: "one" };
        await container.exec("one", ["sleep", "1000"]);
        await task.start(target);
        await refuses(task.start(target), expected.wrongState);
        await task.kill({ ...target, signal: 9 });
        assert.equal((await task.wait(target)).exitStatus, 137);
        await task.delete(target);
        await container.kill();
        await task.delete({ id });
        await events.hearsExactly(id, [
          "create",
          "start",
          "exec-added one",
          "exec-started one",
          "exit one 137",
          "exit 137",
          "delete",
        ]);
      });
    }

    test("sixteen at once: each its own output, status and events", async () => {
      await using container = await harness.run();
      const names = Array.from({ length: 16 }, (_, index) => `exec-${index}`);
      const ends = await Promise.all(
        names.map((name, index) => container.execToEnd(name, `echo I am ${name}; exit ${index}`)),
      );
      for (const [index, end] of ends.entries()) {
        assert.deepEqual(end, { text: `I am exec-${index}\n`, status: index });
        const name = `exec-${index}`;
        await container.events.hears(container.id, `exit ${name} ${index}`);
        const own = container.events.of(container.id).filter((line) => line.split(" ")[1] === name);
        assert.deepEqual(own, [`exec-added ${name}`, `exec-started ${name}`, `exit ${name} ${index}`]);
      }
    });

    test("the exits of running execs are told before init's, though init takes them along", async () => {
      await using container = await harness.run();
      const { id, task, events } = container;
      for (const execId of ["one", "two"]) {
        await container.exec(execId, ["sleep", "1000"]);
        await task.start({ id, execId });
      }
      assert.equal(await container.kill(), 137);
      await task.delete({ id });
      await events.hears(id, "delete");
      const ends = events
        .of(id)
        .filter((line) => !expected.groundless.includes(line))
        .slice(6);
      assert.deepEqual(new Set(ends.slice(0, 2)), new Set(["exit one 137", "exit two 137"]));
      assert.deepEqual(ends.slice(2), ["exit 137", "delete"]);
    });

    test("after init's exit no exec starts, and one that was added can be deleted", async () => {
      await using container = await harness.run();
      const target = { id: container.id, execId: "late" };
      await container.exec("late", "true");
      await container.kill();
      await refuses(container.task.start(target), expected.execAfterInit);
      await container.task.delete(target);
    });

    test("an exec into a container that is created and not started runs", async () => {
      await using container = await harness.start();
      await container.create();
      assert.deepEqual(await container.execToEnd("early", "echo early"), { text: "early\n", status: 0 });
      assert.equal((await container.task.state({ id: container.id })).status, Status.CREATED);
    });

    test("exec's user, directory and environment are what the specification says", async () => {
      await using container = await harness.run();
      const { id, task } = container;
      const out = container.output("out");
      await container.exec(
        "who",
        "id -u; pwd; echo $COLOUR",
        { stdout: out.path, stderr: out.path },
        (spec) => {
          spec.user = { uid: 1234, gid: 5 };
          spec.cwd = "/tmp";
          spec.env.push("COLOUR=blue");
        },
      );
      await task.start({ id, execId: "who" });
      assert.equal(await out.whole(), "1234\n/tmp\nblue\n");
    });

    test("a specification that is no JSON is refused and leaves no exec", async () => {
      await using container = await harness.run();
      const { id, task } = container;
      const spec = {
        typeUrl: "types.containerd.io/opencontainers/runtime-spec/1/Process",
        value: Buffer.from("{"),
      };
      await refusal(task.exec({ id, execId: "bad", spec }));
      await refuses(task.state({ id, execId: "bad" }), Code.NotFound);
    });

    test("the shim's descriptors after fifty execs are those of before", async () => {
      await using container = await harness.run();
      await container.execToEnd("first", "true");
      const before = container.shimDescriptors().length;
      for (let index = 0; index < 50; index++) await container.execToEnd(`exec-${index}`, "true");
      await until(() => container.shimDescriptors().length <= before, {
        what: `the shim at ${before} descriptors again`,
        logs: { open: () => `${container.shimDescriptors().length}` },
      });
    });
  });
}
