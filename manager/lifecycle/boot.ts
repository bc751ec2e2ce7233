// Whether the machine was started, or the state directory emptied, since a manager was here last: a file in the state
// directory with the kernel's name for this boot. A manager that is replaced while containers run finds its own.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../../sys/atomic-file.ts";

const FILE = "boot";

/** Whether this is the first manager in this state directory since the machine was started. */
export function isFirstSinceBoot(stateDir: string, bootId = readBootId()): boolean {
  try {
    return readFileSync(join(stateDir, FILE), "utf8").trim() !== bootId;
  } catch {
    return true;
  }
}

/** From here on there was one. */
export function rememberBoot(stateDir: string, bootId = readBootId()): void {
  writeFileAtomic(join(stateDir, FILE), `${bootId}\n`);
}

function readBootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}
