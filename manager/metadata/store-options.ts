// What all stores of metadata.db share.
import type { EventPublisher } from "../events/publisher.ts";
import type { Database } from "./database.ts";

/** What a store borrows. */
export interface StoreOptions {
  readonly database: Database;
  /** Told of every change, after its commit. */
  readonly events: EventPublisher;
  /** The clock of `created_at`, `updated_at` and `gc.expire`. */
  readonly now: () => Date;
}

/** What new records may be put under. */
export interface LeaseOption {
  /** Id of a lease of the same namespace; one that does not exist is NotFound. */
  readonly lease?: string | undefined;
}
