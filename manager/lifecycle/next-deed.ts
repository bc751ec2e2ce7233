// What is to be done next with a container, given what is asked of the manager, what the records say, and what was begun.
// Pure, and the whole table: whoever asks again after each deed, and after each crash, comes to the end of it.
// Always true: of a situation in which nothing is asked, nothing comes.
import type { ContainerWishes } from "./container-wishes.ts";
import { decideRestart } from "./restart-policy.ts";
import type { RestartRecord } from "./restart-records.ts";

/** Where the task of a container is. `busy`: somebody makes it or deletes it, and will be heard when he is through. */
export type TaskStage = "none" | "busy" | "created" | "running" | "ended";

/** How init ended, when it did. */
export interface LastEnd {
  readonly exitStatus: number;
  readonly isLost: boolean;
  /** How long it ran. Milliseconds. */
  readonly ranMs: number;
  /** Milliseconds since the epoch. */
  readonly exitedAt: number;
}

/** What the decision is made on. */
export interface Situation {
  readonly wishes: ContainerWishes;
  readonly stage: TaskStage;
  /** Of the task that is there, or of the last that was; undefined before the first. */
  readonly end: LastEnd | undefined;
  readonly restart: RestartRecord;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What to do. */
export type Deed =
  | { readonly kind: "nothing" }
  /** Look again when `until` (milliseconds since the epoch) has come. */
  | { readonly kind: "wait"; readonly until: number }
  /** Write down that it is to be started again after a pause. */
  | { readonly kind: "schedule"; readonly delayMs: number }
  /** Nothing of the kind is to happen any more: strike out what was written down. */
  | { readonly kind: "unschedule" }
  /** Delete the task, so that its shim goes. */
  | { readonly kind: "delete-task" }
  /** Make the task, and start it. */
  | { readonly kind: "create-and-start" }
  /** Start the task that was made for this. */
  | { readonly kind: "start" }
  /** Remove the container with all that is its own. */
  | { readonly kind: "remove" };

const NOTHING: Deed = { kind: "nothing" };

/** Later than this nobody removes a container because it was never started: who knows what a record has been through. */
const START_BY_WINDOW_MS = 3_600_000;

/** Decides. */
export function nextDeed(situation: Situation): Deed {
  const { stage, restart } = situation;
  switch (stage) {
    case "busy":
      return NOTHING;
    case "created":
      // One that was made by somebody else is his to start, in his time.
      if (!restart.isStarting) return neverStarted(situation, { kind: "delete-task" });
      return isCalledOff(situation.wishes) ? { kind: "delete-task" } : { kind: "start" };
    case "running":
      return isPending(restart) ? { kind: "unschedule" } : NOTHING;
    case "ended":
      return afterExit(situation);
    case "none":
      return withoutTask(situation);
  }
}

function afterExit(situation: Situation): Deed {
  const { wishes, restart } = situation;
  const delayMs = restartDelay(situation);
  // It is called "restarting" from here on, also while its task is being deleted.
  if (delayMs !== undefined && restart.dueAt === undefined) return { kind: "schedule", delayMs };
  // What was being started has run. Without its task that would look like a start that a manager died over, and be made again.
  if (delayMs === undefined && restart.isStarting) return { kind: "unschedule" };
  if (wishes.isManaged || delayMs !== undefined) return { kind: "delete-task" };
  return isPending(restart) ? { kind: "unschedule" } : NOTHING;
}

function withoutTask(situation: Situation): Deed {
  const { wishes, end, restart, now } = situation;
  if (end !== undefined && wishes.isAutoRemoved) return { kind: "remove" };
  if (isPending(restart)) {
    if (isCalledOff(wishes)) return { kind: "unschedule" };
    const until = restart.dueAt ?? now;
    return until > now ? { kind: "wait", until } : { kind: "create-and-start" };
  }
  if (end === undefined) return neverStarted(situation, { kind: "remove" });
  const delayMs = restartDelay(situation);
  return delayMs === undefined ? NOTHING : { kind: "schedule", delayMs };
}

/** What becomes of one that its maker was to start at once. */
function neverStarted({ wishes: { startBy }, end, now }: Situation, deed: Deed): Deed {
  if (end !== undefined || startBy === undefined || now > startBy + START_BY_WINDOW_MS) return NOTHING;
  return now < startBy ? { kind: "wait", until: startBy } : deed;
}

/** What is written down already was decided then, and counts as long as the policy stands. */
function restartDelay({ wishes, end, restart }: Situation): number | undefined {
  if (wishes.isAutoRemoved || end === undefined) return undefined;
  const { policy, isExplicitlyStopped } = wishes;
  const { count, delayMs, dueAt } = restart;
  if (dueAt !== undefined) return isCalledOff(wishes) ? undefined : delayMs;
  return decideRestart(policy, { ...end, isExplicitlyStopped, count, delayMs });
}

function isCalledOff({ policy, isExplicitlyStopped }: ContainerWishes): boolean {
  return policy.name === "no" || isExplicitlyStopped;
}

function isPending({ dueAt, isStarting }: RestartRecord): boolean {
  return dueAt !== undefined || isStarting;
}
