// How soon the kernel takes a container when memory runs out: 0 unless asked, so that a manager which protects itself does
// not protect its containers with it. See proc(5), oom_score_adj.
import type { HostFacts } from "./host-facts.ts";
import { refusal } from "./refusal.ts";
import type { Wish } from "./resources.ts";

const MIN = -1000;
const MAX = 1000;

/** The score, or undefined where it has to be the manager's own. */
export function decideOomScore(wish: Wish<number> | undefined, host: HostFacts): number | undefined {
  // Below one's own takes CAP_SYS_RESOURCE.
  const lowest = host.capabilities.has("CAP_SYS_RESOURCE") ? MIN : host.oomScoreAdj;
  if (wish === undefined) return lowest <= 0 ? 0 : undefined;
  if (!Number.isInteger(wish.is) || wish.is < MIN || wish.is > MAX) {
    throw refusal(wish, "no score", `write a number from ${MIN} to ${MAX}`);
  }
  if (wish.is < lowest) {
    throw refusal(
      wish,
      `below hawser's own score of ${host.oomScoreAdj}, and it may not go there`,
      `write at least ${lowest}`,
    );
  }
  return wish.is;
}
