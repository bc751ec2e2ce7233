// The programs of other projects that the conformance suite meets. `scripts/peers` builds them and `scripts/run` says where
// they are; a missing one is an error, never a skip.

import { existsSync } from "node:fs";
import { join } from "node:path";

/** The peers that scripts/peers builds. */
export type PeerName = "containerd" | "nerdctl" | "crictl" | "runc";

/** The absolute path of a peer's program: `peer("containerd", "ctr")`. */
export function peer(name: PeerName, program: string = name): string {
  const dir = process.env[`HAWSER_PEER_${name.toUpperCase()}`];
  if (dir === undefined) throw new Error(`peer "${name}": not built; run this by: npm run test:conformance`);
  const path = join(dir, program);
  if (!existsSync(path))
    throw new Error(
      `peer "${name}": ${path} is missing; remove that directory and run: scripts/peers ${name}`,
    );
  return path;
}
