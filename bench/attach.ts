// What it costs to look at a container: its output with sessions beside the log, and how long a key takes to come back, next to
// containerd's way (Go's shim, fifos) and podman's (conmon).
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { ECHO_SCRIPT, type EchoSubject, measureEcho } from "./attach-echo.ts";
import { measureAttachThroughput } from "./attach-throughput.ts";
import type { Bench, Report } from "./bench.ts";
import { ClientTerminal } from "./client-terminal.ts";
import { BENCH_IMAGE, DaemonPlace } from "./daemon-place.ts";
import { containerd, type Daemon, hawserd, NAMESPACE } from "./manager-daemon.ts";
import { PodmanRun } from "./run-command.ts";
import { World } from "./shim-world.ts";

const exec = promisify(execFile);
const NAME = "echo";
const top = join(import.meta.dirname, "..");

/** `HAWSER_BENCH_QUICK=1`: a look whether it works, with numbers that mean little. */
const isQuick = process.env["HAWSER_BENCH_QUICK"] === "1";

export const attach: Bench = {
  name: "attach",
  title: "attach sessions",
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
    await exec(process.execPath, [join(top, "scripts", "build.ts")]);
    const reports: Report[] = [];
    {
      progress("output");
      await using world = await World.make(progress);
      const binary = join(top, "bin", "containerd-shim-hawser-v2");
      const subject = { name: "crun", binary, runtime: "crun" } as const;
      reports.push(await measureAttachThroughput(world, subject, isQuick ? { turns: 1 } : {}));
    }
    progress("echo");
    reports.push(await echo(progress));
    return {
      text: reports.map(({ text }) => text).join("\n\n"),
      targets: reports.flatMap(({ targets }) => targets),
    };
  },
};

async function echo(progress: (line: string) => void): Promise<Report> {
  await using place = await DaemonPlace.make(progress, { isCompressed: false });
  const { dir, stateDir, rootDir } = place;
  const subjects: EchoSubject[] = [
    {
      name: "bare terminal",
      command: [join(rootDir, "bin/busybox"), "sh", "-c", ECHO_SCRIPT.replace("cat", "busybox cat")],
    },
    await ctrSubject(await place.start(containerd)),
    await hawserSubject(await place.start(hawserd), place.hawserPlaces),
  ];
  const podman = new PodmanRun({
    dir: join(dir, "podman"),
    stateDir: join(stateDir, "p"),
    image: BENCH_IMAGE,
  });
  place.scope.use("remove podman's storage", podman);
  if (existsSync("/usr/bin/podman")) {
    await podman.load(place.archive);
    subjects.push(await podmanSubject(podman));
  }
  return await measureEcho(subjects, isQuick ? { rounds: 4 } : {});
}

async function ctrSubject(daemon: Daemon): Promise<EchoSubject> {
  const address = ["--address", daemon.address, "--namespace", NAMESPACE];
  const runtime = ["--runtime", "io.containerd.runc.v2"];
  const container = ["run", "--detach", "--tty", ...runtime, BENCH_IMAGE, NAME, "sh", "-c", ECHO_SCRIPT];
  // It wants a terminal of its own for that, too.
  await ClientTerminal.run({ command: ["ctr", ...address, ...container] });
  return { name: "`ctr task attach`, Go's shim", command: ["ctr", ...address, "task", "attach", NAME] };
}

async function hawserSubject(
  daemon: Daemon,
  { root, state }: DaemonPlace["hawserPlaces"],
): Promise<EchoSubject> {
  const env = {
    ...process.env,
    HAWSER_ADDRESS: daemon.address,
    HAWSER_ROOT: root,
    HAWSER_STATE: state,
    HAWSER_NAMESPACE: NAMESPACE,
  };
  const hawser = join(top, "bin", "hawser");
  const flags = ["run", "-d", "-i", "-t", "--name", NAME, "--runtime", "runc"];
  await exec(hawser, [...flags, BENCH_IMAGE, "sh", "-c", ECHO_SCRIPT], { env });
  return { name: "`hawser attach`", command: [hawser, "attach", NAME], env };
}

async function podmanSubject(podman: PodmanRun): Promise<EchoSubject> {
  const flags = ["--runtime", "runc", "run", "--detach", "-i", "-t", "--name", NAME, "--network", "none"];
  // Those that it sets by itself are more than some machines allow.
  flags.push("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024");
  await exec("podman", [...podman.globals, ...flags, BENCH_IMAGE, "sh", "-c", ECHO_SCRIPT]);
  return { name: "`podman attach`, conmon", command: ["podman", ...podman.globals, "attach", NAME] };
}
