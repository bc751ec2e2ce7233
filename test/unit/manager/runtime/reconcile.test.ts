import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Database } from "../../../../manager/metadata/database.ts";
import { Bundle } from "../../../../manager/runtime/bundle.ts";
import { reconcile } from "../../../../manager/runtime/reconcile.ts";
import { RUNTIME_SCHEMA } from "../../../../manager/runtime/runtime-schema.ts";
import { SupervisedShim } from "../../../../manager/runtime/supervised-shim.ts";
import { Task } from "../../../../manager/runtime/task.ts";
import type { TaskHost } from "../../../../manager/runtime/task-host.ts";
import { TaskRecords } from "../../../../manager/runtime/task-records.ts";
import { BundleFile, bundleFile, execExitRecordFile } from "../../../../proto/bundle-files.ts";
import { Code, HawserError } from "../../../../proto/errors.ts";
import type { TaskExit } from "../../../../proto/gen/events.ts";
import { Status } from "../../../../proto/gen/process.ts";
import { StateResponse, Task as TaskService } from "../../../../proto/gen/task.ts";
import { fromDate } from "../../../../proto/timestamp.ts";
import { Scope } from "../../../../sys/scope.ts";
import { Server } from "../../../../ttrpc/index.ts";
import { NO_LOG } from "../../../support/no-log.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";

const KEY = { namespace: "ns", id: "web" };
const EXEC = { ...KEY, execId: "one" };
const STREAMS = { stdin: "", stdout: "", stderr: "", terminal: false };
// Higher than any pid can be.
const PID = 2 ** 22 + 1;

/** A task with an exec in the records, whose shim knows init alone, and is asked `meanwhile` about the exec. */
async function reconciled(options: {
  prepare: (records: TaskRecords, bundleDir: string) => void;
  meanwhile?: (task: Task, records: TaskRecords) => Promise<void> | void;
}): Promise<{ told: number[]; isKept: boolean }> {
  using dir = temporaryDir();
  await using scope = new Scope((what, error) => assert.fail(`${what}: ${String(error)}`));
  using database = Database.open(join(dir.path, "runtime.db"), RUNTIME_SCHEMA);
  const records = new TaskRecords(database);
  const bundle = Bundle.at(join(dir.path, "tasks"), KEY.namespace, KEY.id, join(dir.path, "work"));
  mkdirSync(bundle.dir, { recursive: true });
  const address = `unix://${join(dir.path, "shim.sock")}`;
  const shimOf = { address, version: 3, shimPid: 0, shimStartTime: 0n };
  records.begin({ ...KEY, bundleDir: bundle.dir, runtime: "r", binary: "/bin/r", ...shimOf });
  records.created(KEY, { pid: PID - 1, startTime: 1n, ...STREAMS });
  records.addProcess(EXEC, { pid: 0, startTime: 0n, ...STREAMS });
  options.prepare(records, bundle.dir);

  const told: number[] = [];
  const events = { publish: (_ns: string, _type: unknown, exit: TaskExit) => told.push(exit.exitStatus) };
  const host = { records, events, log: NO_LOG, orphans: { forget: () => undefined } } as unknown as TaskHost;
  const task = new Task({ key: KEY, runtime: "r", binary: "/bin/r", bundle }, host);
  const server = new Server();
  server.register(TaskService, {
    connect: () => ({ shimPid: 0, taskPid: 0, version: "" }),
    // Longer than the test.
    delete: () => new Promise(() => undefined),
    state: async ({ execId }) => {
      if (execId === "") return StateResponse.create({ id: KEY.id, pid: PID - 1, status: Status.RUNNING });
      await options.meanwhile?.(task, records);
      throw new HawserError(Code.NotFound, "not found");
    },
  });
  await server.listen(address);
  scope.defer("close the shim", () => server.close());
  const endpoint = { address, version: 3, protocol: "ttrpc" } as const;
  task.shim = new SupervisedShim({ ...KEY, endpoint, log: NO_LOG, onGone: () => undefined });
  scope.defer("let go of the shim", () => task.release());
  task.phase = "live";
  assert.equal(await task.shim.open(5_000), "ok");
  await reconcile(task, host);
  return { told, isKept: records.process(EXEC) !== undefined };
}

const ended = (records: TaskRecords): void =>
  records.exited(EXEC, { exitStatus: 7, exitedAt: fromDate(new Date()) });
const ran = (records: TaskRecords): void => records.started(EXEC, PID, 5n);

function writeExit(bundleDir: string, fields: object = {}): void {
  const exit = {
    pid: PID,
    startTime: "5",
    exitStatus: 9,
    isUnknown: false,
    exitedAt: new Date().toISOString(),
  };
  const record = { version: 1, containerId: KEY.id, execId: EXEC.execId, ...exit, ...fields };
  writeFileSync(execExitRecordFile(bundleDir, EXEC.execId), JSON.stringify(record));
}

describe("reconcile() of an exec that its shim has forgotten", () => {
  type Prepare = (records: TaskRecords, bundleDir: string) => void;
  const rows: [string, Prepare, number[]][] = [
    ["was never started: there is no exit to tell", () => undefined, []],
    [
      "has ended, and that was told",
      (records) => [ran(records), ended(records), records.markExitTold(EXEC)],
      [],
    ],
    ["has ended, and that was not told", (records) => [ran(records), ended(records)], [7]],
    [
      "ran when it was last heard of: its shim wrote down how it ended",
      (records, dir) => [ran(records), writeExit(dir)],
      [9],
    ],
    [
      "ran, and what is written down is about another process",
      (records, dir) => [ran(records), writeExit(dir, { pid: 1 })],
      [255],
    ],
    ["ran, and nobody has written down how it ended", (records) => ran(records), [255]],
    [
      "ran, and its shim keeps its events: the exit is told by the shim",
      (records, dir) => [ran(records), writeExit(dir), writeFileSync(bundleFile(dir, BundleFile.events), "")],
      [],
    ],
  ];
  for (const [name, prepare, expected] of rows) {
    test(name, async () => {
      assert.deepEqual(await reconciled({ prepare }), { told: expected, isKept: false });
    });
  }

  test("is left to who deletes it just now", async () => {
    const { told, isKept } = await reconciled({
      prepare: ran,
      meanwhile: (task) => {
        void task.deleteExec(EXEC.execId).catch(() => undefined);
        assert.ok(task.isDeleting(EXEC.execId));
      },
    });
    assert.deepEqual([told, isKept], [[], true]);
  });

  test("is left alone when another has its id by now", async () => {
    const { told, isKept } = await reconciled({
      prepare: (records) => [ran(records), ended(records)],
      meanwhile: (_task, records) => {
        records.removeProcess(EXEC);
        records.addProcess(EXEC, { pid: 0, startTime: 0n, ...STREAMS });
      },
    });
    assert.deepEqual([told, isKept], [[], true]);
  });
});
