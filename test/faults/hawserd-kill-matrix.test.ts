// SIGKILL for the manager, the shim, the OCI runtime and `start`, and SIGTERM for the manager, before, during and after each
// step of a container's life. Afterwards no exit is lost or told twice, nothing is left, `hawser doctor` finds nothing, and the id lives again.
// "During" is a runtime, or a `start`, that does its work, or does not, and then hangs: the test kills meanwhile.
// With CI=true a sample is run: every fifth, which is every moment of some step.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { writeBusyboxRootfs } from "../../manager/images/embedded-busybox.ts";
import { buildHawserShim } from "../support/hawser-shim.ts";
import { Hawserd } from "../support/hawserd.ts";
import { BEFORE, HawserdLife, type Step, warmGrpcUp } from "../support/hawserd-life.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

buildHawserShim();
await warmGrpcUp();
let hawserd: Hawserd;
const suite = useSuite({ onEnd: async () => hawserd?.[Symbol.asyncDispose]() });
let count = 0;

type Victim = "manager" | "manager, told to stop" | "shim" | "runtime";
type Moment = "before" | "during, nothing done" | "during, all done" | "after";

const STEPS: readonly Step[] = ["create", "start", "exec", "kill", "delete"];
const MOMENTS: readonly Moment[] = ["before", "during, nothing done", "during, all done", "after"];

interface Row {
  readonly victim: Victim;
  readonly step: Step;
  readonly moment: Moment;
}

/** Whether there is such a victim at that moment. */
function exists({ victim, step, moment }: Row): boolean {
  // A runtime lives only while it does something, and a shim begins with the create.
  if (victim === "runtime") return moment.startsWith("during");
  return (
    !(victim === "shim" && step === "create" && moment === "before") &&
    !(victim === "shim" && step === "delete" && moment === "after")
  );
}

const rows = (["manager", "manager, told to stop", "shim", "runtime"] as const)
  .flatMap((victim) => STEPS.flatMap((step) => MOMENTS.map((moment): Row => ({ victim, step, moment }))))
  .filter(exists)
  .filter((_, index) => process.env["CI"] !== "true" || index % 5 === 0);

/** Strikes. What is returned ends once nothing hangs any more. */
async function strike(victim: Victim, life: HawserdLife): Promise<{ readonly done?: Promise<void> }> {
  if (victim === "manager, told to stop") {
    const startsAt = hawserd.log.length;
    const done = hawserd.stop().then((status) => assert.equal(status, 0, "exit status of hawserd"));
    done.catch(() => undefined);
    await until(() => / msg="told to stop" /.test(hawserd.log.slice(startsAt)), {
      what: "hawserd is stopping",
    });
    return { done };
  }
  if (victim === "manager") await hawserd.kill();
  else if (victim === "shim") process.kill(await life.shimPid(), "SIGKILL");
  else assert.ok(life.endRuntimes() > 0, "there is a runtime to kill");
  return {};
}

/** Whatever has happened: a user ends what there is, and all is well. */
async function allIsWell(life: HawserdLife): Promise<void> {
  life.endRuntimes();
  life.behave();
  life.holdHelper("ok");
  if (!hawserd.isRunning) {
    await hawserd.restart();
    life.reconnect();
  }
  await life.endTask();
  await life.assertTold();
  await life.liveAgain();
  await life.forget();
  await hawserd.assertEmpty();
  await hawserd.hawser(["doctor"]);
}

function rootDir(): string {
  return join(suite.dir, "rootfs");
}

describe("SIGKILL, and a manager that is told to stop", () => {
  before(async () => {
    mkdirSync(rootDir());
    await writeBusyboxRootfs(rootDir());
    mkdirSync(join(suite.dir, "m"));
    hawserd = await Hawserd.start({ dir: join(suite.dir, "m"), namespace: suite.id });
  });

  for (const { victim, step, moment } of rows) {
    test(`${victim}, ${moment}: ${step}`, { timeout: 90_000 }, async () => {
      await hawserd.watch(async () => {
        using life = await HawserdLife.begin(hawserd, `${suite.id}-${++count}k`, rootDir());
        for (const earlier of BEFORE[step]) await life.take(earlier);
        if (moment === "before") {
          await (await strike(victim, life)).done;
        } else if (moment === "after") {
          await life.take(step);
          await (await strike(victim, life)).done;
        } else {
          life.behave(`${step}=${moment === "during, all done" ? "hang-after" : "hang"}`);
          const doing = life.take(step).catch(() => undefined);
          await life.runtimeHangs();
          // One call hangs; what cleans up after it finds a runtime that works.
          life.behave();
          const { done } = await strike(victim, life);
          life.endRuntimes();
          await doing;
          await done;
        }
        await allIsWell(life);
      });
    });
  }

  for (const behaviour of ["hang", "hang-after"] as const) {
    const what = behaviour === "hang" ? "before it has done anything" : "when it has done all but answer";
    test(`start helper, ${what}: create`, { timeout: 90_000 }, async () => {
      await hawserd.watch(async () => {
        using life = await HawserdLife.begin(hawserd, `${suite.id}-${++count}k`, rootDir());
        life.holdHelper(behaviour);
        const doing = life.take("create");
        const refused = assert.rejects(doing, /start shim/);
        process.kill(await life.helperHangs(), "SIGKILL");
        await refused;
        await allIsWell(life);
      });
    });

    test(`manager, while the start helper hangs ${what}: create`, { timeout: 90_000 }, async () => {
      await hawserd.watch(async () => {
        using life = await HawserdLife.begin(hawserd, `${suite.id}-${++count}k`, rootDir());
        life.holdHelper(behaviour);
        const doing = life.take("create").catch(() => undefined);
        const helper = await life.helperHangs();
        await hawserd.kill();
        process.kill(helper, "SIGKILL");
        await doing;
        await allIsWell(life);
      });
    });
  }
});
