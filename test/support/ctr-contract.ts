// What users may expect of a daemon and its shim, asked through `ctr`: the same for every version of containerd, for hawserd, and for
// every shim.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Events } from "./ctr-events.ts";
import { outputTests } from "./ctr-output-contract.ts";
import { FOREVER, type Scene } from "./ctr-scene.ts";
import { Terminal } from "./terminal.ts";
import { until } from "./until.ts";

/** Registers the tests for one daemon with one shim; inside a `describe`. */
export function ctrContract(scene: Scene): void {
  outputTests(scene);
  terminalTests(scene);
  lifeTests(scene);
  resourceTests(scene);
  restartTests(scene);
}

function terminalTests(scene: Scene): void {
  scene.test("run -t is a terminal that can be typed into, resized and interrupted", async (id) => {
    const { daemon } = scene;
    const args = daemon.ctrArgs(scene.runArgs(["--rm", "--tty"], id, "exec sh"));
    await using terminal = await Terminal.open(daemon.dir, id, [daemon.program.ctr, ...args]);
    // Not before the client has made its own terminal raw.
    await terminal.shows(/\/ #$/m);
    await terminal.type("echo $((6 * 7)); tty");
    await terminal.shows(/^42$/m);
    await terminal.shows(/^\/dev\/(console|pts\/0)$/m);
    // The client tells the size after the start, and programs wait for it.
    await terminal.type(hasSize(24, 80));
    await terminal.shows(/^24 by 80$/m);
    await terminal.resize(100, 30);
    await terminal.type(hasSize(30, 100));
    await terminal.shows(/^30 by 100$/m);
    await terminal.type("echo wait''ing; sleep 1000");
    await terminal.shows(/^waiting$/m);
    await terminal.press("C-c");
    await terminal.type("exit 5");
    assert.equal(await terminal.ended(), 5);
    await scene.hasStatus(id, undefined);
  });

  scene.test("exec -t is a terminal of its own", async (id) => {
    const { daemon } = scene;
    await scene.start(id);
    const args = daemon.ctrArgs(scene.execArgs(id, "shell", "exec sh", ["--tty"]));
    await using terminal = await Terminal.open(daemon.dir, id, [daemon.program.ctr, ...args]);
    // Not before the client has made its own terminal raw.
    await terminal.shows(/\/ #$/m);
    await terminal.type("echo $((6 * 7)); exit 6");
    await terminal.shows(/^42$/m);
    assert.equal(await terminal.ended(), 6);
    await scene.remove(id);
  });
}

function hasSize(lines: number, columns: number): string {
  return `while [ "$(stty size)" != '${lines} ${columns}' ]; do sleep 0.1; done; echo ${lines} by ${columns}`;
}

function lifeTests(scene: Scene): void {
  scene.test("exec passes on streams and status, and names a program that is not there", async (id) => {
    await scene.start(id);
    const script = "cat; echo err >&2; exit 9";
    const passed = await scene.ctr(scene.execArgs(id, "one", script), { status: 9, input: "in\n" });
    assert.equal(passed.stdout, "in\n");
    assert.match(passed.stderr, /^err$/m);
    const missing = ["tasks", "exec", "--exec-id", "two", id, "no-such-program"];
    const { status, stderr } = await scene.ctr(missing, { status: "any" });
    assert.notEqual(status, 0);
    assert.match(stderr, /no-such-program.*(not found|no such file)/is);
    assert.equal((await scene.ctr(scene.execArgs(id, "two", "echo again"))).stdout, "again\n");
    await scene.remove(id);
  });

  scene.test("kill reaches the process with its signal, and a finished one is not found", async (id) => {
    await scene.start(id, "trap 'exit 21' USR1; while :; do sleep 0.1; done");
    // The trap may come after the start.
    await until(
      async () => {
        await scene.ctr(["tasks", "kill", "--signal", "SIGUSR1", id], { status: "any" });
        return (await scene.status(id)) === "STOPPED";
      },
      { what: "the end by SIGUSR1" },
    );
    const finished = await scene.ctr(["tasks", "kill", id], { status: "any" });
    assert.notEqual(finished.status, 0);
    assert.match(finished.stderr, /not found/);
    // 1.6 and 2.x word it in one way, and differ in their own status.
    assert.match((await scene.ctr(["tasks", "delete", id], { status: "any" })).stderr, /exit code 21/);
    await scene.ctr(["containers", "delete", id]);
  });

  scene.test("a paused container stands still, refuses exec, and goes on", async (id) => {
    await scene.start(id);
    await scene.ctr(["tasks", "pause", id]);
    assert.equal(await scene.status(id), "PAUSED");
    const refused = await scene.ctr(scene.execArgs(id, "one", "echo no"), { status: "any" });
    assert.notEqual(refused.status, 0);
    assert.match(refused.stderr, /paused/);
    await scene.ctr(["tasks", "resume", id]);
    assert.equal(await scene.status(id), "RUNNING");
    assert.equal((await scene.ctr(scene.execArgs(id, "two", "echo yes"))).stdout, "yes\n");
    await scene.remove(id);
  });

  scene.test("events come in the order of the protocol", async (id) => {
    await using events = await Events.subscribe(scene.daemon);
    await scene.start(id);
    await scene.ctr(scene.execArgs(id, "one", "exit 3"), { status: 3 });
    await scene.remove(id);
    const wanted = ["create", "start", "exec-added", "exec-started", "exit", "exit", ...scene.lastEvents];
    const heard = await events.waitFor(id, wanted);
    assert.deepEqual(scene.topics(heard), wanted);
    const [execExit, exit] = heard.filter(({ topic }) => topic === "exit");
    assert.deepEqual([execExit?.body["id"], execExit?.body["exit_status"]], ["one", 3]);
    assert.deepEqual([exit?.body["id"], exit?.body["exit_status"]], [id, 137]);
  });

  scene.test("two containers of a group share a shim, which outlives the first", async (id) => {
    const group = ["--annotation", `io.containerd.runc.v2.group=${id}`];
    const other = `${id}-other`;
    const strangers = scene.daemon.shimPids().length;
    const shims = () => scene.daemon.shimPids().length - strangers;
    await scene.start(id, FOREVER, group);
    await scene.start(other, FOREVER, group);
    await until(() => shims() === 1, { what: "one shim for both" });
    await scene.remove(id);
    assert.equal((await scene.ctr(scene.execArgs(other, "one", "echo alive"))).stdout, "alive\n");
    await scene.remove(other);
    await until(() => shims() === 0, { what: "the end of the shim" });
  });
}

function resourceTests(scene: Scene): void {
  scene.test("metrics tell of the container's memory and processes", async (id) => {
    await scene.start(id);
    const metrics = await until(
      async () => {
        const { stdout } = await scene.ctr(["tasks", "metrics", "--format", "json", id]);
        const read = JSON.parse(stdout) as Metrics;
        // The shell and its `sleep`, as soon as there is one.
        return Number(read.pids?.current) >= 2 && read;
      },
      { what: "two processes in the metrics" },
    );
    assert.ok(Number(metrics.memory?.usage?.usage) > 0);
    assert.ok(Number(metrics.cpu?.usage?.total) > 0);
    await scene.remove(id);
  });

  scene.test("out of memory is told before the exit", async (id) => {
    await using events = await Events.subscribe(scene.daemon);
    const limit = ["--rm", "--memory-limit", String(16 << 20)];
    const { status } = await scene.ctr(scene.runArgs(limit, id, "exec tail /dev/zero"), { status: "any" });
    assert.equal(status, 137);
    // Of a container whose shim ends at once containerd's own shim of 2.4 tells `exit` or `delete`, not always both.
    const wanted = ["create", "start", "oom", ...(scene.variant.isOurs ? ["exit", "delete"] : [])];
    const topics = (await events.waitFor(id, wanted)).map(({ topic }) => topic);
    // One kill may be told of more than once.
    assert.deepEqual(
      [...new Set(topics)].filter((topic) => wanted.includes(topic)),
      wanted,
    );
  });

  const hasCriu = ["/usr/sbin/criu", "/usr/bin/criu"].some((path) => existsSync(path));
  scene.test(
    hasCriu ? "a checkpoint is taken and the container goes on" : "a checkpoint without CRIU says so",
    async (id) => {
      await scene.start(id);
      const dir = join(scene.daemon.dir, `${id}-checkpoint`);
      const args = ["tasks", "checkpoint", "--image-path", dir, id];
      const { status, stderr } = await scene.ctr(args, { status: "any" });
      if (hasCriu) assert.equal(status, 0, stderr);
      else {
        assert.notEqual(status, 0);
        assert.match(stderr, /criu|checkpoint/i);
      }
      assert.equal(await scene.status(id), "RUNNING");
      await scene.remove(id);
    },
  );
}

// What `ctr` prints of a message of cgroup v1.
interface Metrics {
  memory?: { usage?: { usage?: string } };
  cpu?: { usage?: { total?: string } };
  pids?: { current?: string };
}

function restartTests(scene: Scene): void {
  scene.test(
    "containers outlive a daemon that is killed, and can be attached and executed into",
    async (id) => {
      const { daemon } = scene;
      await scene.start(id, 'while read -r line; do echo "got $line"; done');
      const shims = daemon.shimPids();
      await daemon.kill("SIGKILL");
      assert.deepEqual(daemon.shimPids(), shims);
      await daemon.restart();
      assert.equal(await scene.status(id), "RUNNING");
      assert.deepEqual(daemon.shimPids(), shims);
      assert.equal((await scene.ctr(scene.execArgs(id, "one", "echo alive"))).stdout, "alive\n");

      const attach = daemon.ctrArgs(["tasks", "attach", id]);
      await using terminal = await Terminal.open(daemon.dir, id, [daemon.program.ctr, ...attach]);
      await until(
        async () => {
          await terminal.type("hello");
          return (await terminal.screen()).includes("got hello");
        },
        { what: "the answer of the attached container", logs: { screen: () => terminal.screen() } },
      );
      await scene.ctr(["tasks", "kill", "--signal", "SIGKILL", id]);
      assert.equal(await terminal.ended(), 137);
      await scene.remove(id);
    },
  );

  scene.test("an exit without a daemon is known to the next one", async (id) => {
    const { daemon } = scene;
    await scene.start(id);
    const pid = Number((await scene.task(id))?.[1]);
    await daemon.kill("SIGKILL");
    process.kill(pid, "SIGKILL");
    await until(() => !existsSync(`/proc/${pid}`), { what: "the end of the container" });
    await daemon.restart();
    // containerd from 1.7 on takes the stopped task for leaked and cleans it up.
    await scene.hasStatus(id, daemon.program.keepsExits ? "STOPPED" : undefined);
    await scene.remove(id);
  });
}
