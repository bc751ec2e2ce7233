// What an exec costs through a shim, next to the OCI runtime alone. The bare measure is a loop in /bin/sh that calls
// `exec --detach` in the same container with the arguments that a shim gives it: the smallest way to start a program
// that is on every machine (dash vforks, and waits for each). The shell lives through the bench; only the loop is timed.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Report, Target } from "./bench.ts";
import { median, spread } from "./sample.ts";
import { BenchContainer, type ExecTimes, execSpec } from "./shim-container.ts";
import { NAMESPACE, type Subject, type World } from "./shim-world.ts";
import { table } from "./table.ts";

const TURNS = 24;
const WARM_UP_TURNS = 3;
/** Calls in a row. */
const CALLS = 5;
const BARE_TARGET = 1.15;
const GO_TARGET = 0.5;

interface Candidate {
  readonly subject: Subject;
  readonly container: BenchContainer;
  readonly bare: BareLoop;
  readonly bareMs: number[];
  readonly times: ExecTimes[];
}

export async function measureExec(world: World, subjects: readonly Subject[]): Promise<Report> {
  await using stack = new AsyncDisposableStack();
  const candidates: Candidate[] = [];
  for (const subject of subjects) {
    const container = stack.use(await BenchContainer.run(world, subject, { script: "exec sleep 1000000" }));
    const bare = stack.use(new BareLoop(world, subject, container));
    candidates.push({ subject, container, bare, bareMs: [], times: [] });
  }
  for (let turn = -WARM_UP_TURNS; turn < TURNS; turn++) {
    for (const { container, bare, bareMs, times } of candidates) {
      world.checkpoint();
      const bareTaken = await bare.run(CALLS);
      const taken: ExecTimes[] = [];
      for (let call = 0; call < CALLS; call++) taken.push(await container.exec());
      if (turn < 0) continue;
      bareMs.push(bareTaken / CALLS);
      times.push({
        startMs: mean(taken.map(({ startMs }) => startMs)),
        allMs: mean(taken.map(({ allMs }) => allMs)),
      });
    }
  }
  return report(candidates);
}

function report(candidates: readonly Candidate[]): Report {
  const names = candidates.map(({ subject }) => subject.name);
  const targets: Target[] = [];
  const ratios = candidates.map(({ bareMs, times }) =>
    times.map(({ startMs }, turn) => startMs / (bareMs[turn] ?? 1)),
  );
  candidates.forEach(({ subject }, index) => {
    if (!subject.name.startsWith("hawser")) return;
    const measured = ratios[index] ?? [];
    targets.push({
      what: `exec (${subject.name}): Start at most ${BARE_TARGET} × the bare runtime's own exec`,
      measured: `${spread(measured, 2)} ×`,
      isMet: median(measured) <= BARE_TARGET,
    });
  });
  const go = candidates[0];
  const ours = candidates.find(({ subject }) => subject.name === "hawser, crun");
  if (go !== undefined && ours !== undefined) {
    const shares = ours.times.map(({ allMs }, turn) => allMs / (go.times[turn]?.allMs ?? 1));
    targets.push({
      what: `exec, whole round trip: hawser on crun at most ${GO_TARGET} × Go's shim on runc, each one's default`,
      measured: `${spread(shares, 2)} ×`,
      isMet: median(shares) <= GO_TARGET,
    });
  }
  const column = (pick: (candidate: Candidate, index: number) => string) => candidates.map(pick);
  const text = [
    `### Exec\n\nMilliseconds of one exec of \`true\` without streams in a running container; means of ${CALLS} in a row, ${TURNS} turns. "Bare"`,
    "is the OCI runtime's `exec --detach` in that same container with the arguments that the shim gives it, in a loop of",
    "/bin/sh, which starts programs by vfork. Start is the one call in which the runtime runs.",
    "",
    table(
      ["", ...names],
      [
        ["bare runtime", ...column(({ bareMs }) => spread(bareMs, 1))],
        [
          "Start",
          ...column(({ times }) =>
            spread(
              times.map(({ startMs }) => startMs),
              1,
            ),
          ),
        ],
        ["Start × bare", ...column((_, index) => spread(ratios[index] ?? [], 2))],
        [
          "Exec + Start + Wait + Delete",
          ...column(({ times }) =>
            spread(
              times.map(({ allMs }) => allMs),
              1,
            ),
          ),
        ],
      ],
    ),
  ].join("\n");
  return { text, targets };
}

/** A shell that runs the bare runtime's exec as often as it is told. */
class BareLoop implements AsyncDisposable {
  readonly #shell: ChildProcess;
  readonly #died: Promise<never>;

  constructor(world: World, { runtime }: Subject, { id, bundleDir }: BenchContainer) {
    const specFile = join(bundleDir, "bare.json");
    writeFileSync(specFile, JSON.stringify(execSpec()));
    const log = `"--log" "${join(bundleDir, "bare.log")}" --log-format json`;
    const command =
      `${runtime} --root "${join(world.runtimeDir, NAMESPACE)}" ${log} exec --process "${specFile}" ` +
      `--detach --pid-file "${join(bundleDir, "bare.pid")}" ${id} </dev/null >/dev/null 2>&1`;
    const script = `while read -r n; do while [ "$n" -gt 0 ]; do ${command} || exit 1; n=$((n - 1)); done; echo; done`;
    this.#shell = spawn("/bin/sh", ["-c", script], { stdio: ["pipe", "pipe", "inherit"] });
    this.#died = once(this.#shell, "exit").then(() => {
      throw new Error("bench shim: the bare runtime's exec failed");
    });
    this.#died.catch(() => undefined); // its end when we are done is no failure
  }

  /** Milliseconds that this many calls take. */
  async run(calls: number): Promise<number> {
    const { stdin, stdout } = this.#shell;
    if (stdin === null || stdout === null) throw new Error("bench shim: the shell has no pipes");
    const answered = once(stdout, "data");
    const began = performance.now();
    stdin.write(`${calls}\n`);
    await Promise.race([answered, this.#died]);
    return performance.now() - began;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#shell.exitCode !== null) return;
    const exited = once(this.#shell, "exit");
    this.#shell.stdin?.end();
    await exited;
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
