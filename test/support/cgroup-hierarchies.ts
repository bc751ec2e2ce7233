// The one thing about the machine's cgroups that tests with crun need and a fresh machine may lack. On a machine with
// cgroup v1, crun refuses to work ("cgroups in hybrid mode not supported") while a controller is left on the v2 hierarchy
// beside it. Mounting such a controller on v1, where nobody uses it, cures that. This changes the machine, for all
// and until it is restarted, so it is done only in exactly this state, and said. The product never does it.

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const unifiedDir = "/sys/fs/cgroup/unified";

/** The controllers that keep crun from working: those on the v2 hierarchy of a machine with v1. */
export function strayControllers(): string[] {
  if (!existsSync(`${unifiedDir}/cgroup.controllers`)) return [];
  return readFileSync(`${unifiedDir}/cgroup.controllers`, "utf8").split(/\s+/).filter(Boolean);
}

// Looks again under the lock: suites run side by side, and a hierarchy mounted twice would be two mounts.
const mountStray = `
set -eu
for controller in $(cat ${unifiedDir}/cgroup.controllers); do
  name=$controller
  [ "$name" != io ] || name=blkio
  mkdir -p "/sys/fs/cgroup/$name"
  mount -t cgroup -o "$name" cgroup "/sys/fs/cgroup/$name"
  echo "hawser tests: mounted the cgroup controller $name on v1, for crun"
done`;

/** Makes crun work on a machine with both hierarchies; does nothing anywhere else, and nothing the second time. */
export function settleControllers(): void {
  if (strayControllers().length === 0) return;
  const said = execFileSync("flock", [import.meta.filename, "sh", "-c", mountStray], { encoding: "utf8" });
  process.stderr.write(said);
  const left = strayControllers();
  if (left.length > 0) throw new Error(`mount cgroup controllers on v1: ${left.join(", ")} stayed on v2`);
}
