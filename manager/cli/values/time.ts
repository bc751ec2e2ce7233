// Points in time as docker's --since and --until take them: "10m" (that long ago), "2013-01-02T13:23:37Z" with a zone or in the local
// one, with less of it too, and seconds since 1970.
import { refusal } from "../../oci/refusal.ts";
import { parseDuration } from "./duration.ts";

const DATE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}(?::\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/i;
const SECONDS = /^\d{1,11}(?:\.\d{1,9})?$/;
const DURATION = /^[\d.]+(?:ms|s|m|h)[\d.hms]*$/;

/** The time, to a millisecond, rounded down. `now`: what durations count from. */
export function parseTime(flag: string, value: string, now = new Date()): Date {
  const text = value.trim();
  if (SECONDS.test(text)) return new Date(Math.floor(Number(text) * 1000));
  if (DURATION.test(text)) return new Date(now.getTime() - parseDuration(flag, text));
  const time = DATE.test(text) ? new Date(completed(text)) : undefined;
  if (time !== undefined && !Number.isNaN(time.getTime())) return time;
  throw refusal(
    { flag, value },
    "no time",
    'write a time ("2026-01-31T12:00:00Z"), how long ago ("1h30m"), or seconds since 1970',
  );
}

// A date alone is midnight here, and an hour alone is that hour: JavaScript would take the first for UTC and refuse the second.
function completed(text: string): string {
  const [, date = "", hours, minutes = ":00", seconds = ":00", zone = ""] =
    /^(.{10})(?:.(\d{2})(:\d{2})?(:\d{2}(?:\.\d+)?)?)?(.*)$/.exec(text) ?? [];
  return `${date}T${hours ?? "00"}${minutes}${seconds}${zone.toUpperCase()}`;
}
