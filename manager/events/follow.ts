// Reads the journal from a place on and goes on with what comes: one reader, at its own pace. There is no queue between the
// journal and a reader: a commit only wakes it, and it reads. So the past and the present are the same reading, without a
// seam, and a reader that is slow costs nothing; when pruning overtakes it, it is told what it has missed.
// Always true: a place is told at most once, in order; what is between two told places was kept back by the filter, or a gap
// says that it is missing. A snapshot and the place behind it are taken in one synchronous step.
import { setImmediate as turn } from "node:timers/promises";
import type { Envelope } from "../../proto/gen/envelope.ts";
import { toNanoseconds } from "../../proto/timestamp.ts";
import type { Journal, JournalEntry, JournalGap } from "./journal.ts";
import { Wakeup } from "./wakeup.ts";

/** What to read; times in nanoseconds since the epoch. */
export interface FollowRequest<Item> {
  /** Behind this place. Neither this nor `since`: from now on. */
  readonly after?: bigint | undefined;
  readonly since?: bigint | undefined;
  readonly until?: bigint | undefined;
  readonly isWanted: (envelope: Envelope) => boolean;
  /** What there is now, to be told first. Called once, before the first event is read. */
  readonly snapshot?: (() => readonly Item[]) | undefined;
  /** Whether to end with the last event that there is. */
  readonly isPastOnly: boolean;
}

/** What a reader is told. */
export type FollowStep<Item> =
  | { readonly kind: "event"; readonly entry: JournalEntry }
  | {
      readonly kind: "gap";
      readonly from: bigint;
      readonly to: bigint;
      readonly reason: JournalGap["reason"] | "lagged";
    }
  | { readonly kind: "snapshot"; readonly item: Item }
  | { readonly kind: "position"; readonly place: bigint; readonly isCaughtUp: boolean };

/** Where to read, and who says that there is more. */
export interface FollowSource {
  readonly journal: Journal;
  /** Calls `wake` after each commit, until the answer is called. */
  onJournalled(wake: () => void): () => void;
}

/** A place is told after so many events that the filter kept back. */
const KEPT_BACK_BEFORE_POSITION = 1_000;

/** Follows the journal. Throws FailedPrecondition for a place that is none; ends well with `signal`, and at `until`. */
export async function* follow<Item>(
  source: FollowSource,
  request: FollowRequest<Item>,
  signal: AbortSignal,
): AsyncGenerator<FollowStep<Item>, void, undefined> {
  const { journal } = source;
  using wakeup = new Wakeup(source.onJournalled.bind(source), signal, request.until);
  let place = startOf(journal, request);
  const items = request.snapshot?.();
  for (const item of items ?? []) yield { kind: "snapshot", item };
  if (items !== undefined) yield { kind: "position", place, isCaughtUp: false };
  let isCaughtUp = false;
  let keptBack = 0;
  let isFirst = true;
  while (!signal.aborted) {
    // What is committed from here on wakes us, whether or not this reading sees it.
    wakeup.reset();
    const { gap, entries } = journal.read(place);
    const hasSlept = gap?.reason === "pruned" && !isFirst;
    isFirst = false;
    if (gap !== undefined) {
      place = gap.to - 1n;
      yield { kind: "gap", from: gap.from, to: gap.to, reason: hasSlept ? "lagged" : gap.reason };
      continue;
    }
    for (const entry of entries) {
      place = entry.seq;
      if (!isTimely(entry.envelope, request) || !request.isWanted(entry.envelope)) {
        keptBack++;
        continue;
      }
      keptBack = 0;
      yield { kind: "event", entry };
      if (signal.aborted) return;
    }
    if (keptBack >= KEPT_BACK_BEFORE_POSITION) {
      keptBack = 0;
      yield { kind: "position", place, isCaughtUp: false };
    }
    if (entries.length > 0) {
      // A filter that keeps everything back must not keep everybody else waiting.
      await turn();
      continue;
    }
    if (!isCaughtUp) {
      isCaughtUp = true;
      // The run may have begun behind the newest event.
      place = journal.place();
      yield { kind: "position", place, isCaughtUp };
      if (request.isPastOnly) return;
      continue;
    }
    if (!(await wakeup.wait())) return;
  }
}

function startOf<Item>(journal: Journal, { after, since }: FollowRequest<Item>): bigint {
  if (after !== undefined) {
    journal.checkPlace(after);
    return after;
  }
  return since === undefined ? journal.place() : journal.placeBefore(since);
}

function isTimely<Item>({ timestamp }: Envelope, { since, until }: FollowRequest<Item>): boolean {
  if (since === undefined && until === undefined) return true;
  const time = toNanoseconds(timestamp) ?? 0n;
  return (since === undefined || time >= since) && (until === undefined || time < until);
}
