// The shims of a containerd, found by their command line, whoever's program they are.

import { readdirSync, readFileSync } from "node:fs";

/** The pids of the shims of the daemon that serves at `address`, without their short-lived `start` and `delete`. */
export function shimPids(address: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      if (!Number.isInteger(pid)) return false;
      const words = commandLine(pid);
      const at = words.indexOf("-address");
      // A shim of ours that stays keeps the word with which it was started; its helpers end by themselves.
      return (
        at > 0 &&
        words[at + 1] === address &&
        words.some((word) => word.includes("containerd-shim-")) &&
        words.at(-1) !== "delete" &&
        !words[0]?.endsWith("sh")
      );
    });
}

/** How many descriptors a process has open. */
export function descriptorCount(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  } catch {
    return [];
  }
}
