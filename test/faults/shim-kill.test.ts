// SIGKILL for the shim, for the OCI runtime and for `start`, around each step of a container's life. `delete` cleans up, nothing
// is left, the same id lives again, and a manager that stays hears of no event twice, nor of one without those before it.
// The moments "during" come from a runtime that does its work, or does not, and then hangs: the test kills meanwhile.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, test } from "node:test";
import { processStat } from "../../sys/process-stat.ts";
import { ShimHarness } from "../support/shim-harness.ts";
import type { TestContainer } from "../support/test-container.ts";
import { until } from "../support/until.ts";

const binary = resolve(import.meta.dirname, "../../bin/containerd-shim-hawser-v2");
const fake = resolve(import.meta.dirname, "../fakes/oci-runtime.sh");
const harness = new ShimHarness({ binary, runtime: fake });

function behave(container: TestContainer, ...lines: string[]): void {
  writeFileSync(join(container.bundle.dir, "fake-oci-runtime"), `${["real=runc", ...lines].join("\n")}\n`);
}

/** Waits until the OCI runtime has done what it does before it hangs. */
async function hangs(container: TestContainer): Promise<void> {
  const mark = join(container.bundle.dir, "fake-oci-runtime.hangs");
  await until(() => existsSync(mark), { what: "the runtime hangs" });
}

/** A container that runs on the real runtime. */
async function run(script?: string): Promise<TestContainer> {
  const container = await harness.start(script === undefined ? {} : { script });
  behave(container);
  await container.create();
  await container.task.start({ id: container.id });
  return container;
}

/** Ends the runtimes that hang: they outlive a shim that was killed, and stand in the bundle. */
function endRuntimes(container: TestContainer): void {
  for (const name of readdirSync("/proc")) {
    if (!/^[0-9]+$/.test(name)) continue;
    try {
      // One that has just said that it hangs is still a shell for a moment.
      const isRuntime = /^sleep\0|oci-runtime\.sh\0/.test(readFileSync(`/proc/${name}/cmdline`, "latin1"));
      if (isRuntime && readlinkSync(`/proc/${name}/cwd`) === container.bundle.dir)
        process.kill(Number(name), "SIGKILL");
    } catch {
      // gone
    }
  }
}

/** Processes that hang as the fake runtime does, with the shim as their parent. */
function runtimesOf(container: TestContainer): number[] {
  const { shimPid } = container;
  const children = readFileSync(`/proc/${shimPid}/task/${shimPid}/children`, "utf8").trim();
  return children === "" ? [] : children.split(" ").map(Number);
}

/** Steps of a life, each from the state that the one before it left. */
const STEPS = {
  create: (container: TestContainer) => container.create(),
  start: ({ task, id }: TestContainer) => task.start({ id }),
  exec: async (container: TestContainer) => {
    await container.exec("e", "sleep 1000");
    await container.task.start({ id: container.id, execId: "e" });
  },
  pause: ({ task, id }: TestContainer) => task.pause({ id }),
  kill: ({ task, id }: TestContainer) => task.kill({ id, signal: 9, all: true }),
  delete: async ({ task, id }: TestContainer) => {
    await task.wait({ id });
    await task.delete({ id });
  },
} as const;

type Step = keyof typeof STEPS;

const BEFORE: Readonly<Record<Step, readonly Step[]>> = {
  create: [],
  start: ["create"],
  exec: ["create", "start"],
  pause: ["create", "start"],
  kill: ["create", "start"],
  delete: ["create", "start", "kill"],
};

const STORY = [
  "create",
  "start",
  "exec-added e",
  "exec-started e",
  "paused",
  "resumed",
  "exit e 137",
  "exit 137",
  "delete",
];

/** Each once, and in the order of the story. */
function assertTold(container: TestContainer): void {
  const told = container.events.of(container.id);
  const places = told.map((line) => STORY.indexOf(line));
  assert.ok(!places.includes(-1), `an event that cannot be: ${told.join(", ")}`);
  assert.deepEqual(
    places,
    [...new Set(places)].sort((a, b) => a - b),
    told.join(", "),
  );
}

/** The shim is dead: the program's `delete`, twice, then another life of the same id. */
async function cleansUpAndLivesAgain(container: TestContainer): Promise<void> {
  endRuntimes(container);
  behave(container);
  await container.cleanUp();
  await container.cleanUp();
  await until(() => container.leftovers().length === 0, {
    what: "nothing left",
    logs: { left: () => container.leftovers().join("\n") },
  });
  assertTold(container);
  await container.disconnect();
  behave(container);
  await container.start();
  await container.create();
  await container.task.start({ id: container.id });
  assert.equal(await container.kill(), 137);
}

describe("SIGKILL for the shim", () => {
  for (const step of Object.keys(STEPS) as Step[]) {
    for (const moment of ["before", "during, nothing done", "during, all done", "after"] as const) {
      if (moment === "before" && step === "create") continue; // the same as after `start`: see below
      test(`${moment}: ${step}`, { timeout: 60_000 }, async () => {
        await using container = await harness.start();
        behave(container);
        for (const earlier of BEFORE[step]) await STEPS[earlier](container);
        if (moment === "after") {
          await STEPS[step](container);
        } else if (moment !== "before") {
          behave(container, `${step}=${moment === "during, all done" ? "hang-after" : "hang"}`);
          const doing = STEPS[step](container).catch(() => undefined);
          await hangs(container);
          await container.killShim();
          await doing;
        }
        if (!moment.startsWith("during")) await container.killShim();
        await cleansUpAndLivesAgain(container);
      });
    }
  }

  test("its exit record stands when the exit event was heard, and `delete` answers it", async () => {
    await using container = await run("exit 3");
    await container.events.hears(container.id, "exit 3");
    await container.killShim();
    const record = JSON.parse(readFileSync(join(container.bundle.dir, "exit.json"), "utf8"));
    assert.deepEqual([record.exitStatus, record.isUnknown], [3, false]);
    const exit = await container.cleanUp();
    assert.equal(exit.exitStatus, 3);
  });

  test("exits that nobody was there to hear are in its files", async () => {
    await using container = await run("exit 5");
    await container.events.goAway();
    await container.task.wait({ id: container.id });
    await container.killShim();
    assert.ok(existsSync(join(container.bundle.dir, "events")));
    assert.equal((await container.cleanUp()).exitStatus, 5);
    await container.events.listen();
  });
});

describe("SIGKILL for the OCI runtime", () => {
  for (const step of ["create", "start", "exec", "pause", "kill", "delete"] as const) {
    for (const behaviour of ["die", "die-after"] as const) {
      test(`${behaviour}: ${step}: one error or none, the shim goes on, and the rest of the life is told once`, async () => {
        await using container = await harness.start();
        const { id, task } = container;
        behave(container);
        for (const earlier of BEFORE[step]) await STEPS[earlier](container);
        behave(container, `${step}=${behaviour}`);
        await STEPS[step](container).catch((error: Error) => assert.match(error.message, /SIGKILL/));
        behave(container);
        const has = await task.state({ id }).then(
          () => true,
          () => false,
        );
        if (has) {
          await task.resume({ id }).catch(() => undefined);
          await task.kill({ id, signal: 9 }).catch(() => undefined);
          await task.wait({ id });
          await task.delete({ id });
        }
        await until(() => runtimesOf(container).length === 0, { what: "the shim has no child" });
        assertTold(container);
        await container.create();
        await task.start({ id });
        assert.equal(await container.kill(), 137);
        await task.delete({ id });
      });
    }
  }
});

describe("SIGKILL for `start`", () => {
  test("at any time leaves a shim that serves, or none", { timeout: 60_000 }, async () => {
    for (let delay = 0; delay < 8; delay++) {
      await using container = await harness.prepare();
      const { invocation, bundle, id } = container;
      const args = [
        "-namespace",
        invocation.namespace,
        "-id",
        id,
        "-address",
        invocation.grpcAddress,
        "start",
      ];
      const env = { ...process.env, TTRPC_ADDRESS: invocation.ttrpcAddress };
      const launcher = spawn(binary, args, { cwd: bundle.dir, env, stdio: ["ignore", "ignore", "ignore"] });
      const gone = new Promise((done) => launcher.once("exit", done));
      const { pid = 0 } = launcher;
      // Its steps are the clock: the more of its descendants' start time has passed, the further it is.
      let turns = delay * delay * 40;
      while (turns-- > 0 && processStat(pid) !== undefined) await new Promise((next) => setImmediate(next));
      launcher.kill("SIGKILL");
      await gone;
      behave(container);
      await container.start();
      await container.create();
      await container.task.start({ id });
      assert.equal(await container.kill(), 137);
    }
  });
});

describe("signals that are not SIGKILL", () => {
  test("SIGTERM, SIGINT and SIGHUP cost a container nothing; the shim ends after it", async () => {
    await using container = await run();
    const { id, task, shimPid } = container;
    for (const signal of ["SIGHUP", "SIGTERM", "SIGINT"] as const) process.kill(shimPid, signal);
    await until(() => container.log.includes("SIGINT: there are containers"), { what: "the shim has heard" });
    assert.equal(await container.kill(), 137);
    assert.equal((await task.state({ id })).exitStatus, 137);
    await task.delete({ id });
    await harness.shimGone(shimPid);
    assert.equal(existsSync(container.socketPath), false);
    assert.equal(existsSync(join(container.bundle.dir, "events")), false, "an empty queue leaves no file");
  });

  test("after SIGTERM an ended container does not keep the shim when its manager has gone", async () => {
    await using container = await run("exit 6");
    await container.task.wait({ id: container.id });
    process.kill(container.shimPid, "SIGTERM");
    await until(() => container.log.includes("SIGTERM: there are containers"), {
      what: "the shim has heard",
    });
    await container.disconnect();
    await harness.shimGone(container.shimPid);
    assert.equal((await container.cleanUp()).exitStatus, 6);
  });

  test("what the shim blocks or ignores, its containers do not", async () => {
    await using container = await run();
    // Without a shell: busybox' ignores SIGQUIT.
    const { text } = await container.execToEnd("mask", [
      "/bin/grep",
      "-E",
      "^Sig(Blk|Ign)",
      "/proc/self/status",
    ]);
    assert.match(text, /^SigBlk:\t0+\nSigIgn:\t0+\n$/);
  });

  test("SIGUSR2 makes it say what there is", async () => {
    await using container = await run();
    await container.exec("e", "exit 0");
    process.kill(container.shimPid, "SIGUSR2");
    await until(() => container.log.includes("exec e: pid 0"), { what: "the dump" });
    assert.match(container.log, /SIGUSR2: what there is/);
    assert.match(container.log, new RegExp(`container ${container.id}: running`));
  });
});
