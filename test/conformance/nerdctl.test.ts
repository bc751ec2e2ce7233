// nerdctl on containerd and on hawserd, with either shim: it hands them a logger of its own (`binary://`), terminals, and
// OCI hooks.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Hawserd } from "../support/hawserd.ts";
import { peer } from "../support/peer.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";
import { begin } from "./support/begin.ts";
import { type CommandOptions, command } from "./support/command.ts";
import { Containerd, newContainerd } from "./support/containerd.ts";
import { imageName } from "./support/image-archive.ts";
import { Terminal } from "./support/terminal.ts";

const suite = useSuite();
let archive = "";
before(async () => {
  archive = await begin(suite);
});

const daemons = {
  containerd: (dir: string, namespace: string) => Containerd.start(newContainerd(), { dir, namespace }),
  hawserd: (dir: string, namespace: string) => Hawserd.start({ dir, namespace }),
};
const cases = Object.entries(daemons).flatMap(([label, start]) =>
  ["io.containerd.runc.v2", "io.containerd.hawser.v2"].map((runtime) => ({ label, start, runtime })),
);

for (const [index, { label, start, runtime }] of cases.entries()) {
  describe(`nerdctl with ${runtime} on ${label}`, { timeout: 300_000 }, () => {
    let started: Containerd | Hawserd | undefined;
    before(async () => {
      const dir = join(suite.dir, String(index));
      await mkdir(join(dir, "cni"), { recursive: true });
      started = await start(dir, suite.newId());
      await started.importImage(archive);
    });
    after(async () => await started?.[Symbol.asyncDispose]());

    const daemon = (): Containerd | Hawserd => {
      if (started === undefined) throw new Error("the daemon did not start");
      return started;
    };
    const args = (words: readonly string[]): string[] => {
      const { address, dir, namespace } = daemon();
      const places = ["--address", address, "--namespace", namespace, "--data-root", join(dir, "nerdctl")];
      const cni = ["--cni-netconfpath", join(dir, "cni"), "--cni-path", "/usr/lib/cni"];
      return [...places, ...cni, "--cgroup-manager", "cgroupfs", ...words];
    };
    const nerdctl = async (words: readonly string[], options: CommandOptions = {}) =>
      await command(peer("nerdctl"), args(words), { env: daemon().env, ...options });
    const run = (name: string, options: string[], ...words: string[]): string[] => {
      const common = ["--pull", "never", "--network", "none", "--runtime", runtime, "--name", name];
      return ["run", ...common, ...options, imageName, ...words];
    };
    const terminal = async (name: string, words: readonly string[]) =>
      await Terminal.open(daemon().dir, name, [peer("nerdctl"), ...args(words)], daemon().env);
    const state = async (name: string): Promise<string> =>
      (await nerdctl(["inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", name])).stdout.trim();
    const named = (name: string, body: (name: string) => Promise<void>): void => {
      test(name, { timeout: 120_000 }, async () => {
        await daemon().watch(async () => await body(suite.newId()));
      });
    };

    named("run passes on streams and status", async (name) => {
      // Not up to the end of the input: nerdctl 2.1.2 does not pass that on.
      const script = "read -r line; echo $line; echo err >&2; exit 7";
      const { stdout, stderr } = await nerdctl(run(name, ["--rm", "-i"], "sh", "-c", script), {
        input: "in\n",
        status: 7,
      });
      assert.equal(stdout, "in\n");
      assert.match(stderr, /^err$/m);
    });

    named("run -it is a terminal", async (name) => {
      await using screen = await terminal(name, run(name, ["--rm", "-it"], "sh"));
      await screen.shows(/\/ #$/m);
      await screen.type("echo $((6 * 7)); tty; exit 5");
      await screen.shows(/^42$/m);
      assert.equal(await screen.ended(), 5);
    });

    named("a container is detached, logged, attached, executed into, stopped and removed", async (name) => {
      const script = "trap 'exit 3' TERM; echo started; while :; do read -r line && echo got $line; done";
      await using first = await terminal(name, run(name, ["-it"], "sh", "-c", script));
      await first.shows(/^started$/m);
      await first.press("C-p", "C-q");
      assert.equal(await first.ended(), 0);
      assert.equal(await state(name), "running 0");
      const inside = await nerdctl(["exec", name, "sh", "-c", "echo inside; exit 4"], { status: 1 });
      assert.equal(inside.stdout, "inside\n");
      assert.match(inside.stderr, /exit code 4/);
      await using second = await terminal(`${name}-attach`, ["attach", name]);
      await until(
        async () => {
          await second.type("hello");
          return (await second.screen()).includes("got hello");
        },
        { what: "the answer of the attached container", logs: { screen: () => second.screen() } },
      );
      await nerdctl(["stop", "--time", "20", name]);
      assert.equal(await state(name), "exited 3");
      const { stdout } = await nerdctl(["logs", name]);
      assert.match(stdout, /^started\r?$/m);
      await nerdctl(["rm", name]);
    });

    named("a container with --restart is started again, and stays down when it is stopped", async (name) => {
      const restarts = async () =>
        Number((await nerdctl(["inspect", "--format", "{{.RestartCount}}", name])).stdout.trim());
      const script = "echo run; sleep 1000";
      await nerdctl(run(name, ["-d", "--restart", "unless-stopped"], "sh", "-c", script));
      const pid = async () => (await nerdctl(["inspect", "--format", "{{.State.Pid}}", name])).stdout.trim();
      const before = await pid();
      process.kill(Number(before), "SIGKILL");
      // containerd looks every ten seconds.
      await until(async () => (await restarts()) === 1 && (await state(name)) === "running 0", {
        what: "it runs again",
        deadline: 40_000,
      });
      assert.notEqual(await pid(), before);
      await until(async () => (await nerdctl(["logs", name])).stdout === "run\nrun\n", {
        what: "both runs are in the log",
      });
      await nerdctl(["stop", "--time", "1", name]);
      assert.match(await state(name), /^exited /);
      await nerdctl(["rm", name]);
    });

    named("a logger gets all of a burst before the exit, with the streams apart", async (name) => {
      const script = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i + 1)); done; echo last >&2";
      await nerdctl(run(name, ["-d"], "sh", "-c", script));
      await nerdctl(["wait", name]);
      const { stdout, stderr } = await until(
        async () => {
          const logs = await nerdctl(["logs", name]);
          return logs.stderr.includes("last") && logs;
        },
        { what: "the last line in the log" },
      );
      assert.equal(stdout, Array.from({ length: 20_000 }, (_, line) => `line ${line}\n`).join(""));
      assert.match(stderr, /^last$/m);
      await nerdctl(["rm", name]);
    });

    test("nothing is left of the containers", async () => {
      await daemon().assertEmpty({ ofOurs: runtime === "io.containerd.hawser.v2" });
      assert.equal(readFileSync("/proc/self/mountinfo", "utf8").includes(`${daemon().dir}/state`), false);
    });
  });
}
