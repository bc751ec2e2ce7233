// Bytes that passed the interfaces of a network namespace, as /proc/<pid>/net/dev of a process in it tells them; its loopback is
// not counted.
import { readFileSync } from "node:fs";

/** Bytes since the interfaces came up. */
export interface NetworkCounters {
  readonly receivedBytes: bigint;
  readonly sentBytes: bigint;
}

/** Of the namespace of a process on this machine; undefined when it is gone. */
export function networkCountersOf(pid: number): NetworkCounters | undefined {
  try {
    return parseNetDev(readFileSync(`/proc/${pid}/net/dev`, "utf8"));
  } catch {
    return undefined;
  }
}

/** Reads net/dev: two lines of headings, then `name: received bytes … sent bytes …`; the ninth number is sent bytes (proc(5)). Pure. */
export function parseNetDev(text: string): NetworkCounters {
  let [receivedBytes, sentBytes] = [0n, 0n];
  for (const line of text.split("\n").slice(2)) {
    const [, name, numbers = ""] = /^\s*([^:]+):(.*)$/.exec(line) ?? [];
    if (name === undefined || name === "lo") continue;
    const fields = numbers.trim().split(/\s+/);
    receivedBytes += BigInt(fields[0] ?? 0);
    sentBytes += BigInt(fields[8] ?? 0);
  }
  return { receivedBytes, sentBytes };
}
