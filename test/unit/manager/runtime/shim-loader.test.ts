import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { Exchange } from "../../../../manager/events/exchange.ts";
import type { Log } from "../../../../manager/log.ts";
import { Database } from "../../../../manager/metadata/database.ts";
import { RUNTIME_SCHEMA } from "../../../../manager/runtime/runtime-schema.ts";
import { loadTasks } from "../../../../manager/runtime/shim-loader.ts";
import type { ShimPrograms } from "../../../../manager/runtime/shim-programs.ts";
import type { Task } from "../../../../manager/runtime/task.ts";
import type { TaskHost } from "../../../../manager/runtime/task-host.ts";
import { TaskRecords } from "../../../../manager/runtime/task-records.ts";
import { Task as TaskService } from "../../../../proto/gen/task.ts";
import { Server } from "../../../../ttrpc/index.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";

test("loadTasks() buries a shim that answered and died while the others were being asked", async () => {
  using dir = temporaryDir();
  using database = Database.open(join(dir.path, "runtime.db"), RUNTIME_SCHEMA);
  const records = new TaskRecords(database);
  const tasks = new Map<string, Task>();
  const ended = Promise.withResolvers<string>();
  const silence = (): void => undefined;
  const log = {
    debug: silence,
    info: silence,
    warn: silence,
    error: silence,
    with: () => log,
  } as unknown as Log;
  const host: TaskHost = {
    records,
    programs: { delete: async () => undefined } as unknown as ShimPrograms,
    events: { publish: silence } as unknown as Exchange,
    orphans: { take: silence } as unknown as TaskHost["orphans"],
    log,
    grpcAddress: "/nowhere/hawserd.sock",
    tasksDir: join(dir.path, "tasks"),
    workDir: join(dir.path, "work"),
    isFirstSinceBoot: false,
    isShared: () => false,
    isAddressNeeded: () => false,
    later: () => undefined,
    forget: ({ key }) => ended.resolve(key.id),
    bury: silence,
  };
  const endpointOf = (id: string): string => `unix://${join(dir.path, `${id}.sock`)}`;
  for (const id of ["mayfly", "mute"]) {
    const bundleDir = join(host.tasksDir, "ns", id);
    mkdirSync(bundleDir, { recursive: true });
    const address = endpointOf(id);
    writeFileSync(
      join(bundleDir, "bootstrap.json"),
      JSON.stringify({ version: 3, address, protocol: "ttrpc" }),
    );
    const shim = { address, version: 3, shimPid: 0, shimStartTime: 0n };
    records.begin({ namespace: "ns", id, bundleDir, runtime: "r", binary: "/bin/r", ...shim });
    const streams = { stdin: "", stdout: "", stderr: "", terminal: false };
    records.created({ namespace: "ns", id }, { pid: 0, startTime: 0n, ...streams });
  }
  const mayfly = new Server();
  mayfly.register(TaskService, {
    connect: () => {
      setTimeout(() => void mayfly.close(), 100);
      return { shimPid: 0, taskPid: 0, version: "" };
    },
  });
  await mayfly.listen(endpointOf("mayfly"));
  const mute = createServer();
  await new Promise<void>((resolve) => mute.listen(join(dir.path, "mute.sock"), resolve));
  mute.on("connection", (socket) => socket.unref());

  const work: Promise<unknown>[] = [];
  const adopt = (task: Task): void => void tasks.set(task.key.id, task);
  await loadTasks({ host, adopt, background: (_what, promise) => void work.push(promise) });
  await Promise.all(work);
  assert.equal(tasks.get("mayfly")?.phase, "gone");
  assert.equal(await ended.promise, "mayfly");
  assert.equal(tasks.get("mute")?.phase, "live");

  await tasks.get("mute")?.release();
  mute.close();
});
