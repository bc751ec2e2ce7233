// How long somebody waits for a container: `hawser run --rm … true` next to `podman run` and `ctr run`, the whole command, on the
// same OCI runtimes and the same image.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Bench } from "./bench.ts";
import { BENCH_IMAGE, DaemonPlace } from "./daemon-place.ts";
import { containerd, hawserd, NAMESPACE } from "./manager-daemon.ts";
import { CtrRun, HawserRun, PodmanRun } from "./run-command.ts";
import { measureRunCommands } from "./run-measure.ts";

export const run: Bench = {
  name: "run",
  title: "`hawser run` next to `podman run` and `ctr run`",
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
    const { dir, stateDir } = place;
    const theirs = await place.start(containerd);
    const ours = await place.start(hawserd);
    const podman = new PodmanRun({
      dir: join(dir, "podman"),
      stateDir: join(stateDir, "p"),
      image: BENCH_IMAGE,
    });
    place.scope.use("remove podman's storage", podman);
    await podman.load(place.archive);

    const crunConfig = join(dir, "crun.toml");
    await writeFile(crunConfig, 'BinaryName = "crun"\n');
    const places = place.hawserPlaces;
    const hawser = (runtime: string) => new HawserRun({ daemon: ours, places, runtime, image: BENCH_IMAGE });
    const text = await measureRunCommands(
      [
        new CtrRun({ daemon: theirs, name: "ctr run, Go shim, runc", flags: [], image: BENCH_IMAGE }),
        podman.on("runc"),
        hawser("runc"),
        new CtrRun({
          daemon: theirs,
          name: "ctr run, Go shim, crun",
          flags: ["--runc-binary", "crun"],
          image: BENCH_IMAGE,
        }),
        podman.on("crun"),
        hawser("crun"),
      ],
      progress,
    );
    return { text: `${await versions()}\n\n${text}`, targets: [] };
  },
};

/** What was compared, in the programs' own words. */
async function versions(): Promise<string> {
  const firstLine = async (file: string): Promise<string> =>
    (await promisify(execFile)(file, ["--version"])).stdout.trim().split("\n")[0] ?? "";
  const lines = await Promise.all(["podman", "containerd", "runc", "crun"].map(firstLine));
  return `${lines.join("; ")}. Namespace ${NAMESPACE}; none of the containers has a network.`;
}
