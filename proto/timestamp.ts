// Points in time, between protobuf's Timestamp, nanoseconds since the epoch and Date.
// Always true: a Timestamp made here has nanos from 0 to 999999999, also before 1970; a Timestamp read here may
// have any, since peers are not checked. Go's zero time (the year 1) means "no time", as an absent field does.
import type { Init } from "./codec.ts";
import type { Timestamp } from "./gen/timestamp.ts";

const NANOSECONDS_PER_SECOND = 1_000_000_000n;
const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

/** Seconds of 0001-01-01T00:00:00Z: the zero time of Go, which peers send for "never". */
export const ZERO_TIME_SECONDS = -62_135_596_800n;

/** The furthest that a Date reaches from the epoch, either way. */
const MAX_DATE_MS = 8_640_000_000_000_000n;

/** The Timestamp of a Date, exact. Throws RangeError for an invalid Date. */
export function fromDate(date: Date): Timestamp {
  return fromNanoseconds(BigInt(date.getTime()) * NANOSECONDS_PER_MILLISECOND);
}

/**
 * The Date of a Timestamp, rounded down to a millisecond. Undefined for an absent one, the zero time, and a time
 * that no Date can hold.
 */
export function toDate(timestamp: Init<Timestamp> | undefined): Date | undefined {
  const nanoseconds = toNanoseconds(timestamp);
  if (nanoseconds === undefined) return undefined;
  const ms = divideDown(nanoseconds, NANOSECONDS_PER_MILLISECOND);
  if (ms > MAX_DATE_MS || ms < -MAX_DATE_MS) return undefined;
  return new Date(Number(ms));
}

/** The Timestamp of nanoseconds since the epoch, exact. */
export function fromNanoseconds(nanoseconds: bigint): Timestamp {
  const seconds = divideDown(nanoseconds, NANOSECONDS_PER_SECOND);
  return { seconds, nanos: Number(nanoseconds - seconds * NANOSECONDS_PER_SECOND) };
}

/** Nanoseconds since the epoch, exact. Undefined for an absent Timestamp and for the zero time. */
export function toNanoseconds(timestamp: Init<Timestamp> | undefined): bigint | undefined {
  if (timestamp === undefined || isZeroTime(timestamp)) return undefined;
  return (timestamp.seconds ?? 0n) * NANOSECONDS_PER_SECOND + BigInt(timestamp.nanos ?? 0);
}

/** Whether a Timestamp is Go's zero time. */
export function isZeroTime(timestamp: Init<Timestamp>): boolean {
  return timestamp.seconds === ZERO_TIME_SECONDS && (timestamp.nanos ?? 0) === 0;
}

/** The zero time, for peers who want a Timestamp where there is no time. */
export function zeroTime(): Timestamp {
  return { seconds: ZERO_TIME_SECONDS, nanos: 0 };
}

// Division of bigints rounds towards zero, and times before 1970 are negative.
function divideDown(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend < 0n && quotient * divisor !== dividend ? quotient - 1n : quotient;
}
