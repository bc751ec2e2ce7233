// How much of the past the journal keeps, and which events are too many. Pure.
// Always true: what goes are the oldest, in the order of the journal, so that what is kept has no holes; the newest event stays,
// for the counts go on from it.

/** Bounds of the journal; the tightest one counts. */
export interface Retention {
  readonly maxEvents: number;
  /** Of the events as they are stored, some 100 bytes more than their payload. The file is larger, and does not shrink. */
  readonly maxBytes: number;
  /** By the time of publication. */
  readonly maxAgeMs: number;
}

/** What is kept when nobody says otherwise. */
export const DEFAULT_RETENTION: Retention = {
  maxEvents: 100_000,
  maxBytes: 64 * 1024 * 1024,
  maxAgeMs: 7 * 24 * 3600 * 1000,
};

/** An event as retention sees it: its time, and how many events and bytes there were from the first ever up to it. */
export interface CountedEvent {
  readonly time: bigint;
  readonly ordinal: bigint;
  readonly total: bigint;
}

/**
 * How many of the oldest events are to go; `newest` is the last of the journal, which is none of them. One with a time in the
 * future keeps those behind it from ageing: number and size still bound them.
 */
export function surplusOf(
  oldest: readonly CountedEvent[],
  newest: CountedEvent,
  { maxEvents, maxBytes, maxAgeMs }: Retention,
  nowMs: number,
): number {
  const horizon = BigInt(nowMs - maxAgeMs) * 1_000_000n;
  const firstKept = newest.ordinal - BigInt(maxEvents);
  const bytesKept = newest.total - BigInt(maxBytes);
  const isKept = (event: CountedEvent) =>
    event.ordinal > firstKept && event.total > bytesKept && event.time >= horizon;
  const kept = oldest.findIndex((event) => event.ordinal >= newest.ordinal || isKept(event));
  return kept === -1 ? oldest.length : kept;
}
