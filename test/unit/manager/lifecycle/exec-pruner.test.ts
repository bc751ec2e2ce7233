import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { ExecPruner } from "../../../../manager/lifecycle/exec-pruner.ts";
import { Database } from "../../../../manager/metadata/database.ts";
import { RUNTIME_SCHEMA } from "../../../../manager/runtime/runtime-schema.ts";
import { TaskRecords } from "../../../../manager/runtime/task-records.ts";
import { Code, HawserError } from "../../../../proto/errors.ts";
import { fromNanoseconds } from "../../../../proto/timestamp.ts";
import { NO_LOG } from "../../../support/no-log.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";

const key = { namespace: "ns", id: "c" };
const streams = { stdin: "", stdout: "", stderr: "", terminal: false };

/** A task with execs; a shim that forgets them when it is asked to. */
class World implements AsyncDisposable {
  readonly #dir = temporaryDir();
  readonly #database = Database.open(join(this.#dir.path, "runtime.db"), RUNTIME_SCHEMA);
  readonly records = new TaskRecords(this.#database);
  isManaged = true;
  isBroken = false;
  readonly deleted: string[] = [];
  readonly pruner = new ExecPruner({
    database: this.#database,
    tasks: {
      deleteProcess: async (_namespace, _id, execId) => {
        if (this.isBroken) throw new HawserError(Code.Unavailable, "its shim does not answer");
        this.deleted.push(execId);
        this.records.removeProcess({ ...key, execId });
        return { pid: 1, exitStatus: 0, exitedAt: undefined };
      },
    },
    isManaged: () => this.isManaged,
    log: NO_LOG,
    max: 3,
  });

  constructor() {
    const shim = { address: "", version: 3, shimPid: 0, shimStartTime: 0n };
    this.records.begin({ ...key, bundleDir: "/b", runtime: "r", binary: "/r", ...shim });
    this.records.created(key, { pid: 1, startTime: 1n, ...streams });
    for (let n = 1; n <= 5; n++) {
      const exec = { ...key, execId: `e${n}` };
      this.records.addProcess(exec, { pid: 10 + n, startTime: 1n, ...streams });
      this.records.exited(exec, { exitStatus: 0, exitedAt: fromNanoseconds(BigInt(n)) });
    }
    this.records.addProcess({ ...key, execId: "alive" }, { pid: 9, startTime: 1n, ...streams });
  }

  async note(): Promise<void> {
    this.pruner.noteEnd(key);
    await this.pruner[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pruner[Symbol.asyncDispose]();
    this.#database[Symbol.dispose]();
    this.#dir[Symbol.dispose]();
  }
}

test("of execs that have ended the last are kept, and the living are left alone", async () => {
  await using world = new World();
  await world.note();
  assert.deepEqual(new Set(world.deleted), new Set(["e1", "e2"]));
  await world.note();
  assert.equal(world.deleted.length, 2);
});

test("of a container that is not managed all are kept", async () => {
  await using world = new World();
  world.isManaged = false;
  await world.note();
  assert.deepEqual(world.deleted, []);
});

test("a shim that does not answer is not asked without end, and the next end tries again", async () => {
  await using world = new World();
  world.isBroken = true;
  await world.note();
  world.isBroken = false;
  await world.note();
  assert.deepEqual(new Set(world.deleted), new Set(["e1", "e2"]));
});
