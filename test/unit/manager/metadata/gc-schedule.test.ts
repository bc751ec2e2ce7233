import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Log } from "../../../../manager/log.ts";
import type { GcReport } from "../../../../manager/metadata/garbage-collector.ts";
import { GcSchedule, type GcThresholds } from "../../../../manager/metadata/gc-schedule.ts";
import { Code, isUnavailable } from "../../../../proto/errors.ts";

const REPORT: GcReport = {
  leases: 0,
  images: 0,
  content: 0,
  snapshots: 0,
  swept: new Map(),
  failures: [],
  pauseMs: 1,
  nextExpiry: undefined,
};

/** A schedule whose collector ends its runs when it is told to, and whose time passes when it is told to. */
class Clockwork {
  runs = 0;
  readonly logged: string[] = [];
  readonly schedule: GcSchedule;
  readonly #timers: TestContext["mock"]["timers"];
  #end: ((report: Partial<GcReport> | Error) => void) | undefined;

  constructor(t: TestContext, thresholds: Partial<GcThresholds> = {}) {
    this.#timers = t.mock.timers;
    this.#timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
    const say = (message: string) => {
      this.logged.push(message);
    };
    const log: Log = { debug: say, info: say, warn: say, error: say, with: () => log };
    const collector = { collect: () => this.#collect() };
    this.schedule = new GcSchedule({ collector, log, clock: () => Date.now(), thresholds });
  }

  #collect(): Promise<GcReport> {
    this.runs += 1;
    return new Promise((resolve, reject) => {
      this.#end = (result) => {
        if (result instanceof Error) reject(result);
        else resolve({ ...REPORT, ...result });
      };
    });
  }

  pass(ms: number): void {
    this.#timers.tick(ms);
  }

  /** Ends the run under way. */
  async end(result: Partial<GcReport> | Error = {}): Promise<void> {
    this.#end?.(result);
    await new Promise(setImmediate);
  }
}

test("GcSchedule runs once after the start, and then sleeps while nothing changes", async (t) => {
  const clockwork = new Clockwork(t);
  clockwork.pass(1000);
  assert.equal(clockwork.runs, 0, "not before it is started");
  clockwork.schedule.start();
  clockwork.pass(99);
  assert.equal(clockwork.runs, 0);
  clockwork.pass(1);
  assert.equal(clockwork.runs, 1);
  await clockwork.end();
  clockwork.pass(30 * 60 * 1000);
  assert.equal(clockwork.runs, 1);
  clockwork.pass(30 * 60 * 1000);
  assert.equal(clockwork.runs, 2, "for what expires without a record, once an hour");
  await clockwork.end();
  await clockwork.schedule[Symbol.asyncDispose]();
});

test("GcSchedule runs after a deletion, but rests in proportion to its pauses", async (t) => {
  const clockwork = new Clockwork(t, { startupDelayMs: 0 });
  clockwork.schedule.start();
  clockwork.schedule.noteDeletion();
  clockwork.pass(0);
  assert.equal(clockwork.runs, 1);
  clockwork.schedule.noteDeletion();
  clockwork.schedule.noteDeletion();
  await clockwork.end({ pauseMs: 10 });
  // 10 ms are 2 % of 500 ms.
  clockwork.pass(489);
  assert.equal(clockwork.runs, 1);
  clockwork.pass(1);
  assert.equal(clockwork.runs, 2);
  await clockwork.end({ pauseMs: 10 });
  clockwork.pass(10_000);
  assert.equal(clockwork.runs, 2, "both deletions were of one run");
  await clockwork.schedule[Symbol.asyncDispose]();
});

test("GcSchedule counts other changes, and deletions where it is told to", async (t) => {
  const rows: [thresholds: Partial<GcThresholds>, deletions: number, mutations: number, runs: number][] = [
    [{}, 0, 99, 0],
    [{}, 0, 100, 1],
    [{}, 1, 0, 1],
    [{ mutationThreshold: 0 }, 0, 1000, 0],
    [{ deletionThreshold: 3, mutationThreshold: 0 }, 2, 0, 0],
    [{ deletionThreshold: 3, mutationThreshold: 0 }, 3, 0, 1],
  ];
  for (const [thresholds, deletions, mutations, runs] of rows) {
    const clockwork = new Clockwork(t, { startupDelayMs: 0, ...thresholds });
    clockwork.schedule.start();
    for (let n = 0; n < deletions; n++) clockwork.schedule.noteDeletion();
    for (let n = 0; n < mutations; n++) clockwork.schedule.noteMutation();
    clockwork.pass(0);
    assert.equal(clockwork.runs, runs, JSON.stringify({ thresholds, deletions, mutations }));
    await clockwork.end();
    await clockwork.schedule[Symbol.asyncDispose]();
    t.mock.timers.reset();
  }
});

test("GcSchedule.collect() waits for a run that begins after the call, without a rest before it", async (t) => {
  const clockwork = new Clockwork(t, { startupDelayMs: 0 });
  await assert.rejects(clockwork.schedule.collect(), isUnavailable);
  clockwork.schedule.start();
  const ended: string[] = [];
  const first = clockwork.schedule.collect().then(() => ended.push("first"));
  clockwork.pass(0);
  const second = clockwork.schedule.collect().then(() => ended.push("second"));
  const third = clockwork.schedule.collect().then(() => ended.push("third"));
  await clockwork.end({ pauseMs: 1000 });
  await first;
  assert.deepEqual(ended, ["first"]);
  clockwork.pass(0);
  await clockwork.end();
  await Promise.all([second, third]);
  assert.equal(clockwork.runs, 2, "callers share a run");
  await clockwork.schedule[Symbol.asyncDispose]();
});

test("GcSchedule tells who waits of a failure, and tries again", async (t) => {
  const clockwork = new Clockwork(t, { startupDelayMs: 0 });
  clockwork.schedule.start();
  const failure = new Error("full");
  const waiting = assert.rejects(clockwork.schedule.collect(), (error) => error === failure);
  clockwork.pass(0);
  await clockwork.end(failure);
  await waiting;
  assert.match(clockwork.logged[0] ?? "", /not collected; continuing/);
  clockwork.pass(10_000);
  assert.equal(clockwork.runs, 2);
  await clockwork.end();
  await clockwork.schedule[Symbol.asyncDispose]();
});

test("GcSchedule runs when something expires", async (t) => {
  const clockwork = new Clockwork(t);
  clockwork.schedule.start();
  clockwork.pass(100);
  await clockwork.end({ nextExpiry: Date.now() + 60_000 });
  clockwork.pass(60_000);
  assert.equal(clockwork.runs, 1);
  clockwork.pass(1);
  assert.equal(clockwork.runs, 2);
  await clockwork.end({ content: 3, swept: new Map([["content", 3]]), failures: [{ what: "x", error: 1 }] });
  assert.deepEqual(clockwork.logged, [
    "a part of the garbage collection failed; the next one tries again",
    "garbage collected",
  ]);
  await clockwork.schedule[Symbol.asyncDispose]();
});

test("GcSchedule is told of what expires before it finds it", async (t) => {
  const clockwork = new Clockwork(t, { startupDelayMs: 0 });
  clockwork.schedule.start();
  clockwork.schedule.noteExpiry(Date.now() + 5000);
  clockwork.schedule.noteExpiry(Date.now() + 9000);
  clockwork.pass(5000);
  assert.equal(clockwork.runs, 0);
  clockwork.pass(1);
  assert.equal(clockwork.runs, 1);
  // While a run is under way: it may have looked already.
  clockwork.schedule.noteExpiry(Date.now() + 1000);
  await clockwork.end({ nextExpiry: Date.now() + 3999 });
  clockwork.pass(1001);
  assert.equal(clockwork.runs, 2);
  await clockwork.end({ nextExpiry: Date.now() + 2998 });
  clockwork.pass(2999);
  assert.equal(clockwork.runs, 3);
  await clockwork.end();
  await clockwork.schedule[Symbol.asyncDispose]();
});

test("GcSchedule ends after the run under way, and tells who waits for another", async (t) => {
  const clockwork = new Clockwork(t, { startupDelayMs: 0 });
  clockwork.schedule.start();
  const served = clockwork.schedule.collect();
  clockwork.pass(0);
  const refused = assert.rejects(clockwork.schedule.collect(), isUnavailable);
  const ended = clockwork.schedule[Symbol.asyncDispose]();
  await refused;
  await clockwork.end();
  await Promise.all([served, ended]);
  await assert.rejects(clockwork.schedule.collect(), { code: Code.Unavailable, message: /it has ended/ });
  clockwork.pass(24 * 60 * 60 * 1000);
  assert.equal(clockwork.runs, 1);
});
