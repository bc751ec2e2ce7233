import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Exchange } from "../../../../manager/events/exchange.ts";
import { Journal } from "../../../../manager/events/journal.ts";
import { parseEventId } from "../../../../manager/events/taken-names.ts";
import { Database } from "../../../../manager/metadata/database.ts";
import { RUNTIME_SCHEMA } from "../../../../manager/runtime/runtime-schema.ts";
import { pack } from "../../../../proto/any.ts";
import { isInvalidArgument, isResourceExhausted } from "../../../../proto/errors.ts";
import type { Envelope } from "../../../../proto/gen/envelope.ts";
import { TaskExit, TaskOOM } from "../../../../proto/gen/events.ts";
import { fromNanoseconds } from "../../../../proto/timestamp.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";
import { until } from "../../../support/until.ts";

function open(dir: string): Database {
  return Database.open(join(dir, "runtime.db"), RUNTIME_SCHEMA);
}

function event(containerId: string, time = 1n, namespace = "ns"): Envelope {
  const timestamp = fromNanoseconds(time);
  return { timestamp, namespace, topic: "/tasks/oom", event: pack(TaskOOM, { containerId }) };
}

const idOf = ({ event: one }: Envelope) => TaskOOM.decode(one?.value ?? new Uint8Array()).containerId;

/** The container ids that a subscription yields, to its end. */
async function heard(subscription: AsyncIterable<Envelope>): Promise<string[]> {
  const ids: string[] = [];
  for await (const envelope of subscription) ids.push(idOf(envelope));
  return ids;
}

test("an event is answered once it is in the journal, and heard by those who listen", async () => {
  using dir = temporaryDir();
  using database = open(dir.path);
  const exchange = Exchange.open(database);
  const ids = heard(exchange.subscribe([]));
  await Promise.all([exchange.forward(event("a")), exchange.forward(event("b", 2n))]);
  assert.deepEqual(
    new Journal(database).since(0n, 10).map((entry) => idOf(entry.envelope)),
    ["a", "b"],
  );
  exchange.publish("ns", TaskOOM, { containerId: "c" });
  exchange[Symbol.dispose]();
  assert.deepEqual(await ids, ["a", "b", "c"]);
});

test("what we publish comes behind what shims have said before", async () => {
  using dir = temporaryDir();
  using database = open(dir.path);
  const exchange = Exchange.open(database);
  const ids = heard(exchange.subscribe([]));
  const forwarded = exchange.forward(event("first"));
  exchange.publish("ns", TaskOOM, { containerId: "second" });
  await forwarded;
  exchange[Symbol.dispose]();
  assert.deepEqual(await ids, ["first", "second"]);
});

test("a repetition under the same name is answered and dropped, over a restart as well", async () => {
  using dir = temporaryDir();
  const name = (sequence: bigint) => ({ queue: "q", sequence });
  {
    using database = open(dir.path);
    using exchange = Exchange.open(database);
    await exchange.forward(event("a"), name(1n));
    await exchange.forward(event("b"), name(2n));
  }
  using database = open(dir.path);
  using exchange = Exchange.open(database);
  await exchange.forward(event("b"), name(2n));
  await exchange.forward(event("a"), name(1n));
  await exchange.forward(event("c"), name(3n));
  const entries = new Journal(database).since(0n, 10);
  assert.deepEqual(
    entries.map((entry) => idOf(entry.envelope)),
    ["a", "b", "c"],
  );
});

test("without names the bytes and the time of publication tell a repetition", async () => {
  using dir = temporaryDir();
  using database = open(dir.path);
  using exchange = Exchange.open(database);
  for (const time of [1n, 1n, 2n]) await exchange.forward(event("a", time));
  await exchange.forward(event("b", 1n));
  await exchange.forward(event("a", 1n, "other"));
  assert.equal(new Journal(database).since(0n, 10).length, 4);
});

test("a witness sees an event in its transaction and can say that it was told before", async () => {
  using dir = temporaryDir();
  using database = open(dir.path);
  const exchange = Exchange.open(database);
  exchange.addWitness({ witness: (envelope) => idOf(envelope) !== "old" });
  const ids = heard(exchange.subscribe([]));
  await exchange.forward(event("old"), { queue: "q", sequence: 1n });
  await exchange.forward(event("new"), { queue: "q", sequence: 2n });
  exchange[Symbol.dispose]();
  assert.deepEqual(await ids, ["new"]);
});

test("what cannot be journalled is not answered, and nobody hears of it", async () => {
  using dir = temporaryDir();
  using database = open(dir.path);
  const exchange = Exchange.open(database);
  exchange.addWitness({
    witness: () => {
      throw new Error("the disk is full");
    },
  });
  const ids = heard(exchange.subscribe([]));
  await assert.rejects(exchange.forward(event("a")), /full/);
  exchange[Symbol.dispose]();
  assert.deepEqual(await ids, []);
});

test("an event that is published in a transaction that fails is not told", async () => {
  using dir = temporaryDir();
  using database = open(dir.path);
  const exchange = Exchange.open(database);
  const ids = heard(exchange.subscribe([]));
  assert.throws(() =>
    database.transaction(() => {
      exchange.publish("ns", TaskOOM, { containerId: "a" });
      throw new Error("undone");
    }),
  );
  exchange[Symbol.dispose]();
  assert.deepEqual(await ids, []);
});

const filters: readonly [filter: string[], passes: boolean][] = [
  [['topic=="/tasks/oom"'], true],
  [['topic=="/tasks/exit"'], false],
  [["namespace==ns"], true],
  [["namespace==other", "event.container_id==a"], true],
  [["namespace==ns,event.container_id==b"], false],
  [["event.container_id~=^a$"], true],
  [["event.id"], false],
  [["event.nothing==a"], false],
];

for (const [filter, passes] of filters) {
  test(`subscribe(${JSON.stringify(filter)}) ${passes ? "passes" : "keeps back"} an OOM of "a" in "ns"`, async () => {
    using dir = temporaryDir();
    using database = open(dir.path);
    const exchange = Exchange.open(database);
    const ids = heard(exchange.subscribe(filter));
    exchange.publish("ns", TaskOOM, { containerId: "a" });
    exchange[Symbol.dispose]();
    assert.deepEqual(await ids, passes ? ["a"] : []);
  });
}

test("a filter that is none is refused before anything is heard", () => {
  using dir = temporaryDir();
  using database = open(dir.path);
  using exchange = Exchange.open(database);
  assert.throws(() => exchange.subscribe(["topic=="]), isInvalidArgument);
});

test("who reads too slowly is cut with a reason, and the others feel nothing", async () => {
  using dir = temporaryDir();
  using database = open(dir.path);
  const exchange = Exchange.open(database);
  const slow = exchange.subscribe([])[Symbol.asyncIterator]();
  const quick = exchange.subscribe([])[Symbol.asyncIterator]();
  const total = 4097;
  for (let count = 0; count < total; count++) {
    exchange.publish("ns", TaskOOM, { containerId: "a" });
    assert.equal((await quick.next()).done, false);
  }
  await assert.rejects(Promise.resolve(slow.next()), isResourceExhausted);
  await quick.return?.(undefined);
});

test("a subscription ends well with its signal, and says what came before", async () => {
  using dir = temporaryDir();
  using database = open(dir.path);
  using exchange = Exchange.open(database);
  const abort = new AbortController();
  const ids = heard(exchange.subscribe([], abort.signal));
  exchange.publish("ns", TaskOOM, { containerId: "a" });
  abort.abort();
  exchange.publish("ns", TaskOOM, { containerId: "b" });
  assert.deepEqual(await ids, ["a"]);
});

test("the journal is pruned to what it may keep, in turns of its own", async () => {
  using dir = temporaryDir();
  using database = open(dir.path);
  using exchange = Exchange.open(database, { retention: { maxEvents: 500 } });
  for (let count = 0; count < 2_000; count++)
    void exchange.forward(event("a", BigInt(Date.now()) * 1_000_000n + BigInt(count)));
  exchange.publish("ns", TaskOOM, { containerId: "last" });
  const kept = () => exchange.journal.since(0n, 10_000);
  await until(() => kept().length === 500, { what: "500 are kept" });
  assert.equal(
    kept()
      .map(({ envelope }) => idOf(envelope))
      .at(-1),
    "last",
  );
});

test("a thousand events of one turn are committed together", async () => {
  using dir = temporaryDir();
  using database = open(dir.path);
  using exchange = Exchange.open(database);
  const exit = pack(TaskExit, { containerId: "c", id: "c", pid: 1 });
  const now = BigInt(Date.now()) * 1_000_000n;
  const all = Array.from({ length: 1_000 }, (_, index) => ({
    ...event("a", now + BigInt(index)),
    event: exit,
  }));
  await Promise.all(
    all.map((one, index) => exchange.forward(one, { queue: "q", sequence: BigInt(index + 1) })),
  );
  assert.equal(new Journal(database).since(0n, 2_000).length, 1_000);
});

test("parseEventId() takes a queue and a number, and nothing else", () => {
  assert.deepEqual(parseEventId("00ff/12"), { queue: "00ff", sequence: 12n });
  for (const text of [undefined, "", "q", "q/", "/1", "q/-1", "q/1x", `${"q".repeat(65)}/1`]) {
    assert.equal(parseEventId(text), undefined);
  }
});

test("an event that somebody else's transaction took along is refused when that fails", async () => {
  using dir = temporaryDir();
  using database = open(dir.path);
  using exchange = Exchange.open(database);
  const forwarded = exchange.forward(event("a"), { queue: "q", sequence: 1n });
  const refused = assert.rejects(forwarded, /disk/);
  assert.throws(
    () =>
      database.transaction(() => {
        exchange.publish("ns", TaskOOM, { containerId: "own" });
        throw new Error("the disk is full");
      }),
    /disk/,
  );
  await refused;
  await exchange.forward(event("a"), { queue: "q", sequence: 1n });
  assert.deepEqual(
    new Journal(database).since(0n, 10).map((entry) => idOf(entry.envelope)),
    ["a"],
  );
});
