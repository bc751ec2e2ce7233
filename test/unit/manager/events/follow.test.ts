import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Exchange } from "../../../../manager/events/exchange.ts";
import { type FollowRequest, type FollowStep, follow } from "../../../../manager/events/follow.ts";
import { Database } from "../../../../manager/metadata/database.ts";
import { RUNTIME_SCHEMA } from "../../../../manager/runtime/runtime-schema.ts";
import { pack } from "../../../../proto/any.ts";
import { isFailedPrecondition } from "../../../../proto/errors.ts";
import type { Envelope } from "../../../../proto/gen/envelope.ts";
import { TaskOOM } from "../../../../proto/gen/events.ts";
import { fromNanoseconds } from "../../../../proto/timestamp.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";
import { until } from "../../../support/until.ts";

const CLOCK = { now: () => Date.UTC(2026, 0, 1), bootId: "one" };

/** An exchange in a directory of its own. */
class World {
  readonly #dir = temporaryDir();
  database = Database.open(join(this.#dir.path, "runtime.db"), RUNTIME_SCHEMA);
  exchange: Exchange;

  constructor(maxEvents = 100_000) {
    // Times are those of the tables, and never too old.
    const retention = { maxEvents, maxAgeMs: Number.MAX_SAFE_INTEGER };
    this.exchange = Exchange.open(this.database, { retention, ...CLOCK });
  }

  /** Publishes events named so, a nanosecond apart from `time` on. */
  say(names: string, time = BigInt(Date.now()) * 1_000_000n): void {
    for (const [index, name] of [...names].entries()) {
      const event = pack(TaskOOM, { containerId: name });
      const timestamp = fromNanoseconds(time + BigInt(index));
      this.exchange.publishEnvelope({ timestamp, namespace: "ns", topic: "/tasks/oom", event });
    }
  }

  follow(request: Partial<FollowRequest<string>> = {}, signal = new AbortController().signal) {
    return follow<string>(this.exchange, { isWanted: () => true, isPastOnly: false, ...request }, signal);
  }

  [Symbol.dispose](): void {
    this.exchange[Symbol.dispose]();
    this.database[Symbol.dispose]();
    this.#dir[Symbol.dispose]();
  }
}

const nameOf = ({ event }: Envelope) => TaskOOM.decode(event?.value ?? new Uint8Array()).containerId;

/** A step as a word: "a" for its event, "|" for caught up, "?" for a position, "<reason>" for a gap, [item] of a snapshot. */
function wordOf(step: FollowStep<string>): string {
  switch (step.kind) {
    case "event":
      return nameOf(step.entry.envelope);
    case "gap":
      return `<${step.reason}>`;
    case "snapshot":
      return `[${step.item}]`;
    case "position":
      return step.isCaughtUp ? "|" : "?";
  }
}

async function words(steps: AsyncIterable<FollowStep<string>>): Promise<string> {
  let told = "";
  for await (const step of steps) told += wordOf(step);
  return told;
}

async function take(steps: AsyncGenerator<FollowStep<string>>, count: number): Promise<string> {
  let told = "";
  for (let index = 0; index < count; index++) {
    const { value, done } = await steps.next();
    if (done) return `${told}.`;
    told += wordOf(value);
  }
  return told;
}

// When the second half of "abcdef" is said, counted in what the reader has been told by then: every seam there is.
for (let seam = 0; seam <= 4; seam++) {
  test(`the past goes over into the present without a loss or a repeat: more comes after ${seam} steps`, async () => {
    using world = new World();
    world.say("abc");
    const steps = world.follow({ after: 0n });
    let told = await take(steps, seam);
    world.say("def");
    told += await take(steps, 7 - seam);
    await steps.return();
    assert.equal(told.replace("|", ""), "abcdef");
    assert.equal(told.split("|").length, 2, told);
  });
}

test("what is committed while a reader waits, and between its looking and its waiting, is told once", async () => {
  using world = new World();
  const steps = world.follow();
  assert.equal(await take(steps, 1), "|");
  const next = steps.next();
  world.say("a");
  assert.equal(wordOf((await next).value as FollowStep<string>), "a");
  for (const name of "bcdefgh") {
    const waiting = steps.next();
    // One turn further each time: the reader looks, yields the turn, looks again, waits.
    await Promise.resolve();
    world.say(name);
    assert.equal(wordOf((await waiting).value as FollowStep<string>), name);
  }
  await steps.return();
});

test("an event in a transaction that is not committed, or never will be, is not told", async () => {
  using world = new World();
  const steps = world.follow();
  assert.equal(await take(steps, 1), "|");
  assert.throws(() =>
    world.database.transaction(() => {
      world.say("x");
      throw new Error("undone");
    }),
  );
  world.database.transaction(() => world.say("a"));
  assert.equal(await take(steps, 1), "a");
  await steps.return();
});

test("a snapshot is taken at the place behind which events are told", async () => {
  using world = new World();
  world.say("abc");
  const items = ["a", "b", "c"];
  const steps = world.follow({ snapshot: () => [...items] });
  assert.equal(await take(steps, 1), "[a]");
  items.push("d");
  world.say("d");
  assert.equal(await take(steps, 4), "[b][c]?d");
  await steps.return();
});

test("a reader who waits longer than any timer hears of what comes", async () => {
  using world = new World();
  const steps = world.follow({ until: 2n ** 63n - 1n });
  assert.equal(await take(steps, 1), "|");
  const next = steps.next();
  world.say("a");
  assert.equal(wordOf((await next).value as FollowStep<string>), "a");
  await steps.return();
});

const T = BigInt(Date.UTC(2026, 0, 2)) * 1_000_000n;
const times: readonly [request: Partial<FollowRequest<string>>, told: string, why: string][] = [
  [{}, "|", "from now on, and now is all there is"],
  [{ after: 0n }, "abcdef|", "from the beginning"],
  [{ since: T + 2n }, "cdef|", "the time itself is in"],
  [{ since: T + 100n }, "|", "later than all of them"],
  [{ until: T + 2n, after: 0n }, "ab|", "the time itself is out"],
  [{ since: T + 1n, until: T + 3n }, "bc|", "between"],
  [{ since: T + 3n, until: T + 1n }, "|", "a span that is none"],
  [{ isWanted: (one) => nameOf(one) > "d", after: 0n }, "ef|", "a filter"],
];
for (const [request, told, why] of times) {
  test(`follow() to the end of the past tells ${told}: ${why}`, async () => {
    using world = new World();
    world.say("abcdef", T);
    assert.equal(await words(world.follow({ isPastOnly: true, ...request })), told);
  });
}

test("a reader with an end in the future ends then, and hears what comes before", async () => {
  using world = new World();
  const told = words(world.follow({ until: BigInt(Date.now() + 300) * 1_000_000n }));
  world.say("a");
  assert.equal((await told).replace("|", ""), "a");
});

test("a reader whose end is past ends at once", async () => {
  using world = new World();
  world.say("ab", T);
  assert.equal(await words(world.follow({ after: 0n, until: T + 1n })), "a|");
});

const gaps: readonly [request: Partial<FollowRequest<string>>, told: string, why: string][] = [
  [{ after: 0n }, "<pruned>def|", "the beginning is not kept any more"],
  [{ since: T }, "<pruned>def|", "something of that time was pruned"],
  [{ since: T + 3n }, "def|", "what was pruned was older than that"],
  [{}, "|", "who begins now misses nothing"],
];
for (const [request, told, why] of gaps) {
  test(`follow() of a pruned journal tells ${told}: ${why}`, async () => {
    using world = new World(3);
    world.say("abcdef", T);
    world.exchange.journal.prune(10);
    assert.equal(await words(world.follow({ isPastOnly: true, ...request })), told);
  });
}

test("a gap spans what is missing, and a slow reader is told that it lagged and goes on", async () => {
  using world = new World(3);
  const base = world.exchange.journal.place();
  const steps = world.follow();
  assert.equal(await take(steps, 1), "|");
  world.say("abcdef", T);
  world.exchange.journal.prune(10);
  const { value } = await steps.next();
  assert.deepEqual(value, { kind: "gap", from: base, to: base + 4n, reason: "lagged" });
  assert.equal(await take(steps, 3), "def");
  await steps.return();
});

test("a filter that keeps everything back tells how far it has come, and lets others work meanwhile", async () => {
  using world = new World();
  world.say("x".repeat(2_500), T);
  let turns = 0;
  const count = setInterval(() => turns++, 0);
  const steps: FollowStep<string>[] = [];
  const none = { after: 0n, isWanted: () => false, isPastOnly: true };
  for await (const step of world.follow(none)) steps.push(step);
  clearInterval(count);
  assert.equal(steps.map(wordOf).join(""), "??|");
  assert.ok(turns > 0);
  const last = steps.at(-1);
  assert.equal(last?.kind === "position" && last.place, world.exchange.journal.place());
});

test("a place that is none is refused, and a reader leaves nothing behind", async () => {
  using world = new World();
  await assert.rejects(words(world.follow({ after: 1n })), isFailedPrecondition);
  const abort = new AbortController();
  const told = words(world.follow({}, abort.signal));
  world.say("a");
  await until(() => world.exchange.readerCount === 1, { what: "one reads" });
  abort.abort();
  assert.match(await told, /^a?\|a?$/);
  assert.equal(world.exchange.readerCount, 0);
});

test("fifty readers, all of them too slow, do not make the exchange wait or grow", async () => {
  using world = new World(100);
  const readers = Array.from({ length: 50 }, () => world.follow());
  for (const steps of readers) assert.equal(await take(steps, 1), "|");
  world.say("x".repeat(1_000));
  await until(() => world.exchange.journal.since(0n, 1_000).length === 100, { what: "it is pruned" });
  for (const steps of readers) {
    assert.equal(await take(steps, 101), `<lagged>${"x".repeat(100)}`);
    await steps.return();
  }
});
