// What a shim holds while its container runs: memory that is its own, and its part of what is shared with others of its
// kind. Next to it a Node that does nothing, with the same flags, as the floor under everything that runs on Node.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Report, Target } from "./bench.ts";
import { inParallel } from "./in-parallel.ts";
import { type Memory, memoryOf } from "./process-memory.ts";
import { median } from "./sample.ts";
import { BenchContainer } from "./shim-container.ts";
import type { Subject, World } from "./shim-world.ts";
import { table } from "./table.ts";

const MANY = 50;
const AT_ONCE = 4;
const EXECS = 100;
/** A shim of ours gives back what its start took after a second of quiet; Go's does so as it goes. */
const SETTLE_MS = 2_500;
const TARGET_MB = 1.5;

interface Measured {
  readonly name: string;
  readonly one: Memory;
  readonly many: Memory;
  readonly afterExecs?: Memory;
}

export async function measureMemory(world: World, subjects: readonly Subject[]): Promise<Report> {
  const measured: Measured[] = [];
  let flags: string[] = [];
  for (const subject of subjects) {
    const { result, nodeFlags } = await ofShim(world, subject);
    measured.push(result);
    if (nodeFlags.length > 0) flags = nodeFlags;
  }
  const bare = await ofNode(flags);
  const targets: Target[] = measured
    .filter(({ name }) => name.startsWith("hawser"))
    .map(({ name, many }) => {
      const above = many.privateMb - bare.many.privateMb;
      return {
        what: `private memory (${name}) at ${MANY}: at most a bare Node and ${TARGET_MB} MB`,
        measured: `${many.privateMb.toFixed(1)} MB, a bare Node ${bare.many.privateMb.toFixed(1)}: ${above.toFixed(1)} MB above`,
        isMet: above <= TARGET_MB,
      };
    });
  const cell = (memory: Memory | undefined): string =>
    memory === undefined ? "" : `${memory.privateMb.toFixed(1)} / ${memory.proportionalMb.toFixed(1)}`;
  const text = [
    `### Memory\n\nMB per process, private / proportional (Private_Clean + Private_Dirty, and Pss, of smaps_rollup), ${SETTLE_MS / 1_000} s after the last`,
    `start: one alone, the median of ${MANY}, and the first of them after ${EXECS} execs. The bare Node is`,
    `\`node ${flags.join(" ")} -e 'setInterval(() => {}, 1e9)'\`. Pss of one alone counts the whole engine if no other Node`,
    "runs; this bench is one, so it counts half.",
    "",
    table(
      ["", "1", `${MANY}`, `after ${EXECS} execs`],
      [...measured, bare].map(({ name, one, many, afterExecs }) => [
        name,
        cell(one),
        cell(many),
        cell(afterExecs),
      ]),
    ),
  ].join("\n");
  return { text, targets };
}

async function ofShim(world: World, subject: Subject): Promise<{ result: Measured; nodeFlags: string[] }> {
  await using stack = new AsyncDisposableStack();
  const run = () => BenchContainer.run(world, subject, { script: "exec sleep 1000000" });
  const first = stack.use(await run());
  await delay(SETTLE_MS);
  const one = memoryOf(first.shimPid);
  const containers = [first];
  const all: AsyncDisposable[] = [];
  stack.use({
    [Symbol.asyncDispose]: () =>
      inParallel(
        all.map((container) => () => container[Symbol.asyncDispose]()),
        AT_ONCE,
      ),
  });
  const starts = Array.from({ length: MANY - 1 }, () => async () => {
    const container = await run();
    all.push(container);
    containers.push(container);
  });
  await inParallel(starts, AT_ONCE);
  await delay(SETTLE_MS);
  const many = ofAll(containers.map(({ shimPid }) => shimPid));
  for (let exec = 0; exec < EXECS; exec++) await first.exec();
  await delay(SETTLE_MS);
  const afterExecs = memoryOf(first.shimPid);
  return { result: { name: subject.name, one, many, afterExecs }, nodeFlags: flagsOf(first.shimPid) };
}

async function ofNode(flags: readonly string[]): Promise<Measured> {
  const children: ChildProcess[] = [];
  // "spawn" is not the end of its start: it says when it has begun to wait.
  const script = "setInterval(() => {}, 1e9); require('fs').writeSync(1, '.')";
  const start = async (): Promise<void> => {
    const child = spawn(process.execPath, [...flags, "-e", script], { stdio: ["ignore", "pipe", "ignore"] });
    children.push(child);
    if (child.stdout) await once(child.stdout, "data");
  };
  try {
    await start();
    await delay(SETTLE_MS);
    const one = ofAll(children.map(({ pid }) => pid ?? 0));
    await inParallel(
      Array.from({ length: MANY - 1 }, () => start),
      AT_ONCE,
    );
    await delay(SETTLE_MS);
    const many = ofAll(children.map(({ pid }) => pid ?? 0));
    return { name: "bare Node", one, many };
  } finally {
    const exits = children.map((child) => once(child, "exit"));
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(exits);
  }
}

function ofAll(pids: readonly number[]): Memory {
  const memories = pids.map(memoryOf);
  return {
    privateMb: median(memories.map(({ privateMb }) => privateMb)),
    proportionalMb: median(memories.map(({ proportionalMb }) => proportionalMb)),
  };
}

/** What Node itself was told on the command line of a shim; nothing for a shim that is no Node. */
function flagsOf(pid: number): string[] {
  const [, ...args] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  const script = args.findIndex((arg) => arg.endsWith(".cjs"));
  return script < 0 ? [] : args.slice(0, script);
}
