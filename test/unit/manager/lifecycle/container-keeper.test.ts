import assert from "node:assert/strict";
import { test } from "node:test";
import { ContainerKeeper } from "../../../../manager/lifecycle/container-keeper.ts";
import { wishesOf } from "../../../../manager/lifecycle/container-wishes.ts";
import type { Deed, Situation } from "../../../../manager/lifecycle/next-deed.ts";
import { NO_RESTARTS } from "../../../../manager/lifecycle/restart-records.ts";
import type { FoundSituation } from "../../../../manager/lifecycle/situations.ts";
import { Container } from "../../../../proto/gen/containers.ts";
import { NO_LOG } from "../../../support/no-log.ts";
import { until } from "../../../support/until.ts";

const key = { namespace: "ns", id: "c" };
const labels = { "hawser/managed": "true", "containerd.io/restart.policy": "always" };
const ended = { exitStatus: 1, isLost: false, ranMs: 0, exitedAt: 0 };

/** One container whose situation the deeds change as the real ones would. */
class World implements AsyncDisposable {
  readonly done: string[] = [];
  situation: Situation = {
    ...{ wishes: wishesOf({ labels }), stage: "ended", end: ended, restart: NO_RESTARTS, now: 0 },
  };
  /** What the next deed does in place of its effect. */
  interfere: ((deed: Deed) => Promise<number | undefined>) | undefined;
  readonly keeper = new ContainerKeeper({
    situations: { find: () => this.#found() },
    deeds: { do: async (_key, deed) => await this.#do(deed) },
    log: NO_LOG,
    now: () => this.situation.now,
  });

  #found(): FoundSituation {
    return { container: Container.create({ id: "c", labels }), situation: this.situation };
  }

  async #do(deed: Deed): Promise<number | undefined> {
    this.done.push(deed.kind);
    const interfere = this.interfere;
    this.interfere = undefined;
    if (interfere !== undefined) return await interfere(deed);
    const { restart } = this.situation;
    const change: Partial<Record<Deed["kind"], Partial<Situation>>> = {
      schedule: { restart: { ...restart, count: restart.count + 1, dueAt: 0 } },
      unschedule: { restart: { ...restart, dueAt: undefined, isStarting: false } },
      "delete-task": { stage: "none" },
      "create-and-start": { stage: "created", restart: { ...restart, dueAt: undefined, isStarting: true } },
      start: { stage: "running", end: undefined },
    };
    this.situation = { ...this.situation, ...change[deed.kind] };
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.keeper[Symbol.asyncDispose]();
  }
}

const WHOLE = ["schedule", "delete-task", "create-and-start", "start", "unschedule"];

test("one look leads to the end of what is to be done", async () => {
  await using world = new World();
  world.keeper.open();
  world.keeper.look(key);
  await until(() => world.done.length === WHOLE.length, { what: "all is done" });
  assert.deepEqual(world.done, WHOLE);
  world.keeper.look(key);
  assert.deepEqual(world.done, WHOLE, "nothing is to be done");
});

test("before it is open nothing is done", async () => {
  await using world = new World();
  world.keeper.look(key);
  await world.keeper[Symbol.asyncDispose]();
  assert.deepEqual(world.done, []);
});

test("looks during a deed make one more look, and no second deed beside it", async () => {
  await using world = new World();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  world.interfere = () => promise;
  world.keeper.open();
  world.keeper.look(key);
  await until(() => world.done.length === 1, { what: "the first deed" });
  world.keeper.look(key);
  world.keeper.look(key);
  assert.deepEqual(world.done, ["schedule"]);
  world.situation = { ...world.situation, stage: "running" };
  resolve(undefined);
  await world.keeper[Symbol.asyncDispose]();
  assert.deepEqual(world.done, ["schedule"], "by then it was running");
});

test("a deed that fails, or that changes nothing, is tried again after a pause, and not in a circle", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  for (const interfere of [() => Promise.reject(new Error("no")), () => Promise.resolve(undefined)]) {
    await using world = new World();
    world.interfere = interfere;
    world.keeper.open();
    world.keeper.look(key);
    await turns();
    assert.deepEqual(world.done, ["schedule"]);
    t.mock.timers.tick(1_000);
    await turns();
    assert.deepEqual(world.done, ["schedule", ...WHOLE]);
  }
});

test("a deed that comes too early is done when it says", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  await using world = new World();
  world.interfere = async () => 50;
  world.keeper.open();
  world.keeper.look(key);
  await turns();
  t.mock.timers.tick(49);
  await turns();
  assert.deepEqual(world.done, ["schedule"]);
  t.mock.timers.tick(1);
  await turns();
  assert.deepEqual(world.done, ["schedule", ...WHOLE]);
});

test("the end of a manager calls off pauses, and what is being done is waited for", async () => {
  const world = new World();
  const { promise, resolve } = Promise.withResolvers<undefined>();
  world.interfere = () => promise;
  world.keeper.open();
  world.keeper.look(key);
  await until(() => world.done.length === 1, { what: "the first deed" });
  let isOver = false;
  const over = world.keeper[Symbol.asyncDispose]().then(() => {
    isOver = true;
  });
  await turns();
  assert.equal(isOver, false);
  resolve(undefined);
  await over;
  world.keeper.look(key);
  assert.deepEqual(world.done, ["schedule"]);
});

/** Lets everything happen that waits for nothing. */
async function turns(): Promise<void> {
  for (let n = 0; n < 10; n++) await new Promise((resolve) => setImmediate(resolve));
}
