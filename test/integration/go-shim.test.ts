// ttrpc-js with a real program in Go, both ways: our client drives containerd's own shim through the life of a runc container,
// and our server takes that shim's events.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Code } from "../../proto/errors.ts";
import { TaskCreate, TaskExecStarted, TaskExit, TaskStart } from "../../proto/gen/events.ts";
import { Status } from "../../proto/gen/process.ts";
import { isZeroTime, toDate } from "../../proto/timestamp.ts";
import { ShimHarness } from "../support/shim-harness.ts";

const harness = new ShimHarness({ binary: "/usr/bin/containerd-shim-runc-v2", runtime: "runc" });

describe("containerd's Go shim, driven by our client", { timeout: 120_000 }, () => {
  test("Create, Start, Exec, Wait, Kill and Delete go through, and its events arrive in order", async () => {
    await using container = await harness.start();
    const { id, task, events } = container;
    const pid = await container.create();
    assert.ok(pid > 1);
    assert.equal((await task.state({ id })).status, Status.CREATED);
    const exited = task.wait({ id });
    assert.equal((await task.start({ id })).pid, pid);
    assert.equal((await task.state({ id })).status, Status.RUNNING);

    const out = container.output("exec");
    await container.exec("hello", "echo hello; exit 3", { stdout: out.path, stderr: out.path });
    const execExited = task.wait({ id, execId: "hello" });
    const { pid: execPid } = await task.start({ id, execId: "hello" });
    assert.equal((await execExited).exitStatus, 3);
    assert.equal(await out.whole(), "hello\n");
    assert.equal((await task.delete({ id, execId: "hello" })).exitStatus, 3);

    await task.kill({ id, signal: 9 });
    assert.equal((await exited).exitStatus, 137);
    const gone = await task.delete({ id });
    assert.equal(gone.exitStatus, 137);
    assert.equal(gone.pid, pid);

    await events.hearsExactly(id, [
      "create",
      "start",
      "exec-added hello",
      "exec-started hello",
      "exit hello 3",
      "exit 137",
      "delete",
    ]);
    assert.deepEqual(
      events.all(id, TaskCreate).map((event) => event.pid),
      [pid],
    );
    assert.deepEqual(
      events.all(id, TaskStart).map((event) => event.pid),
      [pid],
    );
    assert.deepEqual(
      events.all(id, TaskExecStarted).map((event) => event.pid),
      [execPid],
    );
    assert.deepEqual(
      events.all(id, TaskExit).map((event) => event.pid),
      [execPid, pid],
    );
    for (const envelope of events.envelopes(id)) {
      assert.equal(envelope.namespace, container.namespace);
      assert.ok(envelope.timestamp !== undefined && !isZeroTime(envelope.timestamp));
      assert.ok(toDate(envelope.timestamp) !== undefined);
    }
  });

  test("its errors keep their code and their text", async () => {
    await using container = await harness.start();
    await assert.rejects(
      container.task.state({ id: "nobody" }),
      (error: { code?: Code; message?: string }) => {
        assert.equal(error.code, Code.NotFound);
        assert.match(error.message ?? "", /not found/);
        return true;
      },
    );
  });

  test("a hundred calls at a time on one connection are each answered their own answer", async () => {
    await using container = await harness.run();
    const { id } = container;
    const names = Array.from({ length: 20 }, (_, index) => `exec-${index}`);
    await Promise.all(names.map((name) => container.exec(name, "true")));
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        container.task.state({ id, execId: names[index % 20] ?? "" }),
      ),
    );
    for (const [index, answer] of answers.entries()) {
      assert.equal(answer.execId || answer.id, names[index % 20]);
      assert.equal(answer.status, Status.CREATED);
    }
  });

  test("a call given up by its caller leaves the connection to the others", async () => {
    await using container = await harness.run();
    const { id, task } = container;
    await assert.rejects(task.wait({ id }, { signal: AbortSignal.timeout(1) }));
    assert.equal((await task.state({ id })).status, Status.RUNNING);
    assert.equal(await container.kill(), 137);
  });
});
