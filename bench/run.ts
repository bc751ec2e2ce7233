// How long somebody waits for a container: `hawser run --rm … true` next to `podman run` and `ctr run`, the whole command, on the
// same OCI runtimes and the same image.
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { writeBusyboxRootfs } from "../manager/images/embedded-busybox.ts";
import { Scope } from "../sys/scope.ts";
import type { Bench } from "./bench.ts";
import { makeImageArchive } from "./image-archive.ts";
import { containerd, Daemon, hawserd, NAMESPACE } from "./manager-daemon.ts";
import { placeInMemory } from "./place-in-memory.ts";
import { CtrRun, HawserRun, PodmanRun } from "./run-command.ts";
import { measureRunCommands } from "./run-measure.ts";

const IMAGE = "localhost/hawser-bench:latest";

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
    await using scope = new Scope((what, error) => progress(`${what}: ${String(error)}, continuing`));
    const dir = await mkdtemp(join(tmpdir(), "hawser-bench-"));
    scope.defer("remove directory", () => rm(dir, { recursive: true, force: true }));
    const stateDir = await mkdtemp(join(await placeInMemory(), "hawser-bench-"));
    scope.defer("remove state", () => rm(stateDir, { recursive: true, force: true }));

    const rootDir = join(dir, "root");
    await mkdir(rootDir);
    await writeBusyboxRootfs(rootDir);
    const archive = await makeImageArchive({
      rootDir,
      dir: join(dir, "image"),
      name: IMAGE,
      isCompressed: true,
    });
    const start = async (kind: typeof hawserd): Promise<Daemon> => {
      const daemon = await Daemon.start(kind, join(dir, kind.name), join(stateDir, kind.name.slice(0, 1)));
      scope.use(`stop ${kind.name}`, daemon);
      await daemon.ctr("images", "import", archive);
      return daemon;
    };
    const theirs = await start(containerd);
    const ours = await start(hawserd);
    const podman = new PodmanRun({ dir: join(dir, "podman"), stateDir: join(stateDir, "p"), image: IMAGE });
    scope.use("remove podman's storage", podman);
    await podman.load(archive);

    const crunConfig = join(dir, "crun.toml");
    await writeFile(crunConfig, 'BinaryName = "crun"\n');
    const places = { root: join(dir, hawserd.name, "root"), state: join(stateDir, "h", "state") };
    const hawser = (runtime: string) => new HawserRun({ daemon: ours, places, runtime, image: IMAGE });
    const text = await measureRunCommands(
      [
        new CtrRun({ daemon: theirs, name: "ctr run, Go shim, runc", flags: [], image: IMAGE }),
        podman.on("runc"),
        hawser("runc"),
        new CtrRun({
          daemon: theirs,
          name: "ctr run, Go shim, crun",
          flags: ["--runc-binary", "crun"],
          image: IMAGE,
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
