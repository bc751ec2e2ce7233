// Generated from proto/hawser/event-log.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// The events of a manager with their places in its journal, so that whoever was away can go on where they were.
import type { Codec, ServiceDefinition } from "../codec.ts";
import { codec, copyList, copyMap, halves, readMessage, readStringEntry, readUint64, writeMessage, writeString, writeStringMap } from "../codec-runtime.ts";
import { Envelope } from "./envelope.ts";
import { Timestamp } from "./timestamp.ts";

/** What to tell. */
export interface FollowEventsRequest {
  /** Behind this cursor; 0 is the beginning. Without it and without since: from now on. */
  afterCursor: bigint;
  /** Whether after_cursor counts. */
  hasAfterCursor: boolean;
  /** Not before this time; ignored with a cursor. */
  since?: Timestamp | undefined;
  /** Ends with the last event before this time; at once when that is past. */
  until?: Timestamp | undefined;
  /** In containerd's language; none is everything. */
  filters: string[];
  /** First tell what there is (containers and their processes), then everything that happened after that. */
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
  snapshot?: SnapshotItem | undefined;
  /** Everything that there was is told; what follows is new. `cursor` is where we are. */
  caughtUp?: EventsCaughtUp | undefined;
}

/** Codec of `hawser.v1.FollowEventsResponse`. */
export const FollowEventsResponse: Codec<FollowEventsResponse> = /* @__PURE__ */ codec<FollowEventsResponse>({
  typeName: "hawser.v1.FollowEventsResponse",
  create: (init) => ({
    event: init.event && EventEntry.create(init.event),
    gap: init.gap && EventGap.create(init.gap),
    snapshot: init.snapshot && SnapshotItem.create(init.snapshot),
    caughtUp: init.caughtUp && EventsCaughtUp.create(init.caughtUp),
  }),
  write(message, writer) {
    if (message.event !== undefined) writeMessage(writer, 10, EventEntry, message.event);
    if (message.gap !== undefined) writeMessage(writer, 18, EventGap, message.gap);
    if (message.snapshot !== undefined) writeMessage(writer, 26, SnapshotItem, message.snapshot);
    if (message.caughtUp !== undefined) writeMessage(writer, 34, EventsCaughtUp, message.caughtUp);
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
        message.snapshot = readMessage(SnapshotItem, reader);
        break;
      case 34:
        message.caughtUp = readMessage(EventsCaughtUp, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** An event with its place. */
export interface EventEntry {
  /** Rises; never used again, not after a restart. */
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

/** Events that are missing. */
export interface EventGap {
  /** Everything behind this and before `to_cursor` is missing. */
  fromCursor: bigint;
  /** The first that is there again. */
  toCursor: bigint;
}

/** Codec of `hawser.v1.EventGap`. */
export const EventGap: Codec<EventGap> = /* @__PURE__ */ codec<EventGap>({
  typeName: "hawser.v1.EventGap",
  create: (init) => ({
    fromCursor: init.fromCursor ?? 0n,
    toCursor: init.toCursor ?? 0n,
  }),
  write(message, writer) {
    if (message.fromCursor) writer.uint32(8).uint64(halves(message.fromCursor));
    if (message.toCursor) writer.uint32(16).uint64(halves(message.toCursor));
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.fromCursor = readUint64(reader);
        break;
      case 16:
        message.toCursor = readUint64(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** A container, or a process of one. */
export interface SnapshotItem {
  /** Its namespace. */
  namespace: string;
  /** Of which container. */
  containerId: string;
  /** Empty for the init process. */
  execId: string;
  /** What it does, as containerd says it: created, running, paused, stopped. */
  state: string;
  /** On the host; 0 when there is none. */
  pid: number;
  /** Name of its image. */
  image: string;
  /** Of the container. */
  labels: Record<string, string>;
}

/** Codec of `hawser.v1.SnapshotItem`. */
export const SnapshotItem: Codec<SnapshotItem> = /* @__PURE__ */ codec<SnapshotItem>({
  typeName: "hawser.v1.SnapshotItem",
  create: (init) => ({
    namespace: init.namespace ?? "",
    containerId: init.containerId ?? "",
    execId: init.execId ?? "",
    state: init.state ?? "",
    pid: init.pid ?? 0,
    image: init.image ?? "",
    labels: copyMap(init.labels),
  }),
  write(message, writer) {
    if (message.namespace) writeString(writer, 10, message.namespace);
    if (message.containerId) writeString(writer, 18, message.containerId);
    if (message.execId) writeString(writer, 26, message.execId);
    if (message.state) writeString(writer, 34, message.state);
    if (message.pid) writer.uint32(40).uint32(message.pid);
    if (message.image) writeString(writer, 50, message.image);
    if (message.labels) writeStringMap(writer, 58, message.labels);
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
        message.execId = reader.string();
        break;
      case 34:
        message.state = reader.string();
        break;
      case 40:
        message.pid = reader.uint32();
        break;
      case 50:
        message.image = reader.string();
        break;
      case 58:
        readStringEntry(reader, message.labels);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The end of the past. */
export interface EventsCaughtUp {
  /** Its place in the journal. */
  cursor: bigint;
}

/** Codec of `hawser.v1.EventsCaughtUp`. */
export const EventsCaughtUp: Codec<EventsCaughtUp> = /* @__PURE__ */ codec<EventsCaughtUp>({
  typeName: "hawser.v1.EventsCaughtUp",
  create: (init) => ({
    cursor: init.cursor ?? 0n,
  }),
  write(message, writer) {
    if (message.cursor) writer.uint32(8).uint64(halves(message.cursor));
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.cursor = readUint64(reader);
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
