// `hawser logs` of containers that `hawser run` has made: what their shims write, through everything that can happen to them.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { Client } from "../../manager/client/client.ts";
import { begin } from "../support/begin.ts";
import { Hawserd } from "../support/hawserd.ts";
import { imageName } from "../support/image-archive.ts";
import { LogFollower } from "../support/log-follower.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const limit = { timeout: 120_000 };

const suite = useSuite({ onEnd: async () => await hawserd?.[Symbol.asyncDispose]() });
let hawserd: Hawserd;

before(async () => {
  const archive = await begin(suite);
  const dir = join(suite.dir, "d");
  await mkdir(dir);
  hawserd = await Hawserd.start({ dir, namespace: suite.newId() });
  await hawserd.importImage(archive);
});

/** A container of a script, removed at the end. */
async function run(name: string, script: string, flags: readonly string[] = []): Promise<AsyncDisposable> {
  await hawserd.hawser(["run", "-d", "--name", name, ...flags, imageName, "sh", "-c", script]);
  return { [Symbol.asyncDispose]: async () => void (await hawserd.hawser(["rm", "-f", name])) };
}

const count = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}\n`).join("");

test(
  "the log of a container is there while it runs, when it has ended, and goes on when it is started again",
  limit,
  async () => {
    await using _gone = await run("twice", "echo out; echo err >&2");
    const follower = new LogFollower(hawserd, ["-f", "twice"]);
    assert.equal(await follower.ended, 0, follower.stderr);
    assert.deepEqual([follower.stdout, follower.stderr], ["out\n", "err\n"]);
    await hawserd.hawser(["start", "twice"]);
    await hawserd.hawser(["wait", "twice"]);
    const { stdout } = await hawserd.hawser(["logs", "--format=json", "--stream=stdout", "twice"]);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { offset: number; log: string });
    assert.deepEqual(
      lines.map(({ log }) => log),
      ["out\n", "out\n"],
    );
    assert.ok([0, 4].includes(lines[0]?.offset ?? -1) && [8, 12].includes(lines[1]?.offset ?? -1), stdout);
  },
);

test(
  "a million bytes of a container are followed through rotation and five kills of hawserd, each once and in order",
  limit,
  async () => {
    // 150,000 lines are 938,894 bytes of output, and more in records; the log keeps 16 × 256 KiB.
    await using _gone = await run(
      "counts",
      "i=0; while [ $i -lt 150 ]; do seq $((i*1000+1)) $((i*1000+1000)); sleep 0.05; i=$((i+1)); done",
      ["--log-opt", "max-size=256k", "--log-opt", "max-file=16"],
    );
    const follower = new LogFollower(hawserd, ["-f", "counts"]);
    for (let kill = 1; kill <= 5; kill++) {
      await until(() => follower.stdout.length > kill * 150_000 || follower.hasEnded, {
        what: `kill ${kill}`,
        deadline: 60_000,
      });
      await hawserd.kill("SIGKILL");
      await hawserd.restart();
    }
    assert.equal(await follower.ended, 0, follower.stderr);
    assert.equal(follower.stderr, "");
    assert.ok(
      follower.stdout === count(1, 150_000),
      `${follower.stdout.length} bytes, each once and in order`,
    );
    const { stdout } = await hawserd.hawser(["logs", "--tail", "3", "counts"]);
    assert.equal(stdout, count(149_998, 150_000));
  },
);

test("who follows a container that is removed is told its last words, and ends", limit, async () => {
  await using _gone = await run(
    "removed",
    "trap 'echo bye; exit 0' TERM; echo hello; while :; do sleep 0.1; done",
  );
  const follower = new LogFollower(hawserd, ["-f", "removed"]);
  await until(() => follower.stdout === "hello\n", { what: "hello" });
  await hawserd.hawser(["stop", "removed"]);
  assert.equal(await follower.ended, 0, follower.stderr);
  assert.equal(follower.stdout, "hello\nbye\n");
});

test("what a terminal shows is one stream, with its line ends", limit, async () => {
  await using _gone = await run("screen", "echo out; echo err >&2; printf '\\303\\251\\n'", ["-t"]);
  const follower = new LogFollower(hawserd, ["-f", "screen"]);
  assert.equal(await follower.ended, 0);
  assert.deepEqual(
    [Buffer.from(follower.stdout, "latin1").toString(), follower.stderr],
    ["out\r\nerr\r\né\r\n", ""],
  );
});

test("a follower goes on over the restarts of a policy, and ends when there are no more", limit, async () => {
  await using _gone = await run("restarts", "echo try; exit 3", ["--restart", "on-failure:3"]);
  const follower = new LogFollower(hawserd, ["-f", "restarts"]);
  assert.equal(await follower.ended, 0, follower.stderr);
  assert.deepEqual([follower.stdout, follower.stderr], ["try\n".repeat(4), ""]);
});

test("a container that is stopped while it waits for its restart ends who follows it", limit, async () => {
  await using _gone = await run("stopped", "echo try; exit 3", ["--restart", "always"]);
  const follower = new LogFollower(hawserd, ["-f", "stopped"]);
  // The pauses double from 100 ms on: by now they are long.
  await until(() => follower.stdout === "try\n".repeat(5), { what: "five tries", deadline: 30_000 });
  await hawserd.hawser(["stop", "stopped"]);
  assert.equal(await follower.ended, 0, follower.stderr);
});

test("who follows a container that was never started waits for its first start", limit, async () => {
  await hawserd.hawser(["create", "--name", "later", imageName, "echo", "at last"]);
  await using _gone = {
    [Symbol.asyncDispose]: async () => void (await hawserd.hawser(["rm", "-f", "later"])),
  };
  const follower = new LogFollower(hawserd, ["-f", "later"]);
  await hawserd.hawser(["logs", "later"]);
  assert.equal(follower.hasEnded, false);
  await hawserd.hawser(["start", "later"]);
  assert.equal(await follower.ended, 0, follower.stderr);
  assert.equal(follower.stdout, "at last\n");
});

test("a shim that is killed ends who follows its container, with all that was written", limit, async () => {
  await using _gone = await run("killed", "echo before; exec sleep 1000");
  const follower = new LogFollower(hawserd, ["-f", "killed"]);
  await until(() => follower.stdout === "before\n", { what: "the line" });
  for (const pid of hawserd.shimPids()) process.kill(pid, "SIGKILL");
  assert.equal(await follower.ended, 0, follower.stderr);
  assert.equal(follower.stdout, "before\n");
  await hawserd.hawser(["start", "killed"]);
  const { stderr } = await hawserd.hawser(["logs", "killed"]);
  await until(async () => (await hawserd.hawser(["logs", "killed"])).stdout === "before\nbefore\n", {
    what: "the next task's line",
  });
  assert.match(
    (await hawserd.hawser(["logs", "killed"])).stderr,
    /up to 1048576 bytes were lost with the shim/,
    stderr,
  );
});

test("an exec that was given a log has one, while it runs and when it has ended", limit, async () => {
  await using _gone = await run("host", "exec sleep 1000");
  await using client = await Client.connect({ address: hawserd.address, namespace: hawserd.namespace });
  const { stdout: id } = await hawserd.hawser(["inspect", "--format", "{{.Id}}", "host"]);
  const container = await client.containers.get(id.trim());
  await using task = await container.task();
  const stdio = { brokered: { logDir: join(suite.dir, "exec-log") } };
  await using exec = await task.exec({
    args: ["sh", "-c", "echo from the exec; sleep 1; echo bye"],
    id: "noted",
    stdio,
  });
  await exec.start();
  const follower = new LogFollower(hawserd, ["-f", "--exec", "noted", "host"]);
  assert.equal(await follower.ended, 0, follower.stderr);
  assert.equal(follower.stdout, "from the exec\nbye\n");
  const none = await hawserd.hawser(["logs", "--exec", "other", "host"], { status: "any" });
  assert.equal(none.status, 1);
});
