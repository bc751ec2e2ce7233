// Ids for everything that a test makes, so that tests do not meet each other, and what is left over says whose it is.

import { randomBytes } from "node:crypto";

/** A new id: `prefix`, a dash and 12 hexadecimal digits from the kernel; valid as a container id and as a file name. */
export function randomId(prefix = "hawser-test"): string {
  return `${prefix}-${randomBytes(6).toString("hex")}`;
}
