// Who consumes events is killed at random and goes on behind the last one that it wrote down; hawserd is killed, too, again and
// again, while shims deliver: each event is told exactly once, and in order.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { Client } from "../../manager/client/client.ts";
import type { FollowedEvent } from "../../manager/client/event-log.ts";
import { TaskOOM } from "../../proto/gen/events.ts";
import { EventQueue } from "../../shim/event-queue.ts";
import { Publisher } from "../../shim/publisher.ts";
import { buildHawserShim } from "../support/hawser-shim.ts";
import { Hawserd } from "../support/hawserd.ts";
import { NO_LOG } from "../support/no-log.ts";
import { useSuite } from "../support/suite.ts";
import { until } from "../support/until.ts";

const suite = useSuite();
before(() => void buildHawserShim());

const SHIMS = 4;
const EVENTS = 10_000;
const HAWSERD_KILLS = 6;
const program = join(import.meta.dirname, "../support/event-consumer.ts");

/** Numbers that a seed makes, so that a failure can be repeated. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A consumer that is started again whenever it was killed. */
class Consumer {
  readonly path: string;
  readonly #address: string;
  #child: ChildProcess | undefined;

  constructor(path: string, address: string) {
    this.path = path;
    this.#address = address;
  }

  start(): void {
    const stdio = ["ignore", "inherit", "inherit"] as const;
    this.#child = spawn(process.execPath, ["--no-warnings", program, this.#address, this.path], {
      stdio: [...stdio],
    });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    assert.equal(child.exitCode, null, "the consumer has ended by itself");
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
    this.#child = undefined;
  }

  get lines(): string[] {
    return existsSync(this.path) ? readFileSync(this.path, "utf8").split("\n").slice(0, -1) : [];
  }
}

test("a consumer that is killed at random, as hawserd is, sees each of 10,000 events exactly once and in order", async (t) => {
  const seed = Date.now() % 2 ** 31;
  t.diagnostic(`seed ${seed}`);
  const random = randomFrom(seed);
  await using hawserd = await Hawserd.start({ dir: join(suite.dir, "h"), namespace: suite.id });
  await using publishers = new AsyncDisposableStack();
  const shims = Array.from({ length: SHIMS }, (_, index) => {
    const queue = EventQueue.open({ path: join(suite.dir, `queue-${index}`) });
    return publishers.use(
      new Publisher({ address: `${hawserd.address}.ttrpc`, namespace: suite.id, queue, log: NO_LOG }),
    );
  });
  const consumer = new Consumer(join(suite.dir, "lines"), hawserd.address);
  let said = 0;
  const say = (count: number) => {
    for (const end = Math.min(EVENTS, said + count); said < end; said++) {
      shims[said % SHIMS]?.publish(TaskOOM, { containerId: `${said % SHIMS}-${Math.floor(said / SHIMS)}` });
    }
  };
  const has = (count: number) =>
    until(() => consumer.lines.length >= count, {
      what: `${count} events are consumed`,
      deadline: 120_000,
      logs: { hawserd: () => hawserd.log.slice(-3_000) },
    });

  let kills = 0;
  let hawserdKills = 0;
  try {
    consumer.start();
    for (let consumed = 0; consumed < EVENTS; consumed = consumer.lines.length) {
      say(1 + random(300));
      // In the middle of what is being said, somewhere.
      await has(Math.min(said, consumed + 1 + random(250)));
      if (hawserdKills < HAWSERD_KILLS && consumer.lines.length > (hawserdKills * EVENTS) / HAWSERD_KILLS) {
        hawserdKills++;
        await hawserd.kill();
        say(1 + random(300));
        await hawserd.restart();
      }
      if (random(3) === 0) continue;
      kills++;
      await consumer.kill();
      say(random(200));
      consumer.start();
    }
  } finally {
    await consumer.kill();
  }
  t.diagnostic(`${kills} kills of the consumer, ${hawserdKills} of hawserd`);

  const told = consumer.lines.map((line) => line.split(" "));
  const cursors = told.map(([cursor]) => BigInt(cursor ?? 0));
  assert.ok(
    cursors.every((cursor, index) => index === 0 || cursor > (cursors[index - 1] ?? 0n)),
    "cursors rise",
  );
  for (let shim = 0; shim < SHIMS; shim++) {
    const numbers = told.map(([, name = ""]) => name).filter((name) => name.startsWith(`${shim}-`));
    assert.deepEqual(
      numbers,
      Array.from({ length: EVENTS / SHIMS }, (_, index) => `${shim}-${index}`),
      `all events of shim ${shim}, in its order`,
    );
  }
  assert.equal(told.length, EVENTS);
});

test("a consumer that stops reading holds up nobody, and is told what it has missed", async () => {
  const dir = join(suite.dir, "slow");
  mkdirSync(dir);
  const config = join(dir, "config.toml");
  writeFileSync(config, "[events]\nmax_count = 1000\n");
  await using hawserd = await Hawserd.start({ dir, namespace: suite.newId(), args: ["--config", config] });
  const { address, namespace } = hawserd;
  await using client = await Client.connect({ address, namespace });
  const slow = client.followEvents();
  assert.equal((await slow.next()).value?.kind, "position");

  const count = 6_000;
  const queue = EventQueue.open({ path: join(dir, "queue") });
  await using publisher = new Publisher({ address: `${address}.ttrpc`, namespace, queue, log: NO_LOG });
  // Larger than what HTTP/2 and the kernel hold for one who does not read.
  const id = (number: number) => `${"x".repeat(500)}-${number}`;
  for (let number = 0; number < count; number++) publisher.publish(TaskOOM, { containerId: id(number) });
  await until(() => publisher.waiting === 0, { what: "hawserd has taken all events", deadline: 120_000 });

  let next = 0;
  const gaps: FollowedEvent[] = [];
  for await (const event of slow) {
    if (event.kind === "gap") gaps.push(event);
    if (event.topic !== "/tasks/oom") continue;
    const number = Number(event.payload.containerId.split("-")[1]);
    assert.ok(number === next || (gaps.length > 0 && number > next), `${number} comes where ${next} is due`);
    next = number + 1;
    if (next === count) break;
  }
  assert.deepEqual(
    gaps.map((gap) => gap.kind === "gap" && gap.reason),
    ["lagged"],
  );
});
