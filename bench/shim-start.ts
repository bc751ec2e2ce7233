// What it takes from nothing to the first byte of output, step by step.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { FdReader } from "../sys/fd-io.ts";
import { makeFifo, openFifoForReading } from "../sys/fifo.ts";
import type { Report } from "./bench.ts";
import { median, spread } from "./sample.ts";
import { BenchContainer } from "./shim-container.ts";
import type { Subject, World } from "./shim-world.ts";
import { table } from "./table.ts";

const TURNS = 12;
const WARM_UP_TURNS = 2;

const STEPS = [
  ["shim `start`, and connect", "shimMs"],
  ["Create", "createMs"],
  ["Start", "startMs"],
  ["from there to the first output", "outputMs"],
  ["all of it", "allMs"],
] as const;

type Times = Record<(typeof STEPS)[number][1], number>;

export async function measureStart(world: World, subjects: readonly Subject[]): Promise<Report> {
  const results = subjects.map((subject) => ({ subject, times: [] as Times[] }));
  for (let turn = -WARM_UP_TURNS; turn < TURNS; turn++) {
    for (const { subject, times } of results) {
      const taken = await startOne(world, subject);
      if (turn >= 0) times.push(taken);
    }
  }
  const rows = STEPS.map(([name, step]) => [
    name,
    ...results.map(({ times }) =>
      spread(
        times.map((taken) => taken[step]),
        1,
      ),
    ),
  ]);
  const [go = 0, ours = 0] = results.map(({ times }) => median(times.map(({ shimMs }) => shimMs)));
  const text = [
    `### Start\n\nMilliseconds from nothing to the first output of a container, ${TURNS} turns. The shim's own \`start\` is where`,
    `Node loses to Go: ${(ours / go).toFixed(1)} × here, once per container. There is no target; docs/shim-start.md says what was tried.`,
    "",
    table(["", ...subjects.map(({ name }) => name)], rows),
  ].join("\n");
  return { text, targets: [] };
}

async function startOne(world: World, subject: Subject): Promise<Times> {
  const stdout = join(world.dir, "stdout");
  makeFifo(stdout);
  using reader = new FdReader(openFifoForReading(stdout));
  const first = reader[Symbol.asyncIterator]().next();
  const firstAt = first.then(() => performance.now());
  await using container = await BenchContainer.run(world, subject, {
    script: "echo; exec sleep 1000000",
    stdout,
  });
  const startedAt = performance.now();
  const outputMs = Math.max(0, (await firstAt) - startedAt);
  const { shimMs, createMs, startMs } = container.times;
  await rm(stdout);
  return { shimMs, createMs, startMs, outputMs, allMs: shimMs + createMs + startMs + outputMs };
}
