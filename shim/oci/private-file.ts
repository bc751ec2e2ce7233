// A small file that only its owner reads and that is never seen half-written: written beside, then renamed.
// Without fsync: what it holds is found out anew, or is gone with the machine's containers, after a power cut.
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Writes mode 0600 in one step, replacing what was there. Throws the system's error, leaving nothing. */
export function writePrivateFile(path: string, content: string): void {
  // One process writes a path at a time, so its pid tells its file from that of another one.
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}`);
  try {
    writeFileSync(beside, content, { mode: 0o600 });
    renameSync(beside, path);
  } catch (caught) {
    rmSync(beside, { force: true });
    throw caught;
  }
}
