// Removing a whole tree, as a job of a worker. What was renamed to a dot-name before is gone for everybody else already.
import { rmSync } from "node:fs";
import type { RemoveTreeJob } from "./jobs.ts";

/** Removes a tree; one that is not there is no error. Symlinks are removed, not followed. */
export function removeTree({ dir }: RemoveTreeJob): undefined {
  rmSync(dir, { recursive: true, force: true });
  return undefined;
}
