// `--ulimit nofile=1024:2048`: a limit's name, the soft and the hard value. One value is both; -1 and unlimited are none.
import { refusal } from "../../oci/refusal.ts";
import { LIMITS, type UlimitWish } from "../../oci/rlimits.ts";

/** Takes it apart. */
export function parseUlimit(flag: string, value: string): UlimitWish {
  const [, name = "", soft = "", hard = soft] = /^([^=]*)=([^:]*)(?::(.*))?$/.exec(value) ?? [];
  const written = { flag, value };
  if (!LIMITS.includes(name)) {
    throw refusal(
      written,
      `there is no limit ${JSON.stringify(name)}`,
      `write one of ${LIMITS.join(", ")} with "=" and a number`,
    );
  }
  const [low, high] = [limitOf(soft), limitOf(hard)];
  if (low === null || high === null) {
    throw refusal(written, "a limit is a number", "write soft or soft:hard, with -1 for none");
  }
  if (high !== undefined && (low === undefined || low > high)) {
    throw refusal(written, "the soft limit is above the hard one", "write the smaller one first");
  }
  return { ...written, type: `RLIMIT_${name.toUpperCase()}`, soft: low, hard: high };
}

// Null is none that is understood; undefined is no limit.
function limitOf(text: string): bigint | undefined | null {
  if (text === "-1" || text === "unlimited") return undefined;
  return /^\d{1,18}$/.test(text) ? BigInt(text) : null;
}
