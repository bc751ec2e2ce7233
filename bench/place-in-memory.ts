// Where state lies on a real machine: in memory.
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";

const TMPFS_MAGIC = 0x0102_1994;

/** Where managers keep state: /run, a tmpfs; or another tmpfs where that is none; or the disk. */
export async function placeInMemory(): Promise<string> {
  for (const dir of ["/run", "/dev/shm"]) {
    const type = await statfs(dir).then(
      (found) => found.type,
      () => 0,
    );
    if (type === TMPFS_MAGIC) return dir;
  }
  return tmpdir();
}
