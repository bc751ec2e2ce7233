import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Database } from "../../../../manager/metadata/database.ts";
import { RUNTIME_SCHEMA } from "../../../../manager/runtime/runtime-schema.ts";
import { TaskRecords } from "../../../../manager/runtime/task-records.ts";
import { TaskWitness } from "../../../../manager/runtime/task-witness.ts";
import { pack } from "../../../../proto/any.ts";
import type { Codec, Init } from "../../../../proto/codec.ts";
import {
  TaskCreate,
  TaskDelete,
  TaskExecAdded,
  TaskExecStarted,
  TaskExit,
  TaskPaused,
  TaskResumed,
  TaskStart,
} from "../../../../proto/gen/events.ts";
import { Status } from "../../../../proto/gen/process.ts";
import { fromNanoseconds } from "../../../../proto/timestamp.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";

const key = { namespace: "ns", id: "c" };
const init = { ...key, execId: "" };
const exec = { ...key, execId: "e" };
const streams = { stdin: "", stdout: "/out", stderr: "", terminal: true };
const shim = { address: "unix:///s", version: 3, shimPid: 5, shimStartTime: 50n };
const exitedAt = fromNanoseconds(1_500_000_000_000_000_001n);

class World implements Disposable {
  readonly #dir = temporaryDir();
  readonly #database = Database.open(join(this.#dir.path, "runtime.db"), RUNTIME_SCHEMA);
  readonly records = new TaskRecords(this.#database);
  readonly #witness = new TaskWitness(this.records);

  begin(): void {
    this.records.begin({ ...key, bundleDir: "/b", runtime: "r", binary: "/bin/r", ...shim });
  }

  run(pid = 7): void {
    this.begin();
    this.records.created(key, { pid, startTime: 70n, ...streams });
    this.records.started(init, pid, 70n);
  }

  told<T>(codec: Codec<T>, message: NoInfer<Init<T>>): boolean {
    const event = pack(codec, message);
    return this.#witness.witness({ timestamp: exitedAt, namespace: "ns", topic: "/t", event });
  }

  exit(pid = 7, id = "c", exitStatus = 3): boolean {
    return this.told(TaskExit, { containerId: "c", id, pid, exitStatus, exitedAt });
  }

  [Symbol.dispose](): void {
    this.#database[Symbol.dispose]();
    this.#dir[Symbol.dispose]();
  }
}

test("a task is creating until it is created, and all of it can be read back", () => {
  using world = new World();
  world.begin();
  assert.equal(world.records.get(key)?.phase, "creating");
  world.records.created(key, { pid: 7, startTime: 70n, ...streams });
  const expected = { bundleDir: "/b", runtime: "r", binary: "/bin/r", ...shim, isDeleteTold: false };
  assert.deepEqual(world.records.get(key), { ...key, phase: "live", ...expected });
  const { createdAt, ...found } = world.records.process(init) ?? {};
  assert.ok(createdAt !== undefined && createdAt <= BigInt(Date.now()) * 1_000_000n);
  assert.deepEqual(found, {
    ...{ execId: "", pid: 7, startTime: 70n, status: Status.CREATED, ...streams },
    exit: undefined,
    isExitTold: false,
    startedAt: undefined,
    args: [],
  });
  world.records.remove(key);
  assert.equal(world.records.process(init), undefined);
});

test("an exit is told once, by whichever of two that tell it", () => {
  using world = new World();
  world.run();
  assert.equal(world.exit(), true);
  assert.equal(world.exit(), false);
  const process = world.records.process(init);
  assert.equal(process?.isExitTold, true);
  assert.deepEqual(process?.exit, { exitStatus: 3, exitedAt: 1_500_000_000_000_000_001n, isUnknown: false });
  assert.equal(process?.status, Status.STOPPED);
});

test("an exit stays told when its task is deleted, until the id begins anew", () => {
  using world = new World();
  world.run();
  world.exit();
  world.records.remove(key);
  assert.equal(world.exit(), false);
  world.run();
  assert.equal(world.exit(), true);
});

test("the deletion of a task is told once; of execs it is none of our business", () => {
  using world = new World();
  world.run();
  assert.equal(world.told(TaskDelete, { containerId: "c", id: "e" }), true);
  assert.equal(world.told(TaskDelete, { containerId: "c" }), true);
  assert.equal(world.told(TaskDelete, { containerId: "c" }), false);
  world.records.remove(key);
  assert.equal(world.told(TaskDelete, { containerId: "c" }), false);
  world.run();
  assert.equal(world.told(TaskDelete, { containerId: "c" }), true);
});

test("who waits for the deletion to be told hears of it, or gives up", async () => {
  using world = new World();
  world.run();
  const told = world.records.deletionTold(key, 60_000);
  world.told(TaskDelete, { containerId: "c" });
  await told;
  await world.records.deletionTold(key, 60_000);
  await world.records.deletionTold({ ...key, id: "none" }, 60_000);
});

test("a process that has ended stays ended", () => {
  using world = new World();
  world.run();
  world.records.exited(init, { exitStatus: 1, exitedAt });
  world.records.exited(init, { exitStatus: 2, exitedAt });
  world.records.setStatus(init, Status.RUNNING);
  world.told(TaskResumed, { containerId: "c" });
  const process = world.records.process(init);
  assert.deepEqual([process?.status, process?.exit?.exitStatus], [Status.STOPPED, 1]);
  assert.equal(process?.isExitTold, false);
});

test("events teach what answers have not said yet", () => {
  using world = new World();
  world.begin();
  world.told(TaskCreate, { containerId: "c", pid: 7, io: { stdout: "/out" } });
  assert.deepEqual([world.records.process(init)?.pid, world.records.process(init)?.stdout], [7, "/out"]);
  world.told(TaskStart, { containerId: "c", pid: 7 });
  assert.equal(world.records.process(init)?.status, Status.RUNNING);
  world.told(TaskPaused, { containerId: "c" });
  assert.equal(world.records.process(init)?.status, Status.PAUSED);
  world.told(TaskExecAdded, { containerId: "c", execId: "e" });
  world.told(TaskExecStarted, { containerId: "c", execId: "e", pid: 9 });
  assert.deepEqual(
    [world.records.process(exec)?.pid, world.records.process(exec)?.status],
    [9, Status.RUNNING],
  );
  world.records.created(key, { pid: 7, startTime: 70n, ...streams });
  assert.equal(world.records.process(init)?.status, Status.PAUSED);
});

test("an exit that is faster than the answer to Start is kept", () => {
  using world = new World();
  world.begin();
  world.records.created(key, { pid: 7, startTime: 70n, ...streams });
  world.exit();
  world.records.started(init, 7, 0n);
  assert.equal(world.records.process(init)?.status, Status.STOPPED);
});

test("events of an exec that had this id before say nothing about the one that has it now", () => {
  using world = new World();
  world.run();
  world.records.addProcess(exec, { pid: 0, startTime: 0n, ...streams });
  world.told(TaskExecStarted, { containerId: "c", execId: "e", pid: 8 });
  world.exit(8, "e");
  world.records.started(exec, 9, 90n);
  const process = world.records.process(exec);
  assert.deepEqual(
    [process?.pid, process?.status, process?.exit, process?.isExitTold],
    [9, Status.RUNNING, undefined, false],
  );
  assert.equal(world.exit(9, "e", 4), true);
  assert.equal(world.records.process(exec)?.exit?.exitStatus, 4);
});

test("an exec that is added under the id of one that has ended begins anew", () => {
  using world = new World();
  world.run();
  world.records.addProcess(exec, { pid: 0, startTime: 0n, ...streams });
  world.records.started(exec, 8, 80n);
  world.exit(8, "e");
  world.records.addProcess(exec, { pid: 0, startTime: 0n, ...streams });
  const process = world.records.process(exec);
  assert.deepEqual([process?.pid, process?.status, process?.exit], [0, Status.CREATED, undefined]);
});

test("the processes of a task come with init last: its exit is told after theirs", () => {
  using world = new World();
  world.run();
  for (const execId of ["a", "b"])
    world.records.addProcess({ ...key, execId }, { pid: 0, startTime: 0n, ...streams });
  assert.deepEqual(
    world.records.processes(key).map(({ execId }) => execId),
    ["b", "a", ""],
  );
});
