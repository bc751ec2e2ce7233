// What the flags say that limit a container, for `run`, `create` and `update`.
import type { ResourceWish, Wish } from "../oci/resources.ts";
import type { Flags } from "./flags.ts";
import { parseCpuset } from "./values/cpuset.ts";
import { parseIoLimit } from "./values/io-limit.ts";
import { parseMemoryLimit, parseMemorySize } from "./values/memory-size.ts";
import { parseCpus, parseInteger, parsePidsLimit } from "./values/number.ts";

/** The wish. */
export function resourceWish(flags: Flags): ResourceWish {
  const size = (flag: string) => unlessZero(flags.wish(flag, parseMemorySize));
  const count = (flag: string, min: number, max: number) =>
    unlessZero(flags.wish(flag, (name, value) => parseInteger(name, value, min, max)));
  const rates = (flag: string, unit: "bytes" | "operations") =>
    flags.many(flag, (name, value) => parseIoLimit(name, value, unit));
  return {
    memory: size("--memory"),
    memoryReservation: size("--memory-reservation"),
    memorySwap: unlessZero(flags.wish("--memory-swap", parseMemoryLimit)),
    cpus: flags.text("--cpus") === "0" ? undefined : flags.wish("--cpus", parseCpus),
    cpuShares: count("--cpu-shares", 0, 262_144),
    cpuQuota: count("--cpu-quota", -1, 1e12),
    cpuPeriod: count("--cpu-period", 0, 1_000_000),
    cpusetCpus: flags.wish("--cpuset-cpus", parseCpuset),
    cpusetMems: flags.wish("--cpuset-mems", parseCpuset),
    pids: flags.wish("--pids-limit", parsePidsLimit),
    ioWeight: count("--blkio-weight", 0, 1_000),
    readBytes: rates("--device-read-bps", "bytes"),
    writeBytes: rates("--device-write-bps", "bytes"),
    readOperations: rates("--device-read-iops", "operations"),
    writeOperations: rates("--device-write-iops", "operations"),
  };
}

// docker's way to say "as it is by default".
function unlessZero(wish: Wish<number> | undefined): Wish<number> | undefined {
  return wish?.is === 0 ? undefined : wish;
}
