// `hawser run` killed with SIGKILL at any instant: what it was about to make is whole or not there at all. A container goes on, waits
// to be started, or removes itself; nothing is half-made, nothing is left in the end, and the name can be used again.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "../../manager/client/index.ts";
import { begin } from "../support/begin.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const suite = useSuite({ onEnd: async () => await hawserd?.[Symbol.asyncDispose]() });
let hawserd: Hawserd;

before(async () => {
  const archive = await begin(suite);
  const dir = join(suite.dir, "d");
  await mkdir(dir);
  hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
  await hawserd.importImage(archive);
});

const program = join(import.meta.dirname, "../../bin/hawser");

/** So many instants between the start of the command and its end. */
const STEPS = 14;

/** Runs it and kills it after so long. */
async function killed(flags: readonly string[], afterMs: number): Promise<void> {
  const child = spawn(program, ["run", "--name", "victim", ...flags, imageName, "sleep", "0.2"], {
    env: hawserd.hawserEnv,
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  // The instants are chosen by the clock on purpose: what is shown holds at each of them.
  const waiting = new AbortController();
  const { signal } = waiting;
  await Promise.race([ended, delay(afterMs, undefined, { signal }).catch(() => undefined)]);
  waiting.abort();
  child.kill("SIGKILL");
  await ended;
}

async function states(): Promise<string[]> {
  const { stdout } = await hawserd.hawser(["ps", "--all", "--format", "{{.State}}"]);
  return stdout.split("\n").filter(Boolean);
}

// What the call that is under way when its client dies does is done all the same: settled is what does not change any more.
async function settled(isRemovedByItself: boolean): Promise<string> {
  let last: string[] = [];
  await until(
    async () => {
      last = await states();
      return !last.includes("running") && !(isRemovedByItself && last.includes("exited"));
    },
    { what: "what was left has ended", deadline: 30_000 },
  );
  return last.join();
}

for (const [name, flags] of [
  ["with --rm", ["--rm"]],
  ["in the background", ["-d"]],
  ["to stay", []],
] as const) {
  test(`hawser run ${name}, killed at any instant, leaves nothing half-made`, {
    timeout: 300_000,
  }, async () => {
    const seen = new Set<string>();
    await hawserd.watch(async () => {
      const began = performance.now();
      await killed(flags, 60_000);
      const wholeMs = performance.now() - began;
      await hawserd.hawser(["rm", "--force", "victim"], { status: "any" });
      for (let step = 1; step <= STEPS; step++) {
        await killed(flags, (wholeMs * step) / STEPS);
        const state = await settled(flags[0] === "--rm");
        seen.add(state);
        assert.match(state, /^(|created|exited)$/);
        // Whole: it can be started, if it is there, and removed.
        if (state === "created") await hawserd.hawser(["start", "--attach", "victim"]);
        if (state !== "") await hawserd.hawser(["rm", "--force", "victim"], { status: "any" });
        await hawserd.assertEmpty();
      }
    });
    assert.ok(
      seen.size > 1 || flags[0] === "--rm",
      `it was killed at different steps: ${[...seen].join(" ")}`,
    );
    await assertNothingKept();
  });
}

for (const step of ["record", "task"] as const) {
  test(`one whose maker died behind its ${step} is removed when its time is up`, {
    timeout: 60_000,
  }, async () => {
    await hawserd.watch(async () => {
      {
        const { address, namespace } = hawserd;
        await using client = await Client.connect({ address, namespace, stdioDir: join(suite.dir, "io") });
        const startBy = new Date(Date.now() + 2_000);
        const options = { image: imageName, args: ["true"], managed: { startBy } };
        const container = await client.containers.create(options);
        if (step === "task") await container.createTask({ stdio: { brokered: {} } });
      }
      await hawserd.assertEmpty();
      await assertNothingKept();
    });
  });
}

// Snapshots of attempts are under leases that expire; their end is brought forward here.
async function assertNothingKept(): Promise<void> {
  const { stdout } = await hawserd.ctr(["leases", "list", "--quiet"]);
  for (const lease of stdout.split("\n").filter(Boolean))
    await hawserd.ctr(["leases", "delete", "--sync", lease]);
  await until(
    async () => {
      const { stdout: snapshots } = await hawserd.ctr(["snapshots", "list"]);
      return !/ Active *$/m.test(snapshots);
    },
    { what: "no snapshot of a container is left", deadline: 20_000 },
  );
  const dir = join(hawserd.rootDir, "containers", hawserd.namespace);
  // The directory of one that never had a record is swept by the next hawserd, once it is old enough.
  for (const left of existsSync(dir) ? readdirSync(dir) : []) {
    assert.deepEqual(
      readdirSync(join(dir, left)).filter((file) => !file.startsWith("etc-")),
      [],
    );
  }
}
