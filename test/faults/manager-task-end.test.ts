// A container ends while something of the manager's does not work: its connection to the shim, or its disk. Whoever asked is
// answered, the end is told once, and nothing is left.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, renameSync, rmSync, statfsSync, unlinkSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { before, describe } from "node:test";
import { isUnavailable } from "../../proto/errors.ts";
import { mountAll, unmountAll } from "../../sys/mount.ts";
import { test } from "../integration/contract/bounded-test.ts";
import { settleControllers } from "../support/cgroup-hierarchies.ts";
import { buildHawserShim } from "../support/hawser-shim.ts";
import { NAMESPACE, TaskWorld } from "../support/task-world.ts";
import { until } from "../support/until.ts";

settleControllers();
const world = new TaskWorld({ binary: buildHawserShim(), runtime: "crun" });

/** Stands between a manager and a shim, and cuts their connection at the answer to a call, once. */
class Cutter implements AsyncDisposable {
  readonly #path: string;
  readonly #server = createServer((socket) => this.#pass(socket));
  readonly #sockets = new Set<Socket>();
  #method: string | undefined;
  /** How often a connection was made. */
  connections = 0;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Takes the place of the socket at `path`; the shim goes on to listen at another name. */
  static async at(path: string): Promise<Cutter> {
    const cutter = new Cutter(path);
    renameSync(path, `${path}.r`);
    await new Promise<void>((resolve) => cutter.#server.listen(path, resolve));
    return cutter;
  }

  /** The next answer to a call of this method does not arrive. */
  cutAt(method: string): void {
    this.#method = method;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    // The shim may have ended meanwhile, and has not found its socket to remove it.
    if (existsSync(`${this.#path}.r`)) unlinkSync(`${this.#path}.r`);
  }

  #pass(manager: Socket): void {
    this.connections += 1;
    const shim = connect(`${this.#path}.r`);
    let isAsked = false;
    const cut = () => {
      for (const socket of [manager, shim]) socket.destroy();
    };
    for (const socket of [manager, shim]) {
      this.#sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => this.#sockets.delete(socket) && cut());
    }
    manager.on("data", (bytes) => {
      if (this.#method !== undefined && bytes.includes(this.#method)) {
        isAsked = true;
        this.#method = undefined;
      }
      shim.write(bytes);
    });
    // Nothing else is asked meanwhile, so that what comes next is the answer.
    shim.on("data", (bytes) => (isAsked ? cut() : manager.write(bytes)));
  }
}

/** Fills a file system to its last byte; what is returned makes room again. */
function fill(dir: string): () => void {
  const path = join(dir, "fill");
  const { bavail, bsize } = statfsSync(dir);
  writeFileSync(path, Buffer.alloc(bavail * bsize));
  return () => rmSync(path, { force: true });
}

describe("a container ends", () => {
  before(() => world.begin());

  test("while the answer to its deletion is lost: asking again finds it deleted, and it is told once", async () => {
    const id = await world.run();
    const shimPid = world.shimPid(id);
    const socket = world.shimSocket(id);
    await world.end();
    await using cutter = await Cutter.at(socket);
    await world.begin();
    await world.kill(id);
    assert.equal((await world.tasks.wait(NAMESPACE, id, "")).exitStatus, 137);
    await world.hears(id, "create", "start", "exit 137");
    const connections = cutter.connections;
    cutter.cutAt("Delete");
    assert.equal((await world.tasks.delete(NAMESPACE, id)).exitStatus, 137);
    assert.equal(cutter.connections, connections + 1, "it has connected again");
    await world.hears(id, "create", "start", "exit 137", "delete");
    await until(() => !existsSync(`/proc/${shimPid}`), { what: "the end of the shim" });
    assert.ok(!existsSync(world.bundleDir(id)));
    await world.createOf(id);
    await world.remove(id);
  });

  for (const when of ["and there is room again in time", "and there is room later", "until the next start"]) {
    test(`on a disk that is full ${when}: who waits is answered, and it is told once`, async () => {
      const dir = join(world.dir, "var");
      await world.end();
      rmSync(dir, { recursive: true, force: true });
      mkdirSync(dir);
      await mountAll([{ type: "tmpfs", source: "tmpfs", options: ["size=2m"] }], dir);
      try {
        await world.begin();
        const id = await world.run();
        await world.hears(id, "create", "start");
        // What it has of room inside itself it would use first.
        const database = new DatabaseSync(join(dir, "runtime.db"));
        database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
        database.close();
        const makeRoom = fill(dir);
        await world.kill(id);
        assert.equal((await world.tasks.wait(NAMESPACE, id, "")).exitStatus, 137);
        const deletion = world.tasks.delete(NAMESPACE, id);
        if (when === "and there is room again in time") {
          const isTried = () =>
            world.lines.some((line) => line.includes("record the end of a task: trying again"));
          await until(isTried, { what: "a try that failed", deadline: 30_000 });
          makeRoom();
        }
        assert.equal((await deletion).exitStatus, 137);
        if (when !== "and there is room again in time") {
          assert.deepEqual(world.of(id), ["create", "start"]);
          await assert.rejects(world.createOf(id), isUnavailable);
        }
        if (when === "until the next start") await world.end();
        makeRoom();
        if (when === "until the next start") await world.begin();
        await until(() => !existsSync(world.bundleDir(id)), { what: "the end of the bundle" });
        await world.hears(id, "create", "start", "exit 137", "delete");
        await until(() => world.readRecords((records) => records.all().length === 0), { what: "no record" });
        // The id is free when the bundle has been removed, which begins with its name.
        const isFree = async () => {
          try {
            await world.createOf(id);
            return true;
          } catch (error) {
            if (isUnavailable(error)) return false;
            throw error;
          }
        };
        await until(isFree, { what: "the id is free" });
        await world.remove(id);
      } finally {
        await world.end();
        await unmountAll(dir);
        await world.begin();
      }
    });
  }
});
