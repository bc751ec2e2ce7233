// How fast a container's output reaches a client: `dd` in the container, a fifo, `dd` as the reader, which leaves when it
// has all of it. Next to it the same two programs with nothing but the fifo between them.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { FdWriter } from "../sys/fd-io.ts";
import { makeFifo, openFifoForWriting } from "../sys/fifo.ts";
import type { Report, Target } from "./bench.ts";
import { median, spread } from "./sample.ts";
import { BenchContainer } from "./shim-container.ts";
import type { Subject, World } from "./shim-world.ts";
import { table } from "./table.ts";

const TURNS = 5;
const MEBIBYTES = 1_024;
const GO_TARGET = 4;
const BARE_TARGET = 0.8;

// Waits for a word, so that what is measured begins with the first byte.
const WRITER = `read -r go; exec /bin/dd if=/dev/zero bs=64k count=${MEBIBYTES * 16} 2>/dev/null`;

interface Candidate {
  readonly name: string;
  readonly run: () => Promise<number>;
  /** Gigabytes per second. */
  readonly rates: number[];
}

export async function measureThroughput(world: World, subjects: readonly Subject[]): Promise<Report> {
  const candidates: Candidate[] = [
    { name: "bare fifo", run: () => withFifos(world, throughNothing(world)), rates: [] },
    ...subjects.map((subject) => ({
      name: subject.name,
      run: () => withFifos(world, throughShim(world, subject)),
      rates: [],
    })),
  ];
  for (let turn = -1; turn < TURNS; turn++) {
    for (const { run, rates } of candidates) {
      world.checkpoint();
      const seconds = (await run()) / 1_000;
      if (turn >= 0) rates.push((MEBIBYTES * 2 ** 20) / 1e9 / seconds);
    }
  }
  const [bare, go] = candidates;
  const ratio = (of: Candidate, to: Candidate | undefined): number[] =>
    of.rates.map((rate, turn) => rate / (to?.rates[turn] ?? 1));
  const targets: Target[] = candidates
    .filter(({ name }) => name.startsWith("hawser"))
    .flatMap((ours) => [
      {
        what: `throughput (${ours.name}): at least ${GO_TARGET} × Go's shim`,
        measured: `${spread(ratio(ours, go), 1)} ×`,
        isMet: median(ratio(ours, go)) >= GO_TARGET,
      },
      {
        what: `throughput (${ours.name}): at least ${BARE_TARGET} × a bare fifo`,
        measured: `${spread(ratio(ours, bare), 2)} ×`,
        isMet: median(ratio(ours, bare)) >= BARE_TARGET,
      },
    ]);
  const text = [
    `### Throughput\n\n${MEBIBYTES / 1_024} GiB from \`dd bs=64k\` in a container through its stdout to a client that reads the fifo, ${TURNS} turns. The bare fifo is`,
    "the same `dd`, on the host, and of the size that a fifo is born with; hawser gives the client's fifo 256 KiB of room.",
    "",
    table(
      ["", "GB/s", "× Go's shim", "× bare fifo"],
      candidates.map((one) => [
        one.name,
        spread(one.rates, 2),
        spread(ratio(one, go), 2),
        spread(ratio(one, bare), 2),
      ]),
    ),
  ].join("\n");
  return { text, targets };
}

interface Fifos {
  readonly stdin: string;
  readonly stdout: string;
}

/** Runs the writer between the fifos; calls `measure` when it is there, and ends it after that. */
type Writer = (fifos: Fifos, measure: () => Promise<number>) => Promise<number>;

/** Milliseconds from the word to the last byte. */
async function withFifos(world: World, writer: Writer): Promise<number> {
  const fifos = { stdin: join(world.dir, "in"), stdout: join(world.dir, "out") };
  for (const path of Object.values(fifos)) makeFifo(path);
  const size = ["bs=256k", `count=${MEBIBYTES * 2 ** 20}`, "iflag=fullblock,count_bytes"];
  const reader = spawn("dd", [`if=${fifos.stdout}`, "of=/dev/null", ...size], { stdio: "ignore" });
  const exited = once(reader, "exit");
  try {
    return await writer(fifos, async () => {
      using input = new FdWriter(
        await openFifoForWriting(fifos.stdin, { signal: AbortSignal.timeout(10_000) }),
      );
      const began = performance.now();
      await input.write(Buffer.from("go\n"));
      const [status] = await exited;
      const taken = performance.now() - began;
      if (status !== 0) throw new Error(`bench shim: the reader ended with status ${status}`);
      return taken;
    });
  } finally {
    await end(reader);
    for (const path of Object.values(fifos)) await rm(path);
  }
}

function throughShim(world: World, subject: Subject): Writer {
  return async (fifos, measure) => {
    await using _ = await BenchContainer.run(world, subject, { script: WRITER, ...fifos });
    return await measure();
  };
}

function throughNothing(world: World): Writer {
  const dd = join(world.rootDir, "bin", "busybox");
  const script = WRITER.replace("/bin/dd", `'${dd}' dd`);
  return async ({ stdin, stdout }, measure) => {
    const shell = spawn("/bin/sh", ["-c", `exec <'${stdin}' >'${stdout}'; ${script}`], { stdio: "ignore" });
    try {
      return await measure();
    } finally {
      await end(shell);
    }
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}
