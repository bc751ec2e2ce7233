import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Journal } from "../../../../manager/events/journal.ts";
import { beginRun, endRun, runBase } from "../../../../manager/events/journal-run.ts";
import { Database } from "../../../../manager/metadata/database.ts";
import { RUNTIME_SCHEMA } from "../../../../manager/runtime/runtime-schema.ts";
import { isFailedPrecondition } from "../../../../proto/errors.ts";
import { fromNanoseconds } from "../../../../proto/timestamp.ts";
import { temporaryDir } from "../../../support/temporary-directory.ts";

const NOW_MS = Date.UTC(2026, 0, 1);
const now = () => NOW_MS;

/** A journal in a run of its own. `at` are the times of its events, in nanoseconds. */
function begin(
  path: string,
  { at = [], boot = "one" }: { at?: readonly bigint[]; boot?: string } = {},
): { database: Database; journal: Journal; [Symbol.dispose](): void } {
  const database = Database.open(join(path, "runtime.db"), RUNTIME_SCHEMA);
  beginRun(database, { now, bootId: boot });
  const journal = new Journal(database, { maxEvents: 3, maxAgeMs: Number.MAX_SAFE_INTEGER });
  for (const time of at) append(journal, time);
  return { database, journal, [Symbol.dispose]: () => database[Symbol.dispose]() };
}

function append(journal: Journal, time: bigint, size = 0): void {
  const event = { typeUrl: "t", value: new Uint8Array(size) };
  journal.append({ timestamp: fromNanoseconds(time), namespace: "ns", topic: "/t", event });
}

const base = runBase(0n, NOW_MS);
const second = runBase(base + 2n, NOW_MS);

test("places rise from run to run, whether or not the last events survived", () => {
  using dir = temporaryDir();
  {
    using first = begin(dir.path, { at: [1n, 2n] });
    assert.equal(first.journal.place(), base + 2n);
  }
  using again = begin(dir.path);
  assert.equal(again.journal.place(), second);
  append(again.journal, 3n);
  assert.deepEqual(
    again.journal.since(0n, 10).map(({ seq }) => seq - base),
    [1n, 2n, second + 1n - base],
  );
});

const bases: readonly [lastPlace: bigint, nowMs: number, isBy: "clock" | "place", why: string][] = [
  [0n, NOW_MS, "clock", "a new file"],
  [base + 5n, NOW_MS + 2_000, "clock", "two seconds later"],
  [base + 5n, NOW_MS + 1, "place", "so soon that what may have been lost counts more"],
  [base + 5n, NOW_MS - 86_400_000, "place", "the clock was set back"],
  [base + 5n, 0, "place", "the clock has lost its battery"],
];
for (const [lastPlace, nowMs, isBy, why] of bases) {
  test(`runBase() goes by the ${isBy}: ${why}`, () => {
    const got = runBase(lastPlace, nowMs);
    assert.ok(got > lastPlace);
    assert.ok(got < 2n ** 53n);
    assert.equal(got === runBase(0n, nowMs), isBy === "clock");
  });
}

test("read() tells that events behind a place were pruned, and goes on at the first that is there", () => {
  using dir = temporaryDir();
  using one = begin(dir.path, { at: [1n, 2n, 3n, 4n, 5n] });
  assert.equal(one.journal.prune(10), false);
  const cases: readonly [place: bigint, gapTo: bigint | undefined, first: bigint | undefined][] = [
    [0n, base + 3n, undefined],
    [base, base + 3n, undefined],
    [base + 1n, base + 3n, undefined],
    [base + 2n, undefined, base + 3n],
    [base + 4n, undefined, base + 5n],
    [base + 5n, undefined, undefined],
  ];
  for (const [place, gapTo, first] of cases) {
    const { gap, entries } = one.journal.read(place);
    assert.deepEqual(gap, gapTo && { from: place, to: gapTo, reason: "pruned" });
    assert.equal(entries[0]?.seq, first);
  }
});

test("prune() takes no more than it may in one step, and says that there is more", () => {
  using dir = temporaryDir();
  using one = begin(dir.path, { at: [1n, 2n, 3n, 4n, 5n, 6n] });
  assert.equal(one.journal.prune(2), true);
  assert.equal(one.journal.since(0n, 10).length, 4);
  assert.equal(one.journal.prune(2), false);
  assert.equal(one.journal.since(0n, 10).length, 3);
});

test("read() tells of a break where the machine went down, wherever one comes from", () => {
  using dir = temporaryDir();
  {
    using _first = begin(dir.path, { at: [1n, 2n] });
  }
  using one = begin(dir.path, { at: [3n], boot: "two" });
  const gap = (from: bigint) => ({ from, to: second + 1n, reason: "lost" });
  assert.deepEqual(
    one.journal.read(0n).entries.map(({ seq }) => seq),
    [base + 1n, base + 2n],
  );
  assert.deepEqual(one.journal.read(base + 2n).gap, gap(base + 2n));
  // Who had heard of events that are gone now.
  assert.deepEqual(one.journal.read(base + 7n).gap, gap(base + 7n));
  assert.equal(one.journal.read(second).gap, undefined);
  assert.equal(one.journal.read(second).entries.length, 1);
});

const ends: readonly [how: string, isClosed: boolean, boot: string, isBroken: boolean][] = [
  ["it was stopped, and the machine went down", true, "two", false],
  ["it was killed, and the machine went on", false, "one", false],
  ["it was running when the machine went down", false, "two", true],
];
for (const [how, isClosed, boot, isBroken] of ends) {
  test(`beginRun() ${isBroken ? "finds a break" : "finds nothing amiss"}: ${how}`, () => {
    using dir = temporaryDir();
    {
      using first = begin(dir.path, { at: [1n] });
      if (isClosed) endRun(first.database);
    }
    using again = begin(dir.path, { boot });
    assert.equal(again.journal.read(base + 1n).gap !== undefined, isBroken);
  });
}

test("checkPlace() refuses what this journal never gave", () => {
  using dir = temporaryDir();
  using one = begin(dir.path, { at: [1n] });
  for (const place of [0n, base, base + 1n]) one.journal.checkPlace(place);
  for (const [place, says] of [
    [1n, /this journal began at/],
    [base - 1n, /this journal began at/],
    [base + 2n, /has come to/],
    [2n ** 63n - 1n, /has come to/],
  ] as const) {
    assert.throws(
      () => one.journal.checkPlace(place),
      (error: Error) => isFailedPrecondition(error) && says.test(error.message),
    );
  }
});

test("placeBefore() leaves out no event of a time, and knows what was pruned", () => {
  using dir = temporaryDir();
  using one = begin(dir.path, { at: [10n, 30n, 20n, 40n] });
  const places = (times: readonly bigint[]) => times.map((time) => one.journal.placeBefore(time) - base);
  assert.deepEqual(places([5n, 10n, 15n, 25n, 35n, 50n]), [0n, 0n, 1n, 1n, 3n, 4n]);
  one.journal.prune(10);
  assert.equal(one.journal.placeBefore(10n), 0n, "an event of that time was pruned");
  assert.equal(one.journal.placeBefore(11n), base + 1n);
});

test("read() gives pages that are bounded in bytes, and the first event whatever its size", () => {
  using dir = temporaryDir();
  using one = begin(dir.path);
  for (const size of [3_000_000, 50_000, 50_000, 50_000]) append(one.journal, 1n, size);
  const sizes: number[][] = [];
  for (let place = base; ; ) {
    const { entries } = one.journal.read(place);
    if (entries.length === 0) break;
    sizes.push(entries.map(({ envelope }) => envelope.event?.value.length ?? 0));
    place = entries.at(-1)?.seq ?? place;
  }
  assert.deepEqual(sizes, [[3_000_000, 50_000, 50_000], [50_000]]);
});

test("a journal of the first version is taken on with its events", () => {
  using dir = temporaryDir();
  const path = join(dir.path, "runtime.db");
  {
    const migrations = RUNTIME_SCHEMA.migrations.slice(0, 1);
    using old = Database.open(path, { ...RUNTIME_SCHEMA, migrations });
    for (const seq of [5, 6]) {
      old.statement("INSERT INTO events VALUES (?, 7, 'ns', '/t', '', x'')").run(seq);
    }
  }
  using one = begin(dir.path, { at: [8n, 9n] });
  assert.deepEqual(one.journal.read(0n).gap, { from: 0n, to: 5n, reason: "pruned" });
  assert.deepEqual(
    one.journal.read(4n).entries.map(({ seq }) => seq),
    [5n, 6n, base + 1n, base + 2n],
  );
  assert.equal(one.journal.prune(10), false);
  assert.equal(one.journal.since(0n, 10).length, 3);
});
