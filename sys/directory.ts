// Making directories. Node's recursive mkdir goes round for ever where the kernel says ENOENT for a directory whose parent
// exists, as below /proc; this one tries each parent once.
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { codeOfError } from "./errno.ts";

/**
 * Makes a directory and the missing ones above it, all with this mode as far as the umask allows. One that is there is
 * no error, whatever its mode. Throws the system's error: ENOENT or EACCES where none can be made, ENOTDIR and EEXIST
 * where something else is in the way.
 */
export function makeDirectories(dir: string, mode = 0o755): void {
  try {
    mkdirSync(dir, { mode });
  } catch (error) {
    const code = codeOfError(error);
    if (code === "EEXIST" && statSync(dir).isDirectory()) return;
    const parent = dirname(dir);
    if (code !== "ENOENT" || parent === dir) throw error;
    makeDirectories(parent, mode);
    mkdirSync(dir, { mode });
  }
}
