// What all stores of metadata.db share.
import type { EventPublisher } from "../events/publisher.ts";
import type { Database } from "./database.ts";
import { readGcLabels } from "./gc-labels.ts";
import { gcLabelsOf, type Labels } from "./labels.ts";

/** Hears of what may make garbage, each after its commit. Must not throw. */
export interface RecordWatcher {
  /** Something was changed. */
  noteMutation(): void;
  /** Something was deleted. */
  noteDeletion(): void;
  /** Something was changed that is over at a time, in milliseconds since the epoch. */
  noteExpiry(at: number): void;
}

/** What a store borrows. */
export interface StoreOptions {
  readonly database: Database;
  /** Told of every change, after its commit. */
  readonly events: EventPublisher;
  /** Told of every change, too, for the garbage collector's sake. */
  readonly watcher: RecordWatcher;
  /** The clock of `created_at`, `updated_at` and `gc.expire`. */
  readonly now: () => Date;
}

/** What new records may be put under. */
export interface LeaseOption {
  /** Id of a lease of the same namespace; one that does not exist is NotFound. */
  readonly lease?: string | undefined;
}

/** What is told of a change. */
export interface Announcement {
  /** Its event, if it has one. */
  readonly publish?: (events: EventPublisher) => void;
  /** The labels that the record has now: they may say when it is over. */
  readonly labels?: Labels;
}

/** Tells of a change, after the commit: the watcher first, because publishing may fail. */
export function announce(
  { database, watcher, events }: StoreOptions,
  change: "mutation" | "deletion",
  { publish, labels = {} }: Announcement = {},
): void {
  const { expiresAt } = readGcLabels(gcLabelsOf(labels));
  database.afterCommit(() => {
    if (change === "deletion") watcher.noteDeletion();
    else watcher.noteMutation();
    if (expiresAt !== undefined) watcher.noteExpiry(expiresAt);
    publish?.(events);
  });
}
