// The events of a hawserd with their places, from any of them on. A hawserd that goes away ends nothing and costs nothing: this
// asks again when it is back, behind the last place that was told, so that its reader sees each event exactly once and in
// order. What is not kept any more is told as a gap. Backpressure reaches the daemon's disk: nothing piles up anywhere.
import type { Init } from "../../proto/codec.ts";
import { isUnavailable } from "../../proto/errors.ts";
import {
  EventGapReason,
  EventLog,
  type FollowEventsRequest,
  type SnapshotContainer,
} from "../../proto/gen/event-log.ts";
import { fromDate } from "../../proto/timestamp.ts";
import { eventOf, type KnownEvent, type UnknownEvent } from "./events.ts";
import { pause } from "./pause.ts";
import type { Session } from "./session.ts";

/** What to follow. Without `after`, `since` and `snapshot`: from now on. */
export interface FollowEventsOptions {
  /** Behind this cursor; 0n is the beginning of what is kept. */
  readonly after?: bigint | undefined;
  /** Only what happened then or later. */
  readonly since?: Date | undefined;
  /** Only what happened before; it ends then. */
  readonly until?: Date | undefined;
  /** In containerd's language, with the fields of docs/events.md; one of them must match. Default: everything. */
  readonly filters?: readonly string[] | undefined;
  /** Of all namespaces, instead of the client's. */
  readonly allNamespaces?: boolean | undefined;
  /** First all containers and their processes, as one `"snapshot"`; then what happens behind it. */
  readonly snapshot?: boolean | undefined;
  /** Whether to wait for more at the end. Default: true. */
  readonly follow?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Containers and processes, as they were at a place. */
export interface EventSnapshot {
  readonly kind: "snapshot";
  readonly topic: undefined;
  readonly cursor: bigint;
  readonly containers: readonly SnapshotContainer[];
}

/** Events that are missing: those behind `from` and before `to`. */
export interface EventLogGap {
  readonly kind: "gap";
  readonly topic: undefined;
  /** The place to go on from. */
  readonly cursor: bigint;
  /** 0n when the place is not known. */
  readonly from: bigint;
  readonly to: bigint;
  /**
   * `pruned`: not kept any more when they were asked for; `lagged`: pruned because they were read too slowly; `lost`: the
   * machine went down and may have taken them along.
   */
  readonly reason: "pruned" | "lagged" | "lost" | "unknown";
}

/** How far everything that was asked for is told. */
export interface EventPosition {
  readonly kind: "position";
  readonly topic: undefined;
  readonly cursor: bigint;
  /** What follows is new. Once for each connection. */
  readonly isCaughtUp: boolean;
}

/** What following yields; each has a cursor to go on from. */
export type FollowedEvent =
  | (KnownEvent & { readonly cursor: bigint })
  | (UnknownEvent & { readonly cursor: bigint })
  | EventSnapshot
  | EventLogGap
  | EventPosition;

const REASONS: Readonly<Record<number, EventLogGap["reason"]>> = {
  [EventGapReason.EVENT_GAP_REASON_PRUNED]: "pruned",
  [EventGapReason.EVENT_GAP_REASON_LAGGED]: "lagged",
  [EventGapReason.EVENT_GAP_REASON_LOST]: "lost",
};

/** Before asking a daemon again that has just refused. */
const PAUSE_MS = 100;

/**
 * Follows the journal of the session's daemon. Ends by leaving the loop, by the signal, with the client, at `until`, or with
 * the past when `follow` is false. Throws FailedPrecondition for a cursor of another journal, InvalidArgument for a bad
 * filter, Unimplemented when the daemon is not hawserd.
 */
export async function* followEventLog(
  session: Session,
  options: FollowEventsOptions,
): AsyncGenerator<FollowedEvent, void, undefined> {
  const { closed } = session.state;
  const signal = options.signal === undefined ? closed : AbortSignal.any([options.signal, closed]);
  const scope = options.allNamespaces === true ? { namespace: "" } : {};
  const service = session.narrow({ ...scope, isPatient: true }).service(EventLog);
  let after = options.after;
  for (;;) {
    let containers: SnapshotContainer[] | undefined;
    try {
      for await (const { event, gap, snapshot, position } of service.follow(requestOf(options, after), {
        signal,
      })) {
        if (snapshot !== undefined) {
          containers ??= [];
          containers.push(snapshot);
        } else if (event?.envelope !== undefined) {
          after = event.cursor;
          yield { ...eventOf(event.envelope), cursor: after };
        } else if (gap !== undefined) {
          after = gap.toCursor - 1n;
          const reason = REASONS[gap.reason] ?? "unknown";
          yield {
            kind: "gap",
            topic: undefined,
            cursor: after,
            from: gap.fromCursor,
            to: gap.toCursor,
            reason,
          };
        } else if (position !== undefined) {
          // The first one closes the snapshot: a connection that is lost before has told nothing yet.
          const isOfSnapshot = options.snapshot === true && after === undefined;
          after = position.cursor;
          if (isOfSnapshot)
            yield { kind: "snapshot", topic: undefined, cursor: after, containers: containers ?? [] };
          else yield { kind: "position", topic: undefined, cursor: after, isCaughtUp: position.isCaughtUp };
        }
      }
      return;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
    await pause(PAUSE_MS, signal);
  }
}

function requestOf(options: FollowEventsOptions, after: bigint | undefined): Init<FollowEventsRequest> {
  const { since, until, filters = [], snapshot = false, follow = true } = options;
  return {
    afterCursor: after ?? 0n,
    hasAfterCursor: after !== undefined,
    since: since && fromDate(since),
    until: until && fromDate(until),
    filters: [...filters],
    withSnapshot: snapshot && after === undefined,
    noFollow: !follow,
  };
}
