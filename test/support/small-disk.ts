// A disk that can be full: a tmpfs in a suite's directory.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { mountAll, unmount } from "../../sys/mount.ts";

/** A mounted tmpfs; disposing of it unmounts. */
export interface SmallDisk extends AsyncDisposable {
  /** A directory on it that does not exist yet. */
  readonly dir: string;
  /** For a file that takes space away until it is removed. */
  readonly ballast: string;
}

/** Mounts one of `sizeBytes` at `mounted`, which is made. */
export async function smallDisk(mounted: string, sizeBytes: number): Promise<SmallDisk> {
  mkdirSync(mounted);
  await mountAll([{ type: "tmpfs", source: "tmpfs", options: [`size=${sizeBytes}`] }], mounted);
  return {
    dir: join(mounted, "log"),
    ballast: join(mounted, "ballast"),
    [Symbol.asyncDispose]: async () => void (await unmount(mounted)),
  };
}
