// SIGKILL for hawserd in all that it does by itself for containers that have ended: while it is away, while the task is being
// deleted, while it is being made and started again, after each event. The next one goes on, and nothing is left.
// "During" is an OCI runtime that does its work, or does not, and then hangs: the test kills meanwhile.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { writeBusyboxRootfs } from "../../manager/images/embedded-busybox.ts";
import { type ProcessInfo, ProcessState } from "../../proto/gen/processes.ts";
import { buildHawserShim } from "../support/hawser-shim.ts";
import { Hawserd } from "../support/hawserd.ts";
import { HawserdLife, warmGrpcUp } from "../support/hawserd-life.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

buildHawserShim();
await warmGrpcUp();
let hawserd: Hawserd;
const suite = useSuite({ onEnd: async () => hawserd?.[Symbol.asyncDispose]() });
let count = 0;

const REMOVED = { "hawser/managed": "true", "hawser/auto-remove": "true" };
const ALWAYS = { "hawser/managed": "true", "containerd.io/restart.policy": "always" };
const RUN = ["create", "start", "exit 3", "delete"];
const MOMENTS = { "nothing done": "hang", "all done": "hang-after" } as const;

const rootDir = () => join(suite.dir, "rootfs");
const isRunning = ({ state }: ProcessInfo) => state === ProcessState.PROCESS_STATE_RUNNING;

/** Ends the process of a container behind hawserd's back, as it could by itself. */
async function endInit(life: HawserdLife): Promise<void> {
  const init = await life.init();
  process.kill(init?.pid ?? 0, "SIGKILL");
}

async function restart(life: HawserdLife): Promise<void> {
  life.endRuntimes();
  life.behave();
  await hawserd.restart();
  life.reconnect();
}

/** Kills hawserd while the OCI runtime hangs over what it does by itself. */
async function killWhileHanging(life: HawserdLife): Promise<void> {
  await life.runtimeHangs();
  life.behave();
  await hawserd.kill();
  await restart(life);
}

async function assertRemoved(life: HawserdLife, dir: string): Promise<void> {
  await until(async () => !(await life.exists()), { what: "the container is removed", deadline: 30_000 });
  assert.equal(await life.init(), undefined);
  assert.ok(!existsSync(dir), "its directory is gone");
  await hawserd.assertEmpty();
  await hawserd.hawser(["doctor"]);
}

function makeDirectory(life: HawserdLife): string {
  const dir = join(hawserd.rootDir, "containers", hawserd.namespace, life.id);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, "file"), "");
  return dir;
}

describe("hawserd is killed", () => {
  before(async () => {
    mkdirSync(rootDir());
    await writeBusyboxRootfs(rootDir());
    mkdirSync(join(suite.dir, "m"));
    hawserd = await Hawserd.start({ dir: join(suite.dir, "m"), namespace: suite.id });
  });

  const case_ = (
    name: string,
    options: { labels: Readonly<Record<string, string>>; script?: string },
    body: (life: HawserdLife) => Promise<void>,
  ): void => {
    test(name, { timeout: 90_000 }, async () => {
      await hawserd.watch(async () => {
        using life = await HawserdLife.begin(hawserd, `${suite.id}-${++count}k`, rootDir(), options);
        await body(life);
      });
    });
  };

  case_("and is away when an auto-remove container ends", { labels: REMOVED }, async (life) => {
    const dir = makeDirectory(life);
    await life.take("create");
    await life.take("start");
    const { pid } = (await life.init()) ?? {};
    await hawserd.kill();
    process.kill(pid ?? 0, "SIGKILL");
    await restart(life);
    await assertRemoved(life, dir);
    await life.told("create", "start", "exit 137", "delete");
  });

  for (const [moment, behaviour] of Object.entries(MOMENTS)) {
    case_(`while it deletes an auto-remove task, ${moment}`, { labels: REMOVED }, async (life) => {
      const dir = makeDirectory(life);
      await life.take("create");
      await life.take("start");
      life.behave(`delete=${behaviour}`);
      await endInit(life);
      await killWhileHanging(life);
      await assertRemoved(life, dir);
      await life.told("create", "start", "exit 137", "delete");
    });

    for (const step of ["delete", "create", "start"] as const) {
      case_(`while it restarts a container, ${step}, ${moment}`, { labels: ALWAYS }, async (life) => {
        await life.take("create");
        await life.take("start");
        life.behave(`${step}=${behaviour}`);
        await endInit(life);
        await killWhileHanging(life);
        const again = await life.untilInit("it runs again", isRunning);
        assert.ok(again.restarts >= 1);
        await life.endTask();
        await life.untilInit("it stays down", ({ state }) => state === ProcessState.PROCESS_STATE_STOPPED);
        await life.forget();
        await hawserd.assertEmpty();
        await hawserd.hawser(["doctor"]);
      });
    }
  }

  // Two restarts: each event of three runs, and what comes between it and the next.
  for (let events = 1; events <= 10; events++) {
    case_(`after ${events} events of a container that ends and is restarted`, restarting(), async (life) => {
      await life.take("create");
      await life.take("start").catch(() => undefined);
      await until(() => life.lines.length >= events, { what: `${events} events`, deadline: 30_000 });
      await hawserd.kill();
      await restart(life);
      await until(() => life.lines.length > events + RUN.length, { what: "it goes on", deadline: 30_000 });
      await life.endTask();
      await life.forget();
      await hawserd.assertEmpty();
      assertRuns(life.lines);
      await hawserd.hawser(["doctor"]);
    });
  }
});

function restarting() {
  return { labels: ALWAYS, script: "exit 3" };
}

/** Every run is told whole and in order; of one that was undone, what was told of it has its end. */
function assertRuns(lines: readonly string[]): void {
  const runs = lines.join(", ").split(/(?<=delete), /);
  for (const run of runs) {
    assert.match(run, /^create(, start)?(, exit \d+)?, delete$/, lines.join(", "));
    if (run.includes("start")) assert.match(run, /exit/, lines.join(", "));
  }
}
