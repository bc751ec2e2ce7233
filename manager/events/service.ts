// Where shims deliver their events: the Events service on the socket that they find in TTRPC_ADDRESS. Checks what a
// shim says and hands it on; an answer means that the event was taken, so it is given after the consumer has it.
import { Code, HawserError } from "../../proto/errors.ts";
import type { Envelope } from "../../proto/gen/envelope.ts";
import { Events } from "../../proto/gen/forward.ts";
import { validateId, validateTopic } from "../../proto/identifiers.ts";
import { EVENT_ID_METADATA } from "../../proto/metadata-keys.ts";
import { isZeroTime } from "../../proto/timestamp.ts";
import { Server, type ServerOptions } from "../../ttrpc/index.ts";

/** Takes one event, and its `hawser-event-id` when it has one. The shim is answered when it returns; what it throws, the
 * shim sees, and tries again. */
export type OnEnvelope = (envelope: Envelope, eventId: string | undefined) => void | Promise<void>;

/** A server with the Events service; not yet listening. */
export function createEventServer(onEnvelope: OnEnvelope, options: ServerOptions = {}): Server {
  return new Server(options).register(Events, {
    async forward({ envelope }, { metadata }) {
      await onEnvelope(checkEnvelope(envelope), metadata.get(EVENT_ID_METADATA));
      return {};
    },
  });
}

/** Returns the envelope. Throws InvalidArgument for one that containerd would refuse, too. */
export function checkEnvelope(envelope: Envelope | undefined): Envelope {
  if (envelope === undefined) throw new HawserError(Code.InvalidArgument, "forward event: no envelope");
  validateId("namespace", envelope.namespace);
  validateTopic(envelope.topic);
  if (envelope.timestamp === undefined || isZeroTime(envelope.timestamp)) {
    throw new HawserError(Code.InvalidArgument, `forward event "${envelope.topic}": it has no timestamp`);
  }
  return envelope;
}
