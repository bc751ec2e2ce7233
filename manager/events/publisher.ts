// What those who make events need of the exchange; apart from it, so that records do not depend on journals.
import type { Codec, Init } from "../../proto/codec.ts";

/** Anything that events can be published to. */
export interface EventPublisher {
  /** Publishes an event of our own; its topic follows from its type. Journalled when it returns. */
  publish<T>(namespace: string, codec: Codec<T>, event: Init<T>): void;
}
