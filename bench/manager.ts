// The daemon next to Debian's containerd: the same `ctr` talks to both, and both start containers from the same image on
// the same OCI runtime.
import { execFile } from "node:child_process";
import { rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Bench, Report } from "./bench.ts";
import { BENCH_IMAGE, DaemonPlace } from "./daemon-place.ts";
import { containerd, hawserd, NAMESPACE } from "./manager-daemon.ts";
import { measureRestart } from "./manager-restart.ts";
import { measureRun, type RunSubject } from "./manager-run.ts";
import { measureUnpack } from "./manager-unpack.ts";

const GO_SHIM = ["--runtime", "io.containerd.runc.v2"];
const OUR_SHIM = ["--runtime", "io.containerd.hawser.v2"];

export const manager: Bench = {
  name: "manager",
  title: "hawserd next to containerd",
  sources: [
    "manager",
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
    await using place = await DaemonPlace.make(progress, { isCompressed: true });
    place.scope.defer("remove cgroups", removeCgroups);
    const { dir } = place;
    const theirs = await place.start(containerd);
    const ours = await place.start(hawserd);

    const on = async (runtime: string): Promise<string[]> => {
      const path = join(dir, `${runtime}.toml`);
      await writeFile(path, `BinaryName = "${runtime}"\n`);
      return [...OUR_SHIM, "--runtime-config-path", path];
    };
    const goOnTheirs: RunSubject = { name: "containerd, Go shim, runc", daemon: theirs, flags: GO_SHIM };
    const goOnOurs: RunSubject = { name: "hawserd, Go shim, runc", daemon: ours, flags: GO_SHIM };
    const all: RunSubject[] = [
      goOnTheirs,
      goOnOurs,
      { name: "containerd, hawser shim, runc", daemon: theirs, flags: await on("runc") },
      { name: "hawserd, hawser shim, runc", daemon: ours, flags: await on("runc") },
      { name: "hawserd, hawser shim, crun", daemon: ours, flags: await on("crun") },
    ];
    const reports: Report[] = [];
    progress("run");
    reports.push(await measureRun(all, BENCH_IMAGE));
    progress("unpack");
    reports.push(await measureUnpack([theirs, ours], join(dir, "unpack")));
    progress("restart");
    const hawser: RunSubject = { name: "hawserd, hawser shim", daemon: ours, flags: OUR_SHIM };
    reports.push(await measureRestart([goOnTheirs, goOnOurs, hawser], BENCH_IMAGE, progress));
    return {
      text: [await versions(), ...reports.map(({ text }) => text)].join("\n\n"),
      targets: reports.flatMap(({ targets }) => targets),
    };
  },
};

/** What was compared, in the programs' own words. */
async function versions(): Promise<string> {
  const firstLine = async (file: string): Promise<string> =>
    (await promisify(execFile)(file, ["--version"])).stdout.trim().split("\n")[0] ?? "";
  return `${await firstLine("containerd")}; ${await firstLine("runc")}; ${await firstLine("crun")}.`;
}

/** The parents of the containers' cgroups, which OCI runtimes leave. */
async function removeCgroups(): Promise<void> {
  const { stdout } = await promisify(execFile)("find", [
    "/sys/fs/cgroup",
    "-maxdepth",
    "3",
    "-name",
    NAMESPACE,
  ]);
  for (const path of stdout.split("\n").filter(Boolean)) await rmdir(path).catch(() => undefined);
}
