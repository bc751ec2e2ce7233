import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Health,
  judge,
  type Measure,
  probePause,
  type Sighting,
  unseen,
} from "../../../../manager/runtime/supervision.ts";

const since = new Date(1);
const now = new Date(2);

interface Row {
  readonly why: string;
  readonly health: Health;
  readonly missed?: number;
  readonly sighting: Sighting;
  readonly next: Health;
  readonly measures?: readonly Measure[];
}

const table: readonly Row[] = [
  { why: "its first answer", health: "connecting", sighting: "connected", next: "ok" },
  {
    why: "a first look without an answer is enough: nobody has seen it well",
    health: "connecting",
    sighting: "silent",
    next: "unresponsive",
    measures: ["warn"],
  },
  { why: "nobody listens", health: "connecting", sighting: "dead", next: "gone", measures: ["clean-up"] },
  { why: "an answer changes nothing", health: "ok", sighting: "answered", next: "ok" },
  {
    why: "a call may be slow for the OCI runtime's sake",
    health: "ok",
    sighting: "late",
    next: "ok",
    measures: ["probe"],
  },
  { why: "one probe may hit a pause", health: "ok", sighting: "silent", next: "ok", measures: ["probe"] },
  {
    why: "two in a row may not",
    health: "ok",
    missed: 1,
    sighting: "silent",
    next: "unresponsive",
    measures: ["warn"],
  },
  { why: "it was said once", health: "unresponsive", missed: 2, sighting: "silent", next: "unresponsive" },
  {
    why: "a late call says nothing new",
    health: "unresponsive",
    missed: 2,
    sighting: "late",
    next: "unresponsive",
    measures: ["probe"],
  },
  {
    why: "it goes on",
    health: "unresponsive",
    missed: 5,
    sighting: "answered",
    next: "ok",
    measures: ["rejoice"],
  },
  {
    why: "a new connection counts as an answer",
    health: "unresponsive",
    sighting: "connected",
    next: "ok",
    measures: ["rejoice"],
  },
  {
    why: "it died while it hung",
    health: "unresponsive",
    sighting: "dead",
    next: "gone",
    measures: ["clean-up"],
  },
  { why: "it died", health: "ok", sighting: "dead", next: "gone", measures: ["clean-up"] },
  {
    why: "dead is dead: a late answer of its connection",
    health: "gone",
    sighting: "answered",
    next: "gone",
  },
  { why: "cleaned up once", health: "gone", sighting: "dead", next: "gone" },
];

for (const { why, health, missed = 0, sighting, next, measures = [] } of table) {
  test(`judge(): ${health} with ${missed} missed, ${sighting} → ${next} (${why})`, () => {
    const verdict = judge({ health, since, missed }, sighting, now);
    assert.equal(verdict.next.health, next);
    assert.deepEqual(verdict.measures, measures);
    assert.equal(verdict.next.since, health === next ? since : now);
  });
}

test("an answer forgets the probes that were missed", () => {
  assert.equal(judge({ health: "ok", since, missed: 1 }, "answered", now).next.missed, 0);
});

test("probes of a shim that is well are rare, of one that is not they come soon and then ever more rarely, all spread", () => {
  assert.equal(probePause({ health: "ok", since, missed: 0 }, 0.5), 30_000);
  const pauses = [1, 2, 3, 4, 9].map((missed) => probePause({ health: "unresponsive", since, missed }, 0.5));
  assert.deepEqual(pauses, [2_000, 4_000, 8_000, 16_000, 30_000]);
  assert.equal(probePause(unseen(now), 0), 750);
  assert.equal(probePause(unseen(now), 1), 1_250);
});
