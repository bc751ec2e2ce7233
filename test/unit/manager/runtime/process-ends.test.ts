import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Database } from "../../../../manager/metadata/database.ts";
import { MAX_EXEC_ENDS, type ProcessEnd, ProcessEnds } from "../../../../manager/runtime/process-ends.ts";
import { RUNTIME_SCHEMA } from "../../../../manager/runtime/runtime-schema.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";

const key = { namespace: "ns", id: "c", execId: "" };
const end: ProcessEnd = {
  ...{ pid: 7, createdAt: 1n, startedAt: 2n, exitedAt: 3n, exitStatus: 137, signal: 9 },
  ...{ isUnknown: false, isLost: false, oom: true, output: "complete", args: ["sh", "-c", "exit"] },
  ...{ stdin: "", stdout: "hawser:///", stderr: "", terminal: true },
};

class World implements Disposable {
  readonly #dir = temporaryDir();
  readonly #database = Database.open(join(this.#dir.path, "runtime.db"), RUNTIME_SCHEMA);
  readonly ends = new ProcessEnds(this.#database);

  [Symbol.dispose](): void {
    this.#database[Symbol.dispose]();
    this.#dir[Symbol.dispose]();
  }
}

test("an end can be read back, and is its process's alone", () => {
  using world = new World();
  world.ends.keep(key, end);
  world.ends.keep({ ...key, execId: "e" }, { ...end, startedAt: undefined, args: [], isLost: true });
  world.ends.keep({ ...key, id: "d" }, end);
  assert.deepEqual(world.ends.find(key), { ...key, ...end });
  const names = (list: readonly { id: string; execId: string }[]) =>
    list.map(({ id, execId }) => `${id}/${execId}`);
  assert.deepEqual(names(world.ends.list("ns")), ["c/", "d/"]);
  assert.deepEqual(names(world.ends.list("ns", { id: "c", withExecs: true })), ["c/", "c/e"]);
  assert.deepEqual(world.ends.list("other", { withExecs: true }), []);
  world.ends.drop(key);
  assert.deepEqual(names(world.ends.list("ns", { withExecs: true })), ["c/e", "d/"]);
  world.ends.dropAll(key);
  assert.deepEqual(names(world.ends.list("ns", { withExecs: true })), ["d/"]);
});

test("an end that is kept again is as it was; that of another process takes its place", () => {
  using world = new World();
  world.ends.keep(key, end);
  world.ends.keep(key, { ...end, oom: false, output: "" });
  assert.deepEqual(world.ends.find(key), { ...key, ...end });
  const next = { ...end, pid: 8, exitedAt: 4n, oom: false };
  world.ends.keep(key, next);
  assert.deepEqual(world.ends.find(key), { ...key, ...next });
});

test("of the ends of a container's execs the oldest go first; that of init stays", () => {
  using world = new World();
  world.ends.keep(key, { ...end, exitedAt: 0n });
  world.ends.keep({ ...key, id: "d", execId: "other" }, { ...end, exitedAt: 0n });
  for (let n = 1; n <= MAX_EXEC_ENDS + 2; n++) {
    world.ends.keep({ ...key, execId: `e${n}` }, { ...end, exitedAt: BigInt(n) });
  }
  const left = world.ends.list("ns", { id: "c", withExecs: true });
  assert.equal(left.length, 1 + MAX_EXEC_ENDS);
  assert.ok(world.ends.find(key) && world.ends.find({ ...key, execId: "e3" }));
  assert.equal(world.ends.find({ ...key, execId: "e2" }), undefined);
  assert.ok(world.ends.find({ ...key, id: "d", execId: "other" }));
});
