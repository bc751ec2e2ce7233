// How fast a container's output goes into its log with nobody, one and ten sessions beside it, what that costs the shim, and what
// two clients that have stopped take from eight that have not.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { formatBrokeredStdio } from "../proto/brokered-stdio.ts";
import { WhenSlow } from "../proto/gen/attach.ts";
import { BrokeredContainer } from "./attach-container.ts";
import type { Report } from "./bench.ts";
import { median, spread } from "./sample.ts";
import type { Subject, World } from "./shim-world.ts";
import { table } from "./table.ts";

const TURNS = 5;
const MEBIBYTES = 1_024;
const TICKS_PER_SECOND = 100;
const WITHIN = 0.1;
const SCRIPT = `read -r go; exec /bin/dd if=/dev/zero bs=64k count=${MEBIBYTES * 16} 2>/dev/null`;

interface Candidate {
  readonly name: string;
  readonly hasLog: boolean;
  readonly readers: number;
  readonly stopped: number;
  readonly rates: number[];
  readonly costs: number[];
}

/** Measures; `mebibytes` and `turns` are smaller for a quick look. */
export async function measureAttachThroughput(
  world: World,
  subject: Subject,
  { turns = TURNS }: { turns?: number } = {},
): Promise<Report> {
  const candidate = (name: string, hasLog: boolean, readers: number, stopped = 0): Candidate => ({
    ...{ name, hasLog, readers, stopped },
    rates: [],
    costs: [],
  });
  const candidates = [
    candidate("no log, no session", false, 0),
    candidate("log, no session", true, 0),
    candidate("log, 1 session", true, 1),
    candidate("log, 10 sessions", true, 10),
    candidate("log, 8 sessions", true, 8),
    candidate("log, 8 sessions and 2 that are stopped", true, 8, 2),
  ];
  for (let turn = -1; turn < turns; turn++) {
    // In the other direction each time: what a machine does to the first it does to the last.
    for (const one of turn % 2 === 0 ? candidates : candidates.toReversed()) {
      world.checkpoint();
      const { seconds, cpuSeconds } = await runOnce(world, subject, one);
      if (turn < 0) continue;
      const gigabytes = (MEBIBYTES * 2 ** 20) / 1e9;
      one.rates.push((gigabytes * 1_000) / seconds);
      one.costs.push(cpuSeconds / gigabytes);
    }
  }
  const [eight, stopped] = candidates.slice(-2) as [Candidate, Candidate];
  const ratios = stopped.rates.map((rate, turn) => rate / (eight.rates[turn] ?? 1));
  const text = [
    `### Output\n\n${MEBIBYTES / 1_024} GiB from \`dd bs=64k\` in a container to the end of its last session, ${turns} turns, on ${subject.name}. The log`,
    "is in the bench's directory on disk. The process waits for the sessions (`hold`), so that each gets every byte; all of them",
    "are in one other process. Those that are stopped are in a third, by SIGSTOP, and choose to be cut.",
    "",
    table(
      ["", "MB/s", "processor s of the shim per GB"],
      candidates.map(({ name, rates, costs }) => [name, spread(rates, 0), spread(costs, 2)]),
    ),
  ].join("\n");
  const target = {
    what: "attach: 2 of 10 sessions stopped, the rest within 10 %",
    measured: `${spread(ratios, 2)} ×`,
    isMet: median(ratios) >= 1 - WITHIN,
  };
  return { text, targets: [target] };
}

async function runOnce(
  world: World,
  subject: Subject,
  { hasLog, readers, stopped }: Candidate,
): Promise<{ seconds: number; cpuSeconds: number }> {
  const logDir = join(world.dir, "attach-log");
  try {
    const stdout = formatBrokeredStdio(hasLog ? { logDir } : {});
    await using container = await BrokeredContainer.run(world, subject, { script: SCRIPT, stdout });
    await using stack = new AsyncDisposableStack();
    const reading =
      readers === 0 ? undefined : stack.use(await Reader.start(container, readers, WhenSlow.WHEN_SLOW_HOLD));
    if (stopped > 0) stack.use(await Reader.start(container, stopped, WhenSlow.WHEN_SLOW_CUT)).stop();
    const cpuBefore = cpuSecondsOf(container.shimPid);
    const began = performance.now();
    await container.type("go\n");
    await container.exited();
    if (reading !== undefined) {
      for (const bytes of await reading.totals()) {
        if (bytes !== MEBIBYTES * 2 ** 20) throw new Error(`bench attach: a session got ${bytes} bytes`);
      }
    }
    const seconds = (performance.now() - began) / 1_000;
    return { seconds, cpuSeconds: cpuSecondsOf(container.shimPid) - cpuBefore };
  } finally {
    await rm(logDir, { recursive: true, force: true });
  }
}

/** A process of sessions. */
class Reader implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #said = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, "exit");
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#said += text;
    });
  }

  /** Resolves when all of them are open. */
  static async start(container: BrokeredContainer, sessions: number, whenSlow: number): Promise<Reader> {
    const program = join(import.meta.dirname, "attach-reader.ts");
    const args = [program, await container.attachPath(), container.id, String(sessions), String(whenSlow)];
    const reader = new Reader(spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] }));
    const { stdout } = reader.#child;
    while (!reader.#said.includes("ready\n") && stdout) await once(stdout, "data");
    return reader;
  }

  stop(): void {
    this.#child.kill("SIGSTOP");
  }

  /** What each has got, at the end of all. */
  async totals(): Promise<number[]> {
    await this.#ended;
    return JSON.parse(this.#said.replace("ready\n", "")) as number[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

/** Processor time of a process, in user and kernel. */
function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
