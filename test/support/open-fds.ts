// What this process has open, for tests that compare before and after.

import { readdirSync, readlinkSync } from "node:fs";

/** The descriptors of this process now, as "number → target". */
export function openFds(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [`${fd} → ${readlinkSync(`/proc/self/fd/${fd}`)}`];
    } catch {
      return []; // the one that was listing
    }
  });
}
