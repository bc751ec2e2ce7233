// `hawser logs` of containers that `hawser run` has made: what their shims write, through everything that can happen to them.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
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
