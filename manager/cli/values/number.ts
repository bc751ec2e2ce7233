// Numbers on the command line: whole ones in a range, and --cpus, which may have a fraction.
import { refusal } from "../../oci/refusal.ts";

/** A whole number from `min` to `max`. */
export function parseInteger(flag: string, value: string, min: number, max: number): number {
  const number = /^[+-]?\d{1,16}$/.test(value.trim()) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw refusal({ flag, value }, `no whole number from ${min} to ${max}`);
}

/** Processors: "1.5". More than the host has is refused later, by whoever knows the host. */
export function parseCpus(flag: string, value: string): number {
  const number = /^\d{0,5}(\.\d{1,9})?$/.test(value.trim()) ? Number(value) : Number.NaN;
  if (number > 0) return number;
  throw refusal({ flag, value }, "no number of processors", "write a number such as 0.5 or 2");
}

/** `--pids-limit`: docker's 0 and -1 are "no limit". */
export function parsePidsLimit(flag: string, value: string): number {
  const limit = parseInteger(flag, value, -1, 4_194_304);
  return limit === 0 ? -1 : limit;
}
