// Publishes the events of changes that are committed already, in another database than the journal's: an event that the
// journal cannot take (its disk is full) is logged and lost, for an error would tell the caller that the change did not
// happen, and the retry would find it done.
import type { Codec, Init } from "../../proto/codec.ts";
import { topicOf } from "../../proto/topics.ts";
import type { Log } from "../log.ts";
import type { EventPublisher } from "./publisher.ts";

/** Never throws. Borrows what it publishes to. */
export class CommittedPublisher implements EventPublisher {
  readonly #events: EventPublisher;
  readonly #log: Log;

  constructor(events: EventPublisher, log: Log) {
    this.#events = events;
    this.#log = log;
  }

  publish<T>(namespace: string, codec: Codec<T>, event: Init<T>): void {
    try {
      this.#events.publish<T>(namespace, codec, event as NoInfer<Init<T>>);
    } catch (error) {
      const topic = topicOf(codec);
      this.#log.error("publish the event of a committed change: it is lost, continuing", {
        namespace,
        topic,
        error,
      });
    }
  }
}
