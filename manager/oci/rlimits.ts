// Limits of setrlimit(2). A container inherits them from its shim, and a shim is a Node, which raises its own limit of open
// files to the highest: so that one is always said. Nothing goes above what the caller has: without CAP_SYS_RESOURCE the
// OCI runtime could only fail, with words that name no limit.
import type { HostFacts, LimitPair } from "./host-facts.ts";
import { refusal, type Written } from "./refusal.ts";
import type { OciNumber, OciRlimit } from "./spec.ts";
import { toOciNumber, UNLIMITED } from "./spec-json.ts";

/** `--ulimit nofile=1024:2048`. Undefined is no limit. */
export interface UlimitWish extends Written, LimitPair {
  /** `RLIMIT_NOFILE`. */
  readonly type: string;
}

/** The names of the limits, as `--ulimit` takes them. */
export const LIMITS: readonly string[] =
  "as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(
    " ",
  );

/** What systemd gives a service: 1024 for programs that use select(2), and room to ask for more. */
const OPEN_FILES: LimitPair = { soft: 1024n, hard: 524_288n };

/** The limits of a container: what was asked for, and that of open files. The last of several about one limit counts. */
export function decideRlimits(wishes: readonly UlimitWish[], host: HostFacts): OciRlimit[] {
  const limits = new Map<string, LimitPair>([["RLIMIT_NOFILE", lowered(OPEN_FILES, host)]]);
  const mayRaise = host.capabilities.has("CAP_SYS_RESOURCE");
  for (const wish of wishes) {
    const ours = host.limits.get(wish.type);
    if (!mayRaise && ours !== undefined && isAbove(wish.hard, ours.hard)) {
      throw refusal(
        wish,
        `above hawser's own limit of ${ours.hard}, and it may not raise it`,
        "ask for less, or start hawserd with a higher one",
      );
    }
    limits.set(wish.type, wish);
  }
  return [...limits].map(([type, { soft, hard }]) => ({ type, soft: numberOf(soft), hard: numberOf(hard) }));
}

function lowered({ soft, hard }: LimitPair, host: HostFacts): LimitPair {
  const ours = host.limits.get("RLIMIT_NOFILE")?.hard;
  const lowest = (limit: bigint | undefined) => (isAbove(limit, ours) ? ours : limit);
  return { soft: lowest(soft), hard: lowest(hard) };
}

function isAbove(limit: bigint | undefined, other: bigint | undefined): boolean {
  return other !== undefined && (limit === undefined || limit > other);
}

function numberOf(limit: bigint | undefined): OciNumber {
  return limit === undefined ? UNLIMITED : toOciNumber(limit);
}
