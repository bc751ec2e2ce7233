// What a daemon weighs with many containers, and how long it takes a new one to have them all back after `kill -9`.

import { setTimeout as delay } from "node:timers/promises";
import type { Report } from "./bench.ts";
import { inParallel } from "./in-parallel.ts";
import type { RunSubject } from "./manager-run.ts";
import { memoryOf } from "./process-memory.ts";
import { median, spread } from "./sample.ts";
import { table } from "./table.ts";

/** Memory is read when this many containers run; the last is the number that a restart has to find. */
const STEPS = [0, 100, 300];
const AT_ONCE = 4;
const RESTARTS = 5;
/** After the last start: what a daemon gives back when it is quiet, it has given back. */
const SETTLE_MS = 5_000;

interface Measured {
  readonly name: string;
  readonly memory: readonly number[];
  readonly restarts: readonly number[];
}

/** One daemon after the other: 300 containers of each are not on the machine at the same time. */
export async function measureRestart(
  subjects: readonly RunSubject[],
  image: string,
  progress: (line: string) => void,
): Promise<Report> {
  const measured: Measured[] = [];
  for (const subject of subjects) measured.push(await measureOne(subject, image, progress));
  const many = STEPS.at(-1) ?? 0;
  const text = [
    "### Many containers, and a restart",
    "",
    `Private memory of the daemon alone in MB, ${SETTLE_MS / 1_000} s after the last start, with so many containers that sleep (shims are in`,
    `the shim's own tables); and milliseconds from the start of a new daemon, after \`kill -9\` of the old one, until \`ctr tasks`,
    `list\` shows all ${many} as running, in total and per container; ${RESTARTS} restarts.`,
    "",
    table(
      ["", ...STEPS.map((step) => `MB at ${step}`), "restart, ms", "per container, ms"],
      measured.map(({ name, memory, restarts }) => [
        name,
        ...memory.map((mb) => mb.toFixed(1)),
        spread(restarts, 0),
        (median(restarts) / many).toFixed(2),
      ]),
    ),
  ].join("\n");
  return { text, targets: [] };
}

async function measureOne(
  { name, daemon, flags }: RunSubject,
  image: string,
  progress: (line: string) => void,
): Promise<Measured> {
  const ids: string[] = [];
  const memory: number[] = [];
  // What the earlier measurements have made it load and fill is not what a daemon with containers weighs.
  await daemon.stop();
  await daemon.restart();
  try {
    for (const step of STEPS) {
      const tasks = Array.from({ length: step - ids.length }, (_, index) => async () => {
        const id = `many-${process.pid}-${ids.length + index}-${index}`;
        await daemon.ctr("run", "--detach", ...flags, image, id, "sleep", "1000000");
        ids.push(id);
      });
      await inParallel(tasks, AT_ONCE);
      await delay(SETTLE_MS);
      memory.push(memoryOf(daemon.pid).privateMb);
      progress(`${name}: ${ids.length} containers`);
    }
    const restarts: number[] = [];
    for (let turn = 0; turn < RESTARTS; turn++) {
      await daemon.stop("SIGKILL");
      const began = performance.now();
      await daemon.restart();
      while ((await runningCount(daemon)) < ids.length) await delay(5);
      restarts.push(performance.now() - began);
    }
    return { name, memory, restarts };
  } finally {
    await inParallel(
      ids.map((id) => async () => {
        await daemon.ctr("tasks", "delete", "--force", id);
        await daemon.ctr("containers", "delete", id);
      }),
      AT_ONCE,
    );
  }
}

async function runningCount(daemon: RunSubject["daemon"]): Promise<number> {
  const listed = await daemon.ctr("tasks", "list");
  return listed.match(/\bRUNNING\b/g)?.length ?? 0;
}
