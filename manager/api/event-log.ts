// hawser.v1.EventLog: the events of the journal with their places, from any of them on, with a snapshot in front for who wants one.
import type { Init } from "../../proto/codec.ts";
import { Code, HawserError } from "../../proto/errors.ts";
import type { Envelope } from "../../proto/gen/envelope.ts";
import {
  EventGapReason,
  EventLog,
  type FollowEventsRequest,
  type FollowEventsResponse,
  type SnapshotContainer,
} from "../../proto/gen/event-log.ts";
import { toNanoseconds } from "../../proto/timestamp.ts";
import { ContainerMemory } from "../events/container-memory.ts";
import { fieldsOf } from "../events/event-fields.ts";
import { type FollowSource, type FollowStep, follow } from "../events/follow.ts";
import { containerDirectory, type SnapshotSource, takeSnapshot } from "../events/snapshot.ts";
import { parseFilters } from "../metadata/filter.ts";
import { type ApiService, apiService } from "./api-service.ts";

const WIRE_REASONS = {
  pruned: EventGapReason.EVENT_GAP_REASON_PRUNED,
  lagged: EventGapReason.EVENT_GAP_REASON_LAGGED,
  lost: EventGapReason.EVENT_GAP_REASON_LOST,
} as const;

/** The service. */
export function eventLogApi(events: FollowSource, records: SnapshotSource): ApiService {
  return apiService(
    EventLog,
    {
      async *follow(request, { namespace, signal }) {
        checkRequest(request);
        const { hasAfterCursor, afterCursor, withSnapshot, noFollow } = request;
        const steps = follow(
          events,
          {
            after: hasAfterCursor ? afterCursor : undefined,
            since: toNanoseconds(request.since),
            until: toNanoseconds(request.until),
            isWanted: wantedBy(request.filters, namespace, records),
            snapshot: withSnapshot ? () => takeSnapshot(records, namespace) : undefined,
            isPastOnly: noFollow,
          },
          signal,
        );
        for await (const step of steps) yield wireOf(step);
      },
    },
    { isNamespaced: false, openEnded: ["follow"] },
  );
}

function checkRequest({ withSnapshot, hasAfterCursor, since }: FollowEventsRequest): void {
  if (!withSnapshot || (!hasAfterCursor && toNanoseconds(since) === undefined)) return;
  const flaw = "a snapshot shows what came of the past; leave out the cursor and the time, or the snapshot";
  throw new HawserError(
    Code.InvalidArgument,
    `follow events with a snapshot from a place in the past: ${flaw}`,
  );
}

function wantedBy(
  filters: readonly string[],
  namespace: string,
  records: SnapshotSource,
): (envelope: Envelope) => boolean {
  const matches = parseFilters(filters);
  const memory = new ContainerMemory(containerDirectory(records));
  // Those who are deleted before their first event is read.
  if (filters.some((filter) => filter.includes("container."))) memory.remember(namespace);
  return (envelope) =>
    (namespace === "" || envelope.namespace === namespace) &&
    matches(fieldsOf(envelope, (name, id) => memory.find(name, id)));
}

function wireOf(step: FollowStep<Init<SnapshotContainer>>): Init<FollowEventsResponse> {
  switch (step.kind) {
    case "event":
      return { event: { cursor: step.entry.seq, envelope: step.entry.envelope } };
    case "gap":
      return { gap: { fromCursor: step.from, toCursor: step.to, reason: WIRE_REASONS[step.reason] } };
    case "snapshot":
      return { snapshot: step.item };
    case "position":
      return { position: { cursor: step.place, isCaughtUp: step.isCaughtUp } };
  }
}
