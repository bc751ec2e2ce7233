import assert from "node:assert/strict";
import { test } from "node:test";
import { wishesOf } from "../../../../manager/lifecycle/container-wishes.ts";
import { type Deed, nextDeed, type Situation } from "../../../../manager/lifecycle/next-deed.ts";
import { NO_RESTARTS } from "../../../../manager/lifecycle/restart-records.ts";

const MANAGED = { "hawser/managed": "true" };
const ALWAYS = { ...MANAGED, "containerd.io/restart.policy": "always" };
const ON_FAILURE = { ...MANAGED, "containerd.io/restart.policy": "on-failure:1" };
const STOPPED = { ...ALWAYS, "containerd.io/restart.explicitly-stopped": "true" };
const REMOVED = { ...MANAGED, "hawser/auto-remove": "true" };
const startBy = (ms: number) => ({ ...MANAGED, "hawser/start-by": new Date(ms).toISOString() });
const NERDCTL = { "containerd.io/restart.policy": "always", "containerd.io/restart.status": "running" };
const NERDCTL_STOPPED = { ...NERDCTL, "containerd.io/restart.status": "stopped" };

const failed = { exitStatus: 1, isLost: false, ranMs: 5, exitedAt: 0 };
const due = (dueAt: number) => ({ ...NO_RESTARTS, count: 1, delayMs: 100, dueAt });
const starting = { ...NO_RESTARTS, count: 1, delayMs: 100, isStarting: true };
const NOW = 1_000;

interface Row {
  readonly labels: Readonly<Record<string, string>>;
  readonly given: Partial<Situation>;
  readonly deed: Deed;
  readonly why: string;
}

const nothing: Deed = { kind: "nothing" };
const again: Deed = { kind: "schedule", delayMs: 100 };

const table: readonly Row[] = [
  {
    labels: {},
    given: { stage: "ended", end: failed },
    deed: nothing,
    why: "containerd leaves it, so do we",
  },
  { labels: {}, given: { stage: "none", end: failed }, deed: nothing, why: "nothing is asked" },
  { labels: MANAGED, given: { stage: "none" }, deed: nothing, why: "it was never started" },
  { labels: MANAGED, given: { stage: "created" }, deed: nothing, why: "who made it starts it" },
  { labels: MANAGED, given: { stage: "running" }, deed: nothing, why: "it runs" },

  {
    labels: startBy(NOW + 5),
    given: { stage: "none" },
    deed: { kind: "wait", until: NOW + 5 },
    why: "its maker is about to start it",
  },
  { labels: startBy(NOW), given: { stage: "none" }, deed: { kind: "remove" }, why: "its maker has died" },
  {
    labels: startBy(NOW),
    given: { stage: "created" },
    deed: { kind: "delete-task" },
    why: "its maker has died a moment later",
  },
  { labels: startBy(NOW), given: { stage: "created", end: failed }, deed: nothing, why: "it has run before" },
  { labels: startBy(NOW), given: { stage: "none", end: failed }, deed: nothing, why: "it has run" },
  { labels: startBy(NOW), given: { stage: "running" }, deed: nothing, why: "it runs, as it was to" },
  {
    labels: startBy(NOW - 3_600_001),
    given: { stage: "none" },
    deed: nothing,
    why: "so late nobody knows what the record has been through",
  },
  {
    labels: { "hawser/start-by": startBy(NOW)["hawser/start-by"] },
    given: { stage: "none" },
    deed: nothing,
    why: "only of managed ones",
  },
  {
    labels: MANAGED,
    given: { stage: "ended", end: failed },
    deed: { kind: "delete-task" },
    why: "no shim stays",
  },
  { labels: MANAGED, given: { stage: "none", end: failed }, deed: nothing, why: "it is down, and stays" },
  { labels: MANAGED, given: { stage: "busy", end: failed }, deed: nothing, why: "somebody is at it" },

  {
    labels: REMOVED,
    given: { stage: "ended", end: failed },
    deed: { kind: "delete-task" },
    why: "the task first",
  },
  { labels: REMOVED, given: { stage: "none", end: failed }, deed: { kind: "remove" }, why: "then all of it" },
  { labels: REMOVED, given: { stage: "none" }, deed: nothing, why: "it was never started" },
  {
    labels: { ...REMOVED, ...ALWAYS },
    given: { stage: "none", end: failed },
    deed: { kind: "remove" },
    why: "removal is stronger than a policy",
  },
  {
    labels: { "hawser/auto-remove": "true" },
    given: { stage: "none", end: failed },
    deed: nothing,
    why: "only of managed ones",
  },

  {
    labels: ALWAYS,
    given: { stage: "ended", end: failed },
    deed: again,
    why: "written down before the task goes",
  },
  {
    labels: ALWAYS,
    given: { stage: "ended", end: failed, restart: due(NOW + 50) },
    deed: { kind: "delete-task" },
    why: "it is written down",
  },
  {
    labels: ALWAYS,
    given: { stage: "none", end: failed, restart: due(NOW + 50) },
    deed: { kind: "wait", until: NOW + 50 },
    why: "not yet",
  },
  {
    labels: ALWAYS,
    given: { stage: "none", end: failed, restart: due(NOW) },
    deed: { kind: "create-and-start" },
    why: "now",
  },
  {
    labels: ALWAYS,
    given: { stage: "none", end: failed, restart: starting },
    deed: { kind: "create-and-start" },
    why: "a manager died over it, and what it had made is undone",
  },
  {
    labels: ALWAYS,
    given: { stage: "created", restart: starting },
    deed: { kind: "start" },
    why: "it is made",
  },
  {
    labels: STOPPED,
    given: { stage: "created", restart: starting },
    deed: { kind: "delete-task" },
    why: "somebody stopped it just then",
  },
  {
    labels: ALWAYS,
    given: { stage: "running", restart: starting },
    deed: { kind: "unschedule" },
    why: "it is done",
  },
  {
    labels: ALWAYS,
    given: { stage: "ended", end: failed, restart: starting },
    deed: { kind: "schedule", delayMs: 200 },
    why: "it ended before anybody saw it run",
  },
  {
    labels: ON_FAILURE,
    given: { stage: "ended", end: { ...failed, exitStatus: 0 }, restart: starting },
    deed: { kind: "unschedule" },
    why: "it was started, and has done well before anybody saw it run",
  },
  {
    labels: ON_FAILURE,
    given: { stage: "ended", end: failed, restart: starting },
    deed: { kind: "unschedule" },
    why: "the last of its retries ended before anybody saw it run",
  },
  { labels: ALWAYS, given: { stage: "none", end: failed }, deed: again, why: "a client deleted the task" },
  { labels: ALWAYS, given: { stage: "none" }, deed: nothing, why: "it was never started" },

  {
    labels: STOPPED,
    given: { stage: "ended", end: failed },
    deed: { kind: "delete-task" },
    why: "it stays down",
  },
  {
    labels: STOPPED,
    given: { stage: "ended", end: failed, restart: due(NOW + 50) },
    deed: { kind: "delete-task" },
    why: "the task first",
  },
  {
    labels: STOPPED,
    given: { stage: "none", end: failed, restart: due(NOW + 50) },
    deed: { kind: "unschedule" },
    why: "stopped during the pause",
  },
  { labels: STOPPED, given: { stage: "none", end: failed }, deed: nothing, why: "it stays down" },
  {
    labels: MANAGED,
    given: { stage: "none", end: failed, restart: due(NOW) },
    deed: { kind: "unschedule" },
    why: "its policy was taken away during the pause",
  },

  {
    labels: NERDCTL,
    given: { stage: "ended", end: failed },
    deed: again,
    why: "as containerd's monitor does",
  },
  {
    labels: NERDCTL,
    given: { stage: "ended", end: failed, restart: due(NOW + 50) },
    deed: { kind: "delete-task" },
    why: "the old task is in the way",
  },
  {
    labels: NERDCTL_STOPPED,
    given: { stage: "ended", end: failed },
    deed: nothing,
    why: "it is to be stopped",
  },
  {
    labels: { ...NERDCTL, "containerd.io/restart.policy": "sometimes" },
    given: { stage: "ended", end: failed },
    deed: nothing,
    why: "a policy that nobody knows asks for nothing",
  },
  {
    labels: { "containerd.io/restart.status": "running" },
    given: { stage: "ended", end: failed },
    deed: again,
    why: "containerd takes no policy for always",
  },
];

for (const { labels, given, deed, why } of table) {
  test(`${given.stage}: ${deed.kind} (${why})`, () => {
    const wishes = wishesOf({ labels });
    const situation = {
      wishes,
      stage: "none",
      end: undefined,
      restart: NO_RESTARTS,
      now: NOW,
      ...given,
    } as const;
    assert.deepEqual(nextDeed(situation), deed);
  });
}
