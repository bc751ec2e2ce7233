// The shim as a runtime handler of containerd's CRI: what a kubelet does, done by crictl. The pods' network is a bridge of the
// suite's own without a way out of the machine.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { peer } from "../support/peer.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";
import { begin } from "./support/begin.ts";
import { type CommandOptions, command } from "./support/command.ts";
import { Containerd, newContainerd } from "./support/containerd.ts";
import { criConfiguration, criNetwork } from "./support/cri-configuration.ts";
import { imageName } from "./support/image-archive.ts";
import { Terminal } from "./support/terminal.ts";

const suite = useSuite({
  async onEnd() {
    // What a failed test left: only the daemon can take a network apart.
    await crictl(["rmp", "--all", "--force"], { status: "any" }).catch(() => undefined);
    await daemon?.[Symbol.asyncDispose]();
    await command("ip", ["link", "delete", bridge], { status: "any" });
  },
});
let daemon: Containerd | undefined;

// Names of interfaces have at most 15 characters.
const bridge = `hw${suite.id.slice(-12)}`;

function containerd(): Containerd {
  if (daemon === undefined) throw new Error("the daemon did not start");
  return daemon;
}

before(async () => {
  const archive = await begin(suite);
  const dir = join(suite.dir, "c");
  await mkdir(join(dir, "cni"), { recursive: true });
  await writeFile(join(dir, "cni/10-suite.conflist"), criNetwork(suite.id, bridge, join(dir, "ipam")));
  const endpoint = `unix://${join(dir, "sock")}`;
  const config = `runtime-endpoint: ${endpoint}\nimage-endpoint: ${endpoint}\ntimeout: 30\n`;
  await writeFile(join(dir, "crictl.yaml"), config);
  daemon = await Containerd.start(newContainerd(), {
    dir,
    namespace: "k8s.io",
    cgroup: suite.id,
    cri: criConfiguration(dir, imageName),
  });
  await containerd().importImage(archive);
  await until(async () => (await crictl(["images"])).stdout.includes("hawser-busybox"), {
    what: "the image",
  });
});
async function crictl(args: readonly string[], options: CommandOptions = {}) {
  return await command(peer("crictl"), ["--config", join(containerd().dir, "crictl.yaml"), ...args], options);
}

/** What a command printed. crictl itself adds empty lines to it. */
async function execSync(id: string, ...words: string[]): Promise<string> {
  return (await crictl(["exec", "--sync", id, ...words])).stdout.trimEnd();
}

async function inTerminal(name: string, args: readonly string[]): Promise<Terminal> {
  const { dir, env } = containerd();
  return await Terminal.open(dir, name, [peer("crictl"), "--config", join(dir, "crictl.yaml"), ...args], env);
}

/** A pod of the runtime `handler`. */
class Pod {
  readonly id: string;
  readonly #config: string;

  private constructor(id: string, config: string) {
    this.id = id;
    this.#config = config;
  }

  static async run(handler: string): Promise<Pod> {
    const name = suite.newId();
    const { dir } = containerd();
    const config = join(dir, `${name}.json`);
    const pod = {
      metadata: { name, namespace: "default", uid: name, attempt: 0 },
      log_directory: join(dir, "logs", name),
      linux: { cgroup_parent: `/${suite.id}` },
    };
    await writeFile(config, JSON.stringify(pod));
    return new Pod((await crictl(["runp", "--runtime", handler, config])).stdout.trim(), config);
  }

  /** Creates a container and starts it. */
  async start(name: string, script: string): Promise<string> {
    const config = this.#config.replace(".json", `-${name}.json`);
    const container = {
      metadata: { name },
      image: { image: imageName },
      command: ["sh", "-c", script],
      log_path: `${name}.log`,
      stdin: true,
      linux: {},
    };
    await writeFile(config, JSON.stringify(container));
    const id = (await crictl(["create", "--no-pull", this.id, config, this.#config])).stdout.trim();
    await crictl(["start", id]);
    return id;
  }

  async remove(): Promise<void> {
    await crictl(["stopp", this.id]);
    await crictl(["rmp", this.id]);
  }
}

interface ContainerStatus {
  status: { state: string; exitCode: number; reason: string };
}

async function status(id: string): Promise<ContainerStatus["status"]> {
  return (JSON.parse((await crictl(["inspect", id])).stdout) as ContainerStatus).status;
}

const ECHO =
  "trap 'exit 3' TERM; echo started; echo err >&2; while :; do read -r line && echo got $line; done";
const FOREVER = "trap 'exit 0' TERM; while :; do sleep 1000 & wait $!; done";

for (const handler of ["hawser", "control"]) {
  describe(`a pod of the runtime handler "${handler}"`, { timeout: 300_000 }, () => {
    const podTest = (name: string, body: (pod: Pod) => Promise<void>): void => {
      test(name, { timeout: 120_000 }, async () => {
        await containerd().watch(async () => {
          const pod = await Pod.run(handler);
          await body(pod);
          await pod.remove();
        });
      });
    };

    podTest("is run, executed into, attached, logged, measured, stopped and removed", async (pod) => {
      const id = await pod.start("one", ECHO);
      assert.equal(await execSync(id, "echo", "inside"), "inside");
      const failed = await crictl(["exec", id, "sh", "-c", "echo out; exit 4"], { status: "any" });
      assert.equal(failed.stdout, "out\n");
      assert.match(`${failed.status} ${failed.stderr}`, /exit code 4|^4 /);

      await using shell = await inTerminal(suite.newId(), ["exec", "-it", id, "sh"]);
      await shell.shows(/\/ #$/m);
      await shell.type("echo $((6 * 7)); exit");
      await shell.shows(/^42$/m);
      assert.equal(await shell.ended(), 0);

      await using attached = await inTerminal(suite.newId(), ["attach", "-i", id]);
      await until(
        async () => {
          await attached.type("hello");
          return (await attached.screen()).includes("got hello");
        },
        { what: "the answer of the attached container", logs: { screen: () => attached.screen() } },
      );
      const logs = await crictl(["logs", id]);
      assert.match(logs.stdout, /^started\n(got hello\n)+/);
      assert.equal(logs.stderr, "err\n");

      const { stdout } = await crictl(["stats", "--output", "json", "--id", id]);
      const [stats] = (JSON.parse(stdout) as { stats: Stats[] }).stats;
      assert.ok(Number(stats?.cpu?.usageCoreNanoSeconds?.value) > 0, stdout);
      assert.ok(Number(stats?.memory?.workingSetBytes?.value) > 0, stdout);

      await crictl(["stop", "--timeout", "20", id]);
      assert.deepEqual([(await status(id)).state, (await status(id)).exitCode], ["CONTAINER_EXITED", 3]);
      await attached.ended();
      await crictl(["rm", id]);
    });

    podTest("has one shim for all its containers, and a network namespace for them", async (pod) => {
      const one = await pod.start("one", FOREVER);
      const two = await pod.start("two", FOREVER);
      await until(() => containerd().shimPids().length === 1, { what: "one shim" });
      const [first, second] = await Promise.all(
        [one, two].map(async (id) => await execSync(id, "ip", "-4", "addr")),
      );
      assert.match(first ?? "", /10\.250\.99\./);
      assert.equal(first, second);
      await crictl(["stop", "--timeout", "20", one]);
      assert.equal(await execSync(two, "echo", "alive"), "alive");
    });

    podTest("outlives a daemon that is killed, which learns of the exits meanwhile", async (pod) => {
      const one = await pod.start("one", ECHO);
      const two = await pod.start("two", "while [ ! -e /leave ]; do sleep 0.1; done; exit 5");
      const { info } = JSON.parse((await crictl(["inspect", two])).stdout) as { info: { pid: number } };
      await containerd().kill("SIGKILL");
      await writeFile(`/proc/${info.pid}/root/leave`, "");
      await until(() => !isAlive(info.pid), { what: "the exit" });
      await containerd().restart();
      assert.equal((await status(one)).state, "CONTAINER_RUNNING");
      assert.equal(await execSync(one, "echo", "alive"), "alive");
      await until(async () => (await status(two)).state === "CONTAINER_EXITED", { what: "the known exit" });
      // 5 is what the shim tells; the CRI plug-in of 2.4 asks nobody about a task that was stopped when it came up.
      assert.deepEqual([(await status(two)).exitCode, (await status(two)).reason], [255, "Unknown"]);
    });

    test("nothing is left of the pods", async () => {
      assert.equal((await crictl(["pods", "--quiet"])).stdout, "");
      await containerd().assertEmpty({ ofOurs: handler === "hawser" });
    });
  });
}

interface Stats {
  cpu?: { usageCoreNanoSeconds?: { value: string } };
  memory?: { workingSetBytes?: { value: string } };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
