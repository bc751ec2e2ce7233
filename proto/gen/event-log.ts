// Generated from proto/hawser/event-log.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// The events of a manager with their places in its journal, so that whoever was away can go on where they were.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, copyList, copyMap, createList, halves, readMessage, readStringEntry, readUint64, writeMessage, writeString, writeStringMap } from "../codec-runtime.ts";
import { Envelope } from "./envelope.ts";
import { ProcessInfo } from "./processes.ts";
import { Timestamp } from "./timestamp.ts";

/** Why events are missing. */
export const EventGapReason = {
  /** Not said. */
  EVENT_GAP_REASON_UNKNOWN: 0,
  /** They were pruned before they were asked for. */
  EVENT_GAP_REASON_PRUNED: 1,
  /** They were pruned while this reader, who was too slow, had not come to them. */
  EVENT_GAP_REASON_LAGGED: 2,
  /** The machine went down and may have taken the last of them along, before they were on the disk. */
  EVENT_GAP_REASON_LOST: 3,
} as const;

/** A known value of EventGapReason. Fields are numbers: a peer may know more of them. */
export type EventGapReason = (typeof EventGapReason)[keyof typeof EventGapReason];

/** What to tell. */
export interface FollowEventsRequest {
  /**
   * Behind this cursor; 0 is the beginning. Without it and without since: from now on. FailedPrecondition for one that this
   * journal never gave: of another one, or from the future.
   */
  afterCursor: bigint;
  /** Whether after_cursor counts. */
  hasAfterCursor: boolean;
  /** Only what happened at this time or later; with a cursor, both count. */
  since?: Timestamp | undefined;
  /** Only what happened before this time; the stream ends when it comes, at once when it is past. */
  until?: Timestamp | undefined;
  /** In containerd's language, with the fields of docs/events.md; one of them must match, none is everything. */
  filters: string[];
  /**
   * First tell what there is (containers and their processes), then everything that happened after that. Not together with
   * after_cursor or since: InvalidArgument.
   */
  withSnapshot: boolean;
  /** End with the last event that there is now. */
  noFollow: boolean;
}

/** Codec of `hawser.v1.FollowEventsRequest`. */
export const FollowEventsRequest: Codec<FollowEventsRequest> = /* @__PURE__ */ codec<FollowEventsRequest>({
  typeName: "hawser.v1.FollowEventsRequest",
  create: (init) => ({
    afterCursor: init.afterCursor ?? 0n,
    hasAfterCursor: init.hasAfterCursor ?? false,
    since: init.since && Timestamp.create(init.since),
    until: init.until && Timestamp.create(init.until),
    filters: copyList(init.filters),
    withSnapshot: init.withSnapshot ?? false,
    noFollow: init.noFollow ?? false,
  }),
  write(message, writer) {
    if (message.afterCursor) writer.uint32(8).uint64(halves(message.afterCursor));
    if (message.hasAfterCursor) writer.uint32(16).bool(message.hasAfterCursor);
    if (message.since !== undefined) writeMessage(writer, 26, Timestamp, message.since);
    if (message.until !== undefined) writeMessage(writer, 34, Timestamp, message.until);
    if (message.filters) for (const item of message.filters) writeString(writer, 42, item);
    if (message.withSnapshot) writer.uint32(48).bool(message.withSnapshot);
    if (message.noFollow) writer.uint32(56).bool(message.noFollow);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.afterCursor = readUint64(reader);
        break;
      case 16:
        message.hasAfterCursor = reader.bool();
        break;
      case 26:
        message.since = readMessage(Timestamp, reader);
        break;
      case 34:
        message.until = readMessage(Timestamp, reader);
        break;
      case 42:
        message.filters.push(reader.string());
        break;
      case 48:
        message.withSnapshot = reader.bool();
        break;
      case 56:
        message.noFollow = reader.bool();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** One of them. */
export interface FollowEventsResponse {
  /** An event. */
  event?: EventEntry | undefined;
  /** Events that are not kept any more: asked for, and missing. */
  gap?: EventGap | undefined;
  /** Of the snapshot. */
  snapshot?: SnapshotContainer | undefined;
  /** How far we are. */
  position?: EventsPosition | undefined;
}

/** Codec of `hawser.v1.FollowEventsResponse`. */
export const FollowEventsResponse: Codec<FollowEventsResponse> = /* @__PURE__ */ codec<FollowEventsResponse>({
  typeName: "hawser.v1.FollowEventsResponse",
  create: (init) => ({
    event: init.event && EventEntry.create(init.event),
    gap: init.gap && EventGap.create(init.gap),
    snapshot: init.snapshot && SnapshotContainer.create(init.snapshot),
    position: init.position && EventsPosition.create(init.position),
  }),
  write(message, writer) {
    if (message.event !== undefined) writeMessage(writer, 10, EventEntry, message.event);
    if (message.gap !== undefined) writeMessage(writer, 18, EventGap, message.gap);
    if (message.snapshot !== undefined) writeMessage(writer, 26, SnapshotContainer, message.snapshot);
    if (message.position !== undefined) writeMessage(writer, 34, EventsPosition, message.position);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.event = readMessage(EventEntry, reader);
        break;
      case 18:
        message.gap = readMessage(EventGap, reader);
        break;
      case 26:
        message.snapshot = readMessage(SnapshotContainer, reader);
        break;
      case 34:
        message.position = readMessage(EventsPosition, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** An event with its place. */
export interface EventEntry {
  /** Rises, and not by one; below 2^53; never used again, not after a restart or a power cut. */
  cursor: bigint;
  /** The event. */
  envelope?: Envelope | undefined;
}

/** Codec of `hawser.v1.EventEntry`. */
export const EventEntry: Codec<EventEntry> = /* @__PURE__ */ codec<EventEntry>({
  typeName: "hawser.v1.EventEntry",
  create: (init) => ({
    cursor: init.cursor ?? 0n,
    envelope: init.envelope && Envelope.create(init.envelope),
  }),
  write(message, writer) {
    if (message.cursor) writer.uint32(8).uint64(halves(message.cursor));
    if (message.envelope !== undefined) writeMessage(writer, 18, Envelope, message.envelope);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.cursor = readUint64(reader);
        break;
      case 18:
        message.envelope = readMessage(Envelope, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Events that are missing: those behind one place and before another. */
export interface EventGap {
  /** Everything behind this; 0 when the place is not known. */
  fromCursor: bigint;
  /** And before this. */
  toCursor: bigint;
  /** Why. */
  reason: EventGapReason | number;
}

/** Codec of `hawser.v1.EventGap`. */
export const EventGap: Codec<EventGap> = /* @__PURE__ */ codec<EventGap>({
  typeName: "hawser.v1.EventGap",
  create: (init) => ({
    fromCursor: init.fromCursor ?? 0n,
    toCursor: init.toCursor ?? 0n,
    reason: init.reason ?? 0,
  }),
  write(message, writer) {
    if (message.fromCursor) writer.uint32(8).uint64(halves(message.fromCursor));
    if (message.toCursor) writer.uint32(16).uint64(halves(message.toCursor));
    if (message.reason) writer.uint32(24).int32(message.reason);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.fromCursor = readUint64(reader);
        break;
      case 16:
        message.toCursor = readUint64(reader);
        break;
      case 24:
        message.reason = reader.int32();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A container and its processes. */
export interface SnapshotContainer {
  /** Its namespace. */
  namespace: string;
  /** Its id. */
  containerId: string;
  /** Name of its image. */
  image: string;
  /** Of the container. */
  labels: Record<string, string>;
  /** When its record was made. */
  createdAt?: Timestamp | undefined;
  /** Init first; none when it was never started. */
  processes: ProcessInfo[];
}

/** Codec of `hawser.v1.SnapshotContainer`. */
export const SnapshotContainer: Codec<SnapshotContainer> = /* @__PURE__ */ codec<SnapshotContainer>({
  typeName: "hawser.v1.SnapshotContainer",
  create: (init) => ({
    namespace: init.namespace ?? "",
    containerId: init.containerId ?? "",
    image: init.image ?? "",
    labels: copyMap(init.labels),
    createdAt: init.createdAt && Timestamp.create(init.createdAt),
    processes: createList(ProcessInfo, init.processes),
  }),
  write(message, writer) {
    if (message.namespace) writeString(writer, 10, message.namespace);
    if (message.containerId) writeString(writer, 18, message.containerId);
    if (message.image) writeString(writer, 26, message.image);
    if (message.labels) writeStringMap(writer, 34, message.labels);
    if (message.createdAt !== undefined) writeMessage(writer, 42, Timestamp, message.createdAt);
    if (message.processes) for (const item of message.processes) writeMessage(writer, 50, ProcessInfo, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.namespace = reader.string();
        break;
      case 18:
        message.containerId = reader.string();
        break;
      case 26:
        message.image = reader.string();
        break;
      case 34:
        readStringEntry(reader, message.labels);
        break;
      case 42:
        message.createdAt = readMessage(Timestamp, reader);
        break;
      case 50:
        message.processes.push(readMessage(ProcessInfo, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/**
 * A place in the journal: everything up to it that was asked for is told. Comes behind a snapshot, as the place at which it was
 * taken; when all that there was is told; and from time to time while filters keep everything back, so that who comes again
 * need not begin far behind.
 */
export interface EventsPosition {
  /** The place. */
  cursor: bigint;
  /** What follows is new. Said once. */
  isCaughtUp: boolean;
}

/** Codec of `hawser.v1.EventsPosition`. */
export const EventsPosition: Codec<EventsPosition> = /* @__PURE__ */ codec<EventsPosition>({
  typeName: "hawser.v1.EventsPosition",
  create: (init) => ({
    cursor: init.cursor ?? 0n,
    isCaughtUp: init.isCaughtUp ?? false,
  }),
  write(message, writer) {
    if (message.cursor) writer.uint32(8).uint64(halves(message.cursor));
    if (message.isCaughtUp) writer.uint32(16).bool(message.isCaughtUp);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.cursor = readUint64(reader);
        break;
      case 16:
        message.isCaughtUp = reader.bool();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The journal of events. containerd's own Events service tells the same events without places. */
export const EventLog = {
  name: "hawser.v1.EventLog",
  methods: {
    /** From a place in the past, or from now, and on. Needs no namespace: with one, only its events are told. */
    follow: {
      name: "Follow",
      kind: "server-streaming",
      request: FollowEventsRequest,
      response: FollowEventsResponse,
    },
  },
} as const satisfies ServiceDefinition;
