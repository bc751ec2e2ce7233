// The order of a container's life, and what an OCI runtime that lies, hangs or dies cannot do to it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { failure, ShimCore, useExits } from "../../fakes/shim-core.ts";
import { useSuite } from "../../support/suite.ts";
import { until } from "../../support/until.ts";

const reaping = useExits();
const suite = useSuite({ onEnd: () => reaping.end() });
const core = (timeoutsMs = {}) => new ShimCore(suite, reaping.exits, timeoutsMs);
const init = (id: string) => ({ id, execId: "" });

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("a container is told of in the order create, start, exit, delete", async () => {
  const shim = core();
  const bundle = shim.bundle();
  await shim.run(bundle);
  await shim.end(bundle.id);
  assert.deepEqual(shim.events, ["create", "start", "exit 137", "delete"]);
});

test("an init that ends before its pid is known, and is never started, is told of all the same", async () => {
  const shim = core();
  const bundle = shim.bundle(["process=exit 7"]);
  await shim.create(bundle);
  const { exitStatus } = await shim.tasks.wait(init(bundle.id));
  assert.equal(exitStatus, 7);
  assert.match(await failure(shim.tasks.start(init(bundle.id))), /^FailedPrecondition: /);
  await shim.tasks.delete(init(bundle.id));
  assert.deepEqual(shim.events, ["create", "exit 7", "delete"]);
});

test("an exec that ends before its pid is known has its start told before its exit", async () => {
  const shim = core();
  const bundle = shim.bundle();
  await shim.run(bundle);
  bundle.behave(["process=exit 3"]);
  await shim.addExec(bundle.id, "e");
  await shim.tasks.start({ id: bundle.id, execId: "e" });
  const { exitStatus } = await shim.tasks.wait({ id: bundle.id, execId: "e" });
  assert.equal(exitStatus, 3);
  await shim.tasks.delete({ id: bundle.id, execId: "e" });
  assert.deepEqual(bundle.added(), ["init.pid"], "an exec leaves no file");
  await shim.end(bundle.id);
  assert.deepEqual(shim.events, [
    "create",
    "start",
    "exec-added e",
    "exec-started e",
    "exit e 3",
    "exit 137",
    "delete",
  ]);
});

test("the exits of execs come before that of init, also when the runtime kills nobody", async () => {
  const shim = core();
  const bundle = shim.bundle([], '{"linux":{}}'); // not its own pid namespace: rule of `kill --all`
  await shim.run(bundle);
  await shim.addExec(bundle.id, "e");
  await shim.tasks.start({ id: bundle.id, execId: "e" });
  await shim.end(bundle.id);
  assert.deepEqual(shim.events.slice(-3), ["exit e 137", "exit 137", "delete"]);
  assert.match(readFileSync(join(bundle.dir, "fake-oci-runtime.calls"), "utf8"), /kill --all \S+ 9/);
});

test("Delete ends a created container, even when the runtime only says that it did", async () => {
  const shim = core();
  const bundle = shim.bundle();
  const { pid } = await shim.create(bundle);
  await shim.tasks.delete(init(bundle.id));
  assert.deepEqual(shim.events, ["create", "exit 137", "delete"]);
  assert.equal(isRunning(pid), false);
  await shim.create(bundle);
  await shim.tasks.delete(init(bundle.id));
});

test("of two Deletes one succeeds, and the other finds nothing", async () => {
  const shim = core();
  const bundle = shim.bundle();
  await shim.run(bundle);
  await shim.tasks.kill({ ...init(bundle.id), signal: 9, all: false });
  await shim.tasks.wait(init(bundle.id));
  const [first, second] = await Promise.all([
    shim.tasks.delete(init(bundle.id)),
    failure(shim.tasks.delete(init(bundle.id))),
  ]);
  assert.equal(first.exitStatus, 137);
  assert.match(second, /^NotFound: /);
  assert.deepEqual(
    shim.events.filter((event) => event === "delete"),
    ["delete"],
  );
});

test("a Delete that the runtime failed can be tried again", async () => {
  const shim = core();
  const bundle = shim.bundle(["delete=fail:busy"]);
  await shim.run(bundle);
  assert.match(await failure(shim.end(bundle.id)), /^Unknown: .*busy/);
  bundle.behave([]);
  const { exitStatus } = await shim.tasks.delete(init(bundle.id));
  assert.equal(exitStatus, 137);
  assert.deepEqual(shim.events, ["create", "start", "exit 137", "delete"]);
});

test("Delete completes the exit record by what became of the output", async () => {
  const shim = core();
  const bundle = shim.bundle();
  await shim.run(bundle);
  await shim.tasks.kill({ ...init(bundle.id), signal: 15, all: false });
  await shim.tasks.wait(init(bundle.id));
  const record = () => JSON.parse(readFileSync(join(bundle.dir, "exit.json"), "utf8"));
  assert.deepEqual([record().exitStatus, record().output], [143, "open"]);
  await shim.tasks.delete(init(bundle.id));
  assert.deepEqual([record().exitStatus, record().output], [143, "complete"]);
});

test("a pause that failed half-way is what the runtime says it is, and can be taken back", async () => {
  const shim = core({ pause: 300 });
  const bundle = shim.bundle(["pause=hang", 'state=print:{"status":"paused","pid":1}']);
  await shim.run(bundle);
  await shim.tasks.pause({ id: bundle.id });
  assert.equal(shim.tasks.state(init(bundle.id)).status, 4);
  await shim.tasks.resume({ id: bundle.id });
  bundle.behave(["pause=fail:no freezer", 'state=print:{"status":"running","pid":1}']);
  assert.match(await failure(shim.tasks.pause({ id: bundle.id })), /^Unknown: .*no freezer/);
  assert.equal(shim.tasks.state(init(bundle.id)).status, 2);
  await shim.end(bundle.id);
  assert.deepEqual(shim.events, ["create", "start", "paused", "resumed", "exit 137", "delete"]);
});

test("a runtime that is killed during start has started the container, or it has not", async () => {
  const shim = core();
  const running = shim.bundle(["start=die", 'state=print:{"status":"running","pid":1}']);
  await shim.run(running);
  await shim.end(running.id);
  assert.deepEqual(shim.events.splice(0), ["create", "start", "exit 137", "delete"]);

  const created = shim.bundle(["start=die", 'state=print:{"status":"created","pid":1}']);
  assert.match(await failure(shim.run(created)), /^Unknown: .*SIGKILL/);
  created.behave([]);
  await shim.tasks.start(init(created.id));
  await shim.end(created.id);
  assert.deepEqual(shim.events, ["create", "start", "exit 137", "delete"]);
});

test("an init that is frozen when it ends is thawed once, and its exit told", async () => {
  const shim = core();
  const bundle = shim.bundle();
  const pid = await shim.run(bundle);
  await shim.tasks.pause({ id: bundle.id });
  process.kill(pid, "SIGKILL");
  await shim.tasks.wait(init(bundle.id));
  await shim.tasks.delete(init(bundle.id));
  const calls = readFileSync(join(bundle.dir, "fake-oci-runtime.calls"), "utf8").match(/ resume /g);
  assert.equal(calls?.length, 1);
  assert.deepEqual(shim.events, ["create", "start", "paused", "exit 137", "delete"]);
});

test("a signal reaches init alone, and none that has ended", async () => {
  const shim = core();
  const bundle = shim.bundle();
  await shim.run(bundle);
  const kill = (signal: number) => shim.tasks.kill({ ...init(bundle.id), signal, all: false });
  assert.match(await failure(kill(65)), /^InvalidArgument: /);
  await kill(0);
  await kill(9);
  await shim.tasks.wait(init(bundle.id));
  assert.match(await failure(kill(9)), /^NotFound: process already finished/);
  assert.deepEqual((await shim.tasks.pids({ id: bundle.id })).processes, []);
  await shim.tasks.delete(init(bundle.id));
});

test("a container to be restored has no process to signal, list or wait for before Start", async () => {
  const shim = core();
  const bundle = shim.bundle();
  assert.deepEqual(await shim.create(bundle, { checkpoint: "/nowhere" }), { pid: 0 });
  const waiting = shim.tasks.wait(init(bundle.id));
  const kill = shim.tasks.kill({ ...init(bundle.id), signal: 9, all: false });
  assert.match(await failure(kill), /^FailedPrecondition: process not created/);
  assert.deepEqual((await shim.tasks.pids({ id: bundle.id })).processes, []);
  assert.match(await failure(() => shim.addExec(bundle.id, "e")), /^FailedPrecondition: /);
  bundle.behave(["restore=fail-after:criu is not there"]);
  assert.match(await failure(shim.tasks.start(init(bundle.id))), /^Unknown: .*criu is not there/);
  assert.equal(bundle.has("init.pid"), false, "what the runtime started is gone, and not believed");
  await shim.tasks.delete(init(bundle.id));
  assert.deepEqual(await waiting, { exitStatus: 0, exitedAt: undefined });
  assert.deepEqual(shim.events, ["create", "delete"]);
});

test("a restored container lives as any other", async () => {
  const shim = core();
  const bundle = shim.bundle();
  await shim.create(bundle, { checkpoint: "/nowhere" });
  const { pid } = await shim.tasks.start(init(bundle.id));
  assert.ok(isRunning(pid));
  await shim.end(bundle.id);
  assert.deepEqual(shim.events, ["create", "start", "exit 137", "delete"]);
});

test("who waits for an exec that was never started is told at the end of the container", async () => {
  const shim = core();
  const bundle = shim.bundle();
  await shim.run(bundle);
  await shim.addExec(bundle.id, "e");
  const waiting = shim.tasks.wait({ id: bundle.id, execId: "e" });
  await shim.end(bundle.id);
  assert.equal((await waiting).exitStatus, 0);
});

test("a full disk costs the exit its record and nothing else", async () => {
  const shim = core();
  const bundle = shim.bundle();
  await shim.run(bundle);
  const { mkdirSync } = await import("node:fs");
  mkdirSync(join(bundle.dir, "exit.json")); // a name that no file can be renamed to
  await shim.end(bundle.id);
  assert.deepEqual(shim.events, ["create", "start", "exit 137", "delete"]);
  assert.match(shim.warnings.join("\n"), /write exit record: continuing/);
});

test("an exec whose runtime hangs does not hold back the exit of init for ever", async () => {
  const shim = core({ exec: 1_000 });
  const bundle = shim.bundle();
  const pid = await shim.run(bundle);
  bundle.behave(["exec=hang"]);
  await shim.addExec(bundle.id, "e");
  const starting = failure(shim.tasks.start({ id: bundle.id, execId: "e" }));
  await until(() => readFileSync(join(bundle.dir, "fake-oci-runtime.calls"), "utf8").includes(" exec "), {
    what: "the runtime's exec",
  });
  process.kill(pid, "SIGKILL");
  await until(() => shim.events.includes("exit 137"), { what: "the exit of init" });
  assert.match(await starting, /^DeadlineExceeded: /);
  await shim.tasks.delete(init(bundle.id));
  assert.deepEqual(shim.events, ["create", "start", "exec-added e", "exit 137", "delete"]);
});
