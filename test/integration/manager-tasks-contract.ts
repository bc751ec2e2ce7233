// What the manager promises of tasks, whatever shim and OCI runtime are below it: the calls in their order, the events in
// theirs, restarts, a shim that hangs and one that dies.
// Longer than 300 lines because it is one test after another of one contract.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe } from "node:test";
import type { OciSpec } from "../../manager/oci/default-spec.ts";
import { Shim } from "../../manager/runtime/shim.ts";
import { isAlreadyExists, isNotFound, isUnavailable } from "../../proto/errors.ts";
import { Status } from "../../proto/gen/process.ts";
import { processStat } from "../../sys/process-stat.ts";
import type { ShimProgram } from "../support/container-options.ts";
import { suspend } from "../support/suspend.ts";
import { NAMESPACE, TaskWorld } from "../support/task-world.ts";
import { until } from "../support/until.ts";
import { test } from "./contract/bounded-test.ts";

/** What differs between shims. */
export interface ManagerExpectations {
  /** It keeps its events until the manager takes them. */
  readonly keepsEvents: boolean;
}

/** Registers the suite for one shim and runtime. Once per file. */
export function managerTasksContract(program: ShimProgram, { keepsEvents }: ManagerExpectations): void {
  const world = new TaskWorld(program);
  const statusOf = async (id: string) => (await world.tasks.get(NAMESPACE, id, "")).status;
  /** A task that runs, of which a shim that is killed has nothing more to tell. Some keep that in memory alone. */
  const runAndTell = async (options: Parameters<TaskWorld["run"]>[0] = {}) => {
    const id = await world.run(options);
    if (!keepsEvents) await world.hears(id, "create", "start");
    return id;
  };
  /** The bundle is gone, the shim has ended, the id is free. */
  const isGone = async (id: string, shimPid: number) => {
    assert.ok(!existsSync(world.bundleDir(id)), "the bundle is gone");
    assert.ok(!existsSync(join(world.dir, "var/tasks", NAMESPACE, id)), "the work directory is gone");
    await until(() => !existsSync(`/proc/${shimPid}`), { what: `the end of shim ${shimPid}` });
    await assert.rejects(world.tasks.get(NAMESPACE, id, ""), isNotFound);
  };

  describe(`manager contract on ${program.runtime}`, () => {
    before(() => world.begin());

    test("create, wait, start, exit, delete: events in their order, nothing left, the id free again", async () => {
      const id = await world.create({ script: "exit 7" });
      const shimPid = world.shimPid(id);
      const waiting = world.tasks.wait(NAMESPACE, id, "");
      assert.equal(await statusOf(id), Status.CREATED);
      await assert.rejects(world.createOf(id), isAlreadyExists);
      const pid = await world.tasks.start(NAMESPACE, id, "");
      const exit = await waiting;
      assert.equal(exit.exitStatus, 7);
      const process = await world.tasks.get(NAMESPACE, id, "");
      assert.deepEqual([process.status, process.pid, process.exit?.exitStatus], [Status.STOPPED, pid, 7]);
      const gone = await world.tasks.delete(NAMESPACE, id);
      assert.deepEqual([gone.pid, gone.exitStatus, gone.exitedAt], [pid, 7, exit.exitedAt]);
      await world.hears(id, "create", "start", "exit 7", "delete");
      await isGone(id, shimPid);
      await world.createOf(id);
      assert.equal(await world.remove(id), 137);
    });

    test("an exec lives in its task: listed by its id, waited for, deleted", async () => {
      const id = await world.run();
      await world.exec(id, "one", "exit 5");
      const waiting = world.tasks.wait(NAMESPACE, id, "one");
      const pid = await world.tasks.start(NAMESPACE, id, "one");
      assert.equal((await waiting).exitStatus, 5);
      const process = await world.tasks.get(NAMESPACE, id, "one");
      assert.deepEqual([process.id, process.status, process.pid], ["one", Status.STOPPED, pid]);
      assert.equal((await world.tasks.deleteProcess(NAMESPACE, id, "one")).exitStatus, 5);
      await assert.rejects(world.tasks.get(NAMESPACE, id, "one"), isNotFound);
      await world.exec(id, "one", "exit 6");
      const again = world.tasks.wait(NAMESPACE, id, "one");
      await world.tasks.start(NAMESPACE, id, "one");
      assert.equal((await again).exitStatus, 6);
      assert.equal(await world.remove(id), 137);
      const one = (status: number) => ["exec-added one", "exec-started one", `exit one ${status}`];
      await world.hears(id, "create", "start", ...one(5), ...one(6), "exit 137", "delete");
    });

    test("a running task is not deleted; pause and resume are seen; pids and counters are there", async () => {
      const id = await world.run();
      await assert.rejects(world.tasks.delete(NAMESPACE, id), (error) => !isNotFound(error));
      await world.tasks.pause(NAMESPACE, id);
      assert.equal(await statusOf(id), Status.PAUSED);
      await world.tasks.resume(NAMESPACE, id);
      const pids = await world.tasks.pids(NAMESPACE, id);
      const { pid } = await world.tasks.get(NAMESPACE, id, "");
      assert.ok(pids.some((process) => process.pid === pid));
      assert.match((await world.tasks.stats(NAMESPACE, id))?.typeUrl ?? "", /Metrics$/);
      const listed = await world.tasks.list(NAMESPACE);
      assert.ok(listed.some((process) => process.id === id && process.status === Status.RUNNING));
      await world.remove(id);
    });

    test("a create that fails leaves nothing, and gives the id back", async () => {
      const adjust = (spec: { process: { args: string[] } }) => {
        spec.process.args = ["/no/such/program"];
      };
      const id = world.container({ adjust });
      await assert.rejects(world.createOf(id));
      assert.ok(!existsSync(world.bundleDir(id)));
      await assert.rejects(world.tasks.get(NAMESPACE, id, ""), isNotFound);
      await assert.rejects(world.createOf(id));
    });

    test("a caller that gives up in the middle of a create leaves nothing", async () => {
      const id = world.container();
      const abort = new AbortController();
      const creation = world.createOf(id, "", abort.signal);
      await until(() => existsSync(join(world.bundleDir(id), "config.json")), { what: "the bundle" });
      abort.abort();
      await assert.rejects(creation);
      assert.ok(!existsSync(world.bundleDir(id)));
      await world.createOf(id);
      await world.remove(id);
    });

    test("after a restart the tasks are there, and what is waited for arrives", async () => {
      const [running, doomed, stopped] = await Promise.all([
        world.run(),
        world.run({ script: "trap 'exit 9' TERM; while :; do sleep 1000 & wait $!; done" }),
        world.run({ script: "exit 3" }),
      ]);
      await world.tasks.wait(NAMESPACE, stopped, "");
      const { pid } = await world.tasks.get(NAMESPACE, doomed, "");
      await until(() => catchesSigterm(pid), { what: "the trap" });
      await world.end();
      process.kill(pid, "SIGTERM");
      await until(() => processStat(pid) === undefined, { what: "the end of init" });
      await world.begin();
      assert.equal(await statusOf(running), Status.RUNNING);
      assert.equal((await world.tasks.wait(NAMESPACE, doomed, "")).exitStatus, 9);
      assert.equal(await statusOf(stopped), Status.STOPPED);
      assert.equal((await world.tasks.delete(NAMESPACE, stopped)).exitStatus, 3);
      assert.equal((await world.tasks.delete(NAMESPACE, doomed)).exitStatus, 9);
      await world.hears(doomed, "create", "start", "exit 9", "delete");
      await world.hears(stopped, "create", "start", "exit 3", "delete");
      await world.remove(running);
      await world.hears(running, "create", "start", "exit 137", "delete");
    });

    test("an exec that was deleted when the manager died over it is forgotten by the next one", async () => {
      const id = await world.run();
      await world.exec(id, "one", "exit 5");
      await world.tasks.start(NAMESPACE, id, "one");
      const lines = ["create", "start", "exec-added one", "exec-started one", "exit one 5"];
      await world.hears(id, ...lines);
      const socket = world.shimSocket(id);
      await world.end();
      await using shim = await Shim.connect(
        { address: `unix://${socket}`, version: 3, protocol: "ttrpc" },
        NAMESPACE,
      );
      await shim.askWho(id, AbortSignal.timeout(10_000));
      await shim.task.delete({ id, execId: "one" });
      await world.begin();
      const execs = () =>
        world.readRecords((records) => records.processes({ namespace: NAMESPACE, id }).length);
      await until(() => execs() === 1, { what: "the record of init alone" });
      await world.remove(id);
      await world.hears(id, ...lines, "exit 137", "delete");
    });

    test("two of a group share a shim: one is deleted, the other goes on; the shim dies, both are told of once", async () => {
      const first = await world.run();
      const adjust = (spec: OciSpec) => {
        spec.annotations = { "io.containerd.runc.v2.group": first };
      };
      const second = await world.run({ adjust });
      const third = await world.run({ adjust });
      const shimPid = world.shimPid(first);
      assert.deepEqual([world.shimPid(second), world.shimPid(third)], [shimPid, shimPid]);
      assert.equal(await world.remove(second), 137);
      await world.hears(second, "create", "start", "exit 137", "delete");
      assert.equal(await statusOf(first), Status.RUNNING);
      await world.hears(third, "create", "start");
      const socket = world.shimSocket(first);
      process.kill(shimPid, "SIGKILL");
      for (const id of [first, third]) {
        await world.hears(id, "create", "start", "exit 137", "delete");
        await until(() => world.shim(id) === undefined, { what: `the end of "${id}"` });
        await isGone(id, shimPid);
      }
      assert.ok(!existsSync(socket), `${socket} is gone`);
    });

    test("a shim that is killed: the container is ended, its true exit told once, who waits is answered", async () => {
      const id = await runAndTell();
      const shimPid = world.shimPid(id);
      const socket = world.shimSocket(id);
      const { pid } = await world.tasks.get(NAMESPACE, id, "");
      const waiting = world.tasks.wait(NAMESPACE, id, "");
      process.kill(shimPid, "SIGKILL");
      assert.equal((await waiting).exitStatus, 137);
      await world.hears(id, "create", "start", "exit 137", "delete");
      await until(() => !existsSync(`/proc/${pid}`), { what: "the end of init" });
      await until(() => !existsSync(world.bundleDir(id)), { what: "the end of the bundle" });
      await until(() => world.shim(id) === undefined, { what: "the end of the task" });
      await isGone(id, shimPid);
      assert.ok(!existsSync(socket), `${socket} is gone`);
      await world.createOf(id);
      await world.remove(id);
    });

    test("a shim that is killed after its container has ended by itself: the status is the container's own", async () => {
      const id = await runAndTell({ script: "trap 'exit 9' TERM; while :; do sleep 1000 & wait $!; done" });
      const shimPid = world.shimPid(id);
      const { pid } = await world.tasks.get(NAMESPACE, id, "");
      await until(() => catchesSigterm(pid), { what: "the trap" });
      const waiting = world.tasks.wait(NAMESPACE, id, "");
      await suspend(shimPid);
      process.kill(pid, "SIGTERM");
      await until(() => processStat(pid)?.state === "Z", { what: "the end of init" });
      process.kill(shimPid, "SIGKILL");
      assert.equal((await waiting).exitStatus, 9);
      await world.hears(id, "create", "start", "exit 9", "delete");
      await until(() => world.shim(id) === undefined, { what: "the end of the task" });
    });

    test("a shim that hangs hurts only itself, can be killed and deleted without its help", async () => {
      const [id, other] = await Promise.all([runAndTell(), world.run()]);
      const shimPid = world.shimPid(id);
      await suspend(shimPid);
      assert.equal(await statusOf(id), Status.RUNNING);
      await until(() => world.shim(id)?.health === "unresponsive", {
        what: "the shim is unresponsive",
        deadline: 20_000,
      });
      const listed = (await world.tasks.list(NAMESPACE)).map((process) => process.id);
      assert.ok(listed.includes(id) && listed.includes(other));
      assert.equal(await statusOf(other), Status.RUNNING);
      await assert.rejects(world.tasks.delete(NAMESPACE, id), isUnavailable);
      await world.kill(id);
      const { pid } = await world.tasks.get(NAMESPACE, id, "");
      await until(() => processStat(pid)?.state === "Z", { what: "the end of init" });
      const socket = world.shimSocket(id);
      assert.equal((await world.tasks.delete(NAMESPACE, id)).exitStatus, 137);
      await world.hears(id, "create", "start", "exit 137", "delete");
      await isGone(id, shimPid);
      assert.ok(!existsSync(socket), `${socket} is gone`);
      await world.remove(other);
    });

    test("a shim that hangs over a restart is shown as such, and is well when it goes on", async () => {
      const id = await world.run();
      const shimPid = world.shimPid(id);
      await suspend(shimPid);
      await world.end();
      await world.begin();
      assert.equal(world.shim(id)?.health, "unresponsive");
      assert.equal(await statusOf(id), Status.RUNNING);
      process.kill(shimPid, "SIGCONT");
      await until(() => world.shim(id)?.health === "ok", { what: "the shim is well" });
      assert.equal(await world.remove(id), 137);
    });

    test("a shim that died over a restart is buried, its exit told once", async () => {
      const id = await runAndTell();
      const shimPid = world.shimPid(id);
      const socket = world.shimSocket(id);
      await world.end();
      process.kill(shimPid, "SIGKILL");
      await world.begin();
      await world.hears(id, "create", "start", "exit 137", "delete");
      await until(() => world.shim(id) === undefined, { what: "the end of the task" });
      await isGone(id, shimPid);
      assert.ok(!existsSync(socket), `${socket} is gone`);
    });

    test("a task without a bundle is of before a reboot: its exit is told as unknown, once", async () => {
      await world.end();
      const id = "rebooted";
      const stream = { stdin: "", stdout: "", stderr: "", terminal: false };
      world.writeRecords((records) => {
        const key = { namespace: NAMESPACE, id };
        const shim = { address: "unix:///none", version: 2, shimPid: 0, shimStartTime: 0n };
        records.begin({
          ...key,
          bundleDir: world.bundleDir(id),
          runtime: "r",
          binary: program.binary,
          ...shim,
        });
        // Higher than any pid can be.
        records.created(key, { pid: 2 ** 22 + 1, startTime: 1n, ...stream });
      });
      await world.begin();
      await world.hears(id, "exit 255", "delete");
      await until(() => world.tasks.ids(NAMESPACE).length === 0, { what: "the end of the task" });
      await world.end();
      await world.begin();
      await world.hears(id, "exit 255", "delete");
    });

    test("a lost database costs no container", async () => {
      const id = await world.run();
      await world.hears(id, "create", "start");
      await world.end();
      world.loseDatabase();
      await world.begin();
      assert.equal(await statusOf(id), Status.RUNNING);
      assert.equal(await world.remove(id), 137);
      await world.hears(id, "create", "start", "exit 137", "delete");
    });

    if (keepsEvents) {
      test("what happens while the manager is away is told when it is back, in order and once", async () => {
        const id = await world.run();
        await world.exec(id, "one", "exec sleep 1000");
        await world.tasks.start(NAMESPACE, id, "one");
        const { pid } = await world.tasks.get(NAMESPACE, id, "one");
        await world.end();
        process.kill(pid, "SIGTERM");
        await until(() => processStat(pid) === undefined, { what: "the end of the exec" });
        await world.begin();
        await world.hears(id, "create", "start", "exec-added one", "exec-started one", "exit one 143");
        await world.remove(id);
      });
    }

    test("an operation that needs a task refuses what is none", async () => {
      await assert.rejects(world.tasks.start(NAMESPACE, "none", ""), isNotFound);
      await assert.rejects(world.createOf("none"), isNotFound);
      const id = await world.run();
      await assert.rejects(world.tasks.start(NAMESPACE, id, ""), (error) => !isNotFound(error));
      await assert.rejects(world.tasks.get(NAMESPACE, id, "none"), isNotFound);
      await world.remove(id);
    });
  });
}

/** Whether a process has a handler for SIGTERM; see proc(5). */
function catchesSigterm(pid: number): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
  return (BigInt(`0x${mask}`) & (1n << 14n)) !== 0n;
}
