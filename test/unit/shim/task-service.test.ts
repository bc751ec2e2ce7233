// What the Task service answers: codes of errors that containerd relies on, and when Shutdown counts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Status } from "../../../proto/gen/process.ts";
import { failure, ShimCore, useExits } from "../../fakes/shim-core.ts";
import { useSuite } from "../../support/suite.ts";

const reaping = useExits();
const suite = useSuite({ onEnd: () => reaping.end() });

test("a container that is not here is NotFound for every call but Connect and Shutdown", async () => {
  const { tasks } = new ShimCore(suite, reaping.exits);
  const of = { id: "nobody", execId: "" };
  const calls: Record<string, () => unknown> = {
    start: () => tasks.start(of),
    delete: () => tasks.delete(of),
    state: () => tasks.state(of),
    wait: () => tasks.wait(of),
    kill: () => tasks.kill({ ...of, signal: 9, all: false }),
    pids: () => tasks.pids(of),
    pause: () => tasks.pause(of),
    resume: () => tasks.resume(of),
    update: () =>
      tasks.update({ id: "nobody", resources: { typeUrl: "", value: Buffer.from("{}") }, annotations: {} }),
    stats: () => tasks.stats(of),
    resizePty: () => tasks.resizePty({ ...of, width: 1, height: 1 }),
    closeIO: () => tasks.closeIO({ ...of, stdin: true }),
  };
  for (const [name, call] of Object.entries(calls)) {
    assert.match(await failure(call), /^NotFound: container not created: not found$/, name);
  }
  assert.deepEqual(tasks.connect({ id: "nobody" }), { shimPid: process.pid, taskPid: 0 });
});

test("Shutdown counts when the last container is gone, and closes the door", async () => {
  const shim = new ShimCore(suite, reaping.exits);
  const [first, second] = [shim.bundle(), shim.bundle()];
  await shim.run(first);
  await shim.run(second);
  await shim.end(first.id);
  shim.tasks.shutdown({ id: first.id, now: true });
  assert.equal(shim.seen.shutdowns, 0);
  await shim.end(second.id);
  shim.tasks.shutdown({ id: second.id, now: false });
  assert.equal(shim.seen.shutdowns, 1);
  assert.match(await failure(shim.create(first)), /^Unavailable: /);
});

test("states that refuse do it with FailedPrecondition, and the state stays", async () => {
  const shim = new ShimCore(suite, reaping.exits);
  const { tasks } = shim;
  const bundle = shim.bundle();
  const of = { id: bundle.id, execId: "" };
  const refused = async (...calls: (() => unknown)[]) => {
    for (const call of calls) assert.match(await failure(call), /^FailedPrecondition: cannot /);
  };
  const status = () => tasks.state(of).status;
  await shim.create(bundle);
  await refused(
    () => tasks.pause(of),
    () => tasks.resume(of),
  );
  assert.equal(status(), Status.CREATED);
  await tasks.start(of);
  await refused(
    () => tasks.start(of),
    () => tasks.delete(of),
    () => tasks.resume(of),
  );
  assert.equal(status(), Status.RUNNING);
  await tasks.pause(of);
  await refused(
    () => tasks.pause(of),
    () => tasks.delete(of),
    () => shim.addExec(bundle.id, "e"),
  );
  assert.equal(status(), Status.PAUSED);
  await tasks.resume(of);
  for (const text of ["", "[]", "null", "garbage"]) {
    const resources = { typeUrl: "LinuxResources", value: Buffer.from(text) };
    assert.match(
      await failure(tasks.update({ id: bundle.id, resources, annotations: {} })),
      /^InvalidArgument: /,
    );
  }
  await tasks.kill({ ...of, signal: 9, all: false });
  await tasks.wait(of);
  await refused(
    () => tasks.start(of),
    () => tasks.pause(of),
    () => shim.addExec(bundle.id, "e"),
  );
  assert.equal(status(), Status.STOPPED);
  await tasks.delete(of);
});
