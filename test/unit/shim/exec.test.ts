// Execs of a container whose OCI runtime is not to be trusted: none leaves a process, a file, or somebody who waits.
import assert from "node:assert/strict";
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type FakeBundle, failure, ShimCore, useExits } from "../../fakes/shim-core.ts";
import { useSuite } from "../../support/suite.ts";
import { until } from "../../support/until.ts";

describe("execs", () => {
  const reaping = useExits();
  const suite = useSuite({ onEnd: () => reaping.end() });
  let shim: ShimCore;
  let bundle: FakeBundle;
  let id: string;

  const open = async (timeoutsMs = {}) => {
    shim = new ShimCore(suite, reaping.exits, timeoutsMs);
    bundle = shim.bundle();
    id = bundle.id;
    await shim.run(bundle);
    shim.events.length = 0;
  };
  const close = async () => {
    await shim.end(id);
    assert.deepEqual(
      bundle.added().filter((name) => name !== "init.pid" && name !== "exit.json"),
      [],
    );
  };
  const start = (execId: string) => shim.tasks.start({ id, execId });

  for (const { behaviour, error } of [
    { behaviour: "exec=fail:no such file", error: /^Unknown: OCI runtime exec failed: no such file/ },
    { behaviour: "exec=fail-after:too late", error: /^Unknown: OCI runtime exec failed: too late/ },
    { behaviour: "exec=die", error: /^Unknown: .*SIGKILL/ },
    { behaviour: "exec=die-after", error: /^Unknown: .*SIGKILL/ },
    { behaviour: "exec=no-pid", error: /^Internal: .*left no pid/ },
    { behaviour: "exec=bad-pid:garbage", error: /^Internal: .*left no pid/ },
    { behaviour: "exec=bad-pid:1", error: /^Internal: .*process 1 .*no child of this shim/ },
    { behaviour: "exec=hang", error: /^DeadlineExceeded: / },
    { behaviour: "exec=hang-after", error: /^DeadlineExceeded: / },
  ]) {
    test(`a Start that fails (${behaviour}) leaves nothing, and nobody who waits`, async () => {
      await open({ exec: 1_000 });
      await shim.addExec(id, "e");
      const waiting = shim.tasks.wait({ id, execId: "e" });
      bundle.behave([behaviour]);
      assert.match(await failure(start("e")), error);
      assert.equal((await waiting).exitStatus, 0);
      assert.equal(shim.tasks.state({ id, execId: "e" }).status, 1, "it stays created");
      assert.match(await failure(start("e")), /^FailedPrecondition: cannot start a stopped process/);
      await shim.tasks.delete({ id, execId: "e" });
      bundle.behave([]);
      await shim.addExec(id, "e");
      await start("e");
      await shim.tasks.kill({ id, execId: "e", signal: 9, all: false });
      await shim.tasks.wait({ id, execId: "e" });
      await shim.tasks.delete({ id, execId: "e" });
      assert.deepEqual(shim.events, ["exec-added e", "exec-added e", "exec-started e", "exit e 137"]);
      await close();
    });
  }

  test("a missing fifo and a disk that refuses are the caller's errors, and the id is free again", async () => {
    await open();
    await shim.addExec(id, "e", { stdout: join(suite.dir, "missing") });
    assert.match(await failure(start("e")), /^FailedPrecondition: .*missing/);
    await shim.tasks.delete({ id, execId: "e" });
    mkdirSync(join(bundle.dir, ".e.process.json"));
    await shim.addExec(id, "e");
    assert.match(await failure(start("e")), /^Unknown: exec "e": write its process: /);
    rmdirSync(join(bundle.dir, ".e.process.json"));
    await shim.tasks.delete({ id, execId: "e" });
    await close();
  });

  test("an exec that is being deleted cannot be started any more", async () => {
    await open();
    await shim.addExec(id, "e");
    const deleting = shim.tasks.delete({ id, execId: "e" });
    assert.match(await failure(start("e")), /^(FailedPrecondition|NotFound): /);
    await deleting;
    assert.match(await failure(start("e")), /^NotFound: process does not exist e/);
    await close();
  });

  test("errors are those that containerd expects", async () => {
    await open();
    await shim.addExec(id, "e");
    assert.match(await failure(() => shim.addExec(id, "e")), /^AlreadyExists: id e: already exists/);
    assert.match(
      await failure(shim.tasks.kill({ id, execId: "e", signal: 9, all: false })),
      /^FailedPrecondition: process not created/,
    );
    await start("e");
    assert.match(await failure(start("e")), /^FailedPrecondition: cannot start a running process/);
    assert.match(await failure(shim.tasks.delete({ id, execId: "e" })), /^FailedPrecondition: /);
    assert.match(await failure(() => shim.addExec(id, "../e")), /^InvalidArgument: /);
    assert.match(await failure(() => shim.addExec(id, "e".repeat(300))), /^InvalidArgument: /);
    shim.isFull = true;
    assert.match(await failure(() => shim.addExec(id, "f")), /^ResourceExhausted: /);
    shim.isFull = false;
    await shim.tasks.kill({ id, execId: "e", signal: 9, all: false });
    await shim.tasks.wait({ id, execId: "e" });
    await shim.tasks.delete({ id, execId: "e" });
    assert.match(await failure(shim.tasks.wait({ id, execId: "e" })), /^NotFound: /);
    await close();
  });

  test("an exec whose caller has given up does not run, and can be deleted at once", async () => {
    await open();
    await shim.addExec(id, "e");
    bundle.behave(["exec=hang-after"]);
    const caller = new AbortController();
    const starting = failure(shim.tasks.start({ id, execId: "e" }, caller));
    await until(() => bundle.has("e.pid"), { what: "the pid of the exec" });
    caller.abort(new Error("gone"));
    assert.match(await starting, /gone/);
    await shim.tasks.delete({ id, execId: "e" });
    await close();
  });

  test("a pid file that an earlier exec left is not believed", async () => {
    await open();
    writeFileSync(join(bundle.dir, "e.pid"), String(process.pid));
    await shim.addExec(id, "e");
    bundle.behave(["exec=fail:no"]);
    assert.match(await failure(start("e")), /^Unknown: /);
    await shim.tasks.delete({ id, execId: "e" });
    await close();
  });
});
