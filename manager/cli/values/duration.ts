// Times as Go writes them: "1h30m", "1.5s", "250ms"; a number alone is seconds.
import { refusal } from "../../oci/refusal.ts";

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** The milliseconds of a duration. */
export function parseDuration(flag: string, value: string): number {
  const text = value.trim();
  if (/^\d{1,9}(\.\d{1,6})?$/.test(text)) return Math.round(Number(text) * 1_000);
  let ms = 0;
  if (/^(?:\d{1,9}(?:\.\d{1,6})?(?:ms|s|m|h))+$/.test(text)) {
    for (const [, number, unit = ""] of text.matchAll(/([\d.]+)(ms|s|m|h)/g))
      ms += Number(number) * (UNITS_MS[unit] ?? 0);
    return Math.round(ms);
  }
  throw refusal(
    { flag, value },
    "no duration",
    "write seconds, or a number with ms, s, m or h, such as 1m30s",
  );
}
