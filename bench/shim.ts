// What our shim costs next to the Go shim that containerd brings, in one run: starting, executing, memory, throughput.
// Both do what they are told by the same client, on the same OCI runtime and the same root file system, in turns.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findShimBinary, shimSearchDirs } from "../manager/runtime/runtime-name.ts";
import type { Bench, Report } from "./bench.ts";
import { measureExec } from "./shim-exec.ts";
import { measureMemory } from "./shim-memory.ts";
import { measureStart } from "./shim-start.ts";
import { measureThroughput } from "./shim-throughput.ts";
import { type Subject, World } from "./shim-world.ts";

const top = join(import.meta.dirname, "..");

export const shim: Bench = {
  name: "shim",
  title: "hawser's shim next to containerd's",
  sources: [
    "shim",
    "output-log",
    "sys",
    "ttrpc",
    "proto",
    "bench",
    "scripts/build.ts",
    "scripts/launcher.ts",
  ],
  async measure(progress) {
    const began = performance.now();
    const loadBefore = loadNow();
    await promisify(execFile)(process.execPath, [join(top, "scripts", "build.ts")]);
    const subjects = await findSubjects();
    const [go, runc, crun] = subjects;
    const reports: Report[] = [];
    {
      await using world = await World.make(progress);
      const steps: [string, () => Promise<Report>][] = [
        ["start", () => measureStart(world, subjects)],
        ["exec", () => measureExec(world, subjects)],
        ["throughput", () => measureThroughput(world, [go, runc, crun])],
        ["memory", () => measureMemory(world, [go, runc])],
      ];
      for (const [name, step] of steps) {
        world.checkpoint();
        progress(name);
        reports.push(await step());
      }
    }
    progress(`took ${((performance.now() - began) / 1_000).toFixed(0)} s`);
    // The bench itself is a load of about 2. More than 3 is others' work, and Node suffers more from it than Go does.
    const load = `The machine's load average was ${loadBefore} before and ${loadNow()} after.`;
    const text = [`${await versions(subjects)} ${load}`, ...reports.map((report) => report.text)].join(
      "\n\n",
    );
    return { text, targets: reports.flatMap(({ targets }) => targets) };
  },
};

async function findSubjects(): Promise<[Subject, Subject, Subject, Subject]> {
  const go = await findShimBinary(
    "io.containerd.runc.v2",
    shimSearchDirs(process.execPath, process.env["PATH"]),
  );
  const hawser = join(top, "bin", "containerd-shim-hawser-v2");
  if (!existsSync(hawser)) throw new Error(`bench shim: ${hawser} is missing`);
  return [
    { name: "Go shim, runc", binary: go, runtime: "runc" },
    { name: "hawser, runc", binary: hawser, runtime: "runc" },
    { name: "hawser, crun", binary: hawser, runtime: "crun" },
    { name: "Go shim, crun", binary: go, runtime: "crun" },
  ];
}

/** What was compared, in the programs' own words. */
async function versions([go]: readonly Subject[]): Promise<string> {
  const firstLine = async (file: string, flag: string): Promise<string> =>
    (await promisify(execFile)(file, [flag])).stdout.trim().split("\n")[0] ?? "";
  const shimText = (await promisify(execFile)(go?.binary ?? "", ["-v"])).stdout;
  const shimVersion = /Version:\s*(\S+)/.exec(shimText)?.[1] ?? "of an unknown version";
  return `Go's shim ${shimVersion}, ${await firstLine("runc", "--version")}, ${await firstLine("crun", "--version")}.`;
}

/** Of the last minute. */
function loadNow(): string {
  return loadavg()[0]?.toFixed(1) ?? "unknown";
}
