// What all stores of metadata.db share.
import type { EventPublisher } from "../events/publisher.ts";
import type { Database } from "./database.ts";

/** A change of the records: a deletion may have made garbage. */
export type RecordChange = "mutation" | "deletion";

/** What a store borrows. */
export interface StoreOptions {
  readonly database: Database;
  /** Told of every change, after its commit. */
  readonly events: EventPublisher;
  /** Told after the commit of every change, besides the events; the garbage collector runs after enough of them. */
  readonly onChange: (change: RecordChange) => void;
  /** The clock of `created_at`, `updated_at` and `gc.expire`. */
  readonly now: () => Date;
}

/** What new records may be put under. */
export interface LeaseOption {
  /** Id of a lease of the same namespace; one that does not exist is NotFound. */
  readonly lease?: string | undefined;
}

/** After the commit: tells of a change, and then what else is to be told. */
export function announce(
  options: StoreOptions,
  change: RecordChange,
  tell?: (events: EventPublisher) => void,
): void {
  options.database.afterCommit(() => {
    options.onChange(change);
    tell?.(options.events);
  });
}
