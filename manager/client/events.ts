// The events of a daemon, as they come. A daemon that goes away ends nothing: this subscribes again when it is back, and says with
// a "gap" that something may have been missed in between. Backpressure reaches the daemon: nothing piles up here.
import { is, unpack } from "../../proto/any.ts";
import { HawserError, isUnavailable } from "../../proto/errors.ts";
import type { Any } from "../../proto/gen/any.ts";
import type { Envelope } from "../../proto/gen/envelope.ts";
import { Events as EventsService } from "../../proto/gen/events-service.ts";
import { toDate } from "../../proto/timestamp.ts";
import { codecOf, type KnownTopic, type Payload } from "./event-types.ts";
import { pause } from "./pause.ts";
import type { Session } from "./session.ts";

interface EventBase {
  readonly namespace: string;
  readonly timestamp: Date | undefined;
}

/** An event of a topic, with its payload. */
export interface EventOf<Topic extends KnownTopic> extends EventBase {
  readonly kind: "event";
  readonly topic: Topic;
  readonly payload: Payload<Topic>;
}

/** An event of a known topic. Asking for the topic tells the type of the payload. */
export type KnownEvent = { [Topic in KnownTopic]: EventOf<Topic> }[KnownTopic];

/** An event that this version does not know. */
export interface UnknownEvent extends EventBase {
  readonly kind: "unknown";
  /** Only known topics are topics here: what it is called is in `unknownTopic`. */
  readonly topic: undefined;
  readonly unknownTopic: string;
  readonly payload: Any | undefined;
}

/** Between the events before it and those after it, some may be missing. */
export interface EventGap {
  readonly kind: "gap";
  readonly topic: undefined;
  /** Why. */
  readonly reason: string;
}

/** What a subscription yields. */
export type ClientEvent = KnownEvent | UnknownEvent | EventGap;

/** Which events. */
export interface EventOptions {
  /** In containerd's language; one of them must match. Default: those of the client's namespace. */
  readonly filters?: readonly string[] | undefined;
  /** Of all namespaces, when no filters are given. */
  readonly allNamespaces?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Before asking a daemon again that has just refused. */
const PAUSE_MS = 100;

/** Follows the events of the session's daemon. Ends by leaving the loop, by the signal, or with the client. */
export async function* followEvents(
  session: Session,
  { filters, allNamespaces = false, signal: given }: EventOptions,
): AsyncGenerator<ClientEvent, void, undefined> {
  const { closed } = session.state;
  const signal = given === undefined ? closed : AbortSignal.any([given, closed]);
  const own = allNamespaces ? [] : [`namespace==${session.namespace}`];
  const { subscribe } = session.narrow({ isPatient: true }).service(EventsService);
  for (;;) {
    let reason = "the daemon ended the subscription";
    try {
      for await (const envelope of subscribe({ filters: filters ?? own }, { signal }))
        yield eventOf(envelope);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      reason = HawserError.from(error).message;
    }
    yield { kind: "gap", topic: undefined, reason };
    await pause(PAUSE_MS, signal);
  }
}

/** The event in an envelope. A payload that is not what its topic promises is unknown. */
export function eventOf({ namespace, timestamp, topic, event }: Envelope): KnownEvent | UnknownEvent {
  const base = { namespace, timestamp: toDate(timestamp) };
  // containerd 1.7 leaves the slash of sandboxes out.
  const known = topic.startsWith("sandboxes/") ? `/${topic}` : topic;
  const codec = codecOf(known);
  if (event === undefined || codec === undefined || !is(event, codec)) {
    return { ...base, kind: "unknown", topic: undefined, unknownTopic: topic, payload: event };
  }
  return { ...base, kind: "event", topic: known, payload: unpack(event, codec) } as KnownEvent;
}
