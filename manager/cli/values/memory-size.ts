// Sizes as docker writes them: "512m", "1.5g", "65536". Powers of 1024; a final "b" or "ib" means nothing.
import { refusal } from "../../oci/refusal.ts";

const UNITS = "bkmgtp";

/** The bytes of a size. */
export function parseMemorySize(flag: string, value: string): number {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)\s*(?:b|([kmgtp])(?:i?b)?)?$/i.exec(value.trim());
  const [, number = "", unit = "b"] = match ?? [];
  const bytes = Math.floor(Number(number) * 1024 ** UNITS.indexOf(unit.toLowerCase()));
  if (match && Number.isSafeInteger(bytes)) return bytes;
  throw refusal({ flag, value }, "no size", "write a number with b, k, m or g, such as 512m");
}

/** The same, and -1 for "no limit". */
export function parseMemoryLimit(flag: string, value: string): number {
  return value.trim() === "-1" ? -1 : parseMemorySize(flag, value);
}
