// What a container may use up, from docker's options to the resources of a specification. One structure for both versions
// of cgroups: the OCI runtime translates. What this host cannot limit is refused here, by the flag that asked for it; a
// limit that nobody asked for (swap beside memory) is left out instead.
import type { HostFacts } from "./host-facts.ts";
import { formatNumberList } from "./number-list.ts";
import { refusal, type Written } from "./refusal.ts";
import type { OciBlockIo, OciDeviceRule, OciResources, OciThrottle } from "./spec.ts";

/** A value, and how it was written. */
export interface Wish<T> extends Written {
  readonly is: T;
}

/** What was asked for. Sizes in bytes; -1 is "no limit". */
export interface ResourceWish {
  readonly memory?: Wish<number> | undefined;
  readonly memoryReservation?: Wish<number> | undefined;
  /** Memory and swap together, as docker counts. */
  readonly memorySwap?: Wish<number> | undefined;
  /** Processors: 1.5. */
  readonly cpus?: Wish<number> | undefined;
  readonly cpuShares?: Wish<number> | undefined;
  /** Microseconds in each period. */
  readonly cpuQuota?: Wish<number> | undefined;
  readonly cpuPeriod?: Wish<number> | undefined;
  readonly cpusetCpus?: Wish<readonly number[]> | undefined;
  readonly cpusetMems?: Wish<readonly number[]> | undefined;
  readonly pids?: Wish<number> | undefined;
  /** 10 to 1000. */
  readonly ioWeight?: Wish<number> | undefined;
  readonly readBytes?: readonly Wish<OciThrottle>[];
  readonly writeBytes?: readonly Wish<OciThrottle>[];
  readonly readOperations?: readonly Wish<OciThrottle>[];
  readonly writeOperations?: readonly Wish<OciThrottle>[];
}

/** Less memory, and a runtime cannot even start the program. docker's least. */
const LEAST_MEMORY = 6 * 1024 * 1024;
const PERIOD_US = 100_000;
const LEAST_QUOTA_US = 1_000;

/** Decides. `deviceRules` are passed on. */
export function decideResources(
  wish: ResourceWish,
  deviceRules: OciDeviceRule[],
  host: HostFacts,
): OciResources {
  const memory = decideMemory(wish, host);
  const cpu = decideCpu(wish, host);
  const blockIO = decideIo(wish, host);
  const { pids } = wish;
  if (pids !== undefined) requireController(pids, "pids", host);
  return {
    devices: deviceRules,
    ...(isEmpty(memory) ? {} : { memory }),
    ...(isEmpty(cpu) ? {} : { cpu }),
    ...(pids === undefined ? {} : { pids: { limit: pids.is } }),
    ...(isEmpty(blockIO) ? {} : { blockIO }),
  };
}

function decideMemory(
  { memory, memoryReservation, memorySwap }: ResourceWish,
  host: HostFacts,
): NonNullable<OciResources["memory"]> {
  for (const wish of [memory, memoryReservation]) {
    if (wish === undefined) continue;
    requireController(wish, "memory", host);
    if (wish.is < LEAST_MEMORY)
      throw refusal(wish, "less than the least of 6 MiB", 'write more, such as "64m"');
  }
  if (memory !== undefined && memoryReservation !== undefined && memoryReservation.is > memory.is) {
    throw refusal(memoryReservation, `more than --memory (${memory.value})`, "reserve at most the limit");
  }
  const swap = decideSwap(memory, memorySwap, host);
  return {
    ...(memory === undefined ? {} : { limit: memory.is }),
    ...(memoryReservation === undefined ? {} : { reservation: memoryReservation.is }),
    ...(swap === undefined ? {} : { swap }),
  };
}

// Unasked, as much swap as memory: docker's rule.
function decideSwap(
  memory: Wish<number> | undefined,
  memorySwap: Wish<number> | undefined,
  host: HostFacts,
): number | undefined {
  if (memorySwap === undefined) {
    return memory === undefined || !host.hasSwapLimit ? undefined : memory.is * 2;
  }
  if (memory === undefined) throw refusal(memorySwap, "it is memory and swap together", "also give --memory");
  if (!host.hasSwapLimit) {
    throw refusal(
      memorySwap,
      "this kernel does not count the swap of cgroups",
      "leave it out, or boot with swapaccount=1",
    );
  }
  if (memorySwap.is !== -1 && memorySwap.is < memory.is) {
    throw refusal(
      memorySwap,
      `it is memory and swap together, and less than --memory (${memory.value})`,
      `write at least ${memory.value}; the same means no swap`,
    );
  }
  return memorySwap.is;
}

function decideCpu(wish: ResourceWish, host: HostFacts): NonNullable<OciResources["cpu"]> {
  const { cpus, cpuShares, cpuQuota, cpuPeriod, cpusetCpus, cpusetMems } = wish;
  for (const one of [cpus, cpuShares, cpuQuota, cpuPeriod]) if (one) requireController(one, "cpu", host);
  if (cpus !== undefined && (cpuQuota ?? cpuPeriod) !== undefined) {
    throw refusal(cpus, "it is another word for --cpu-quota and --cpu-period", "use one or the other");
  }
  if (cpus !== undefined && cpus.is > host.cpus.length) {
    throw refusal(cpus, `this host has ${host.cpus.length}`, `write at most ${host.cpus.length}`);
  }
  // A quota is whole microseconds, and the kernel takes none below a millisecond.
  const quota = cpus === undefined ? cpuQuota?.is : Math.round(cpus.is * PERIOD_US);
  if (quota !== undefined && quota !== -1 && quota < LEAST_QUOTA_US) {
    throw refusal(cpus ?? cpuQuota ?? { flag: "--cpus" }, "less than the least of 0.01", "write more");
  }
  const period = cpus === undefined ? cpuPeriod?.is : PERIOD_US;
  return {
    ...(cpuShares === undefined ? {} : { shares: cpuShares.is }),
    ...(quota === undefined ? {} : { quota }),
    ...(period === undefined ? {} : { period }),
    ...(cpusetCpus === undefined ? {} : { cpus: setOf(cpusetCpus, "processor", host.cpus, host) }),
    ...(cpusetMems === undefined ? {} : { mems: setOf(cpusetMems, "memory node", host.memoryNodes, host) }),
  };
}

function setOf(
  wish: Wish<readonly number[]>,
  what: string,
  online: readonly number[],
  host: HostFacts,
): string {
  requireController(wish, "cpuset", host);
  const missing = wish.is.filter((number) => !online.includes(number));
  if (missing.length === 0) return formatNumberList(wish.is);
  throw refusal(
    wish,
    `this host has no ${what} ${formatNumberList(missing)}`,
    `choose from ${formatNumberList(online)}`,
  );
}

function decideIo(wish: ResourceWish, host: HostFacts): OciBlockIo {
  const { ioWeight } = wish;
  if (ioWeight !== undefined) {
    requireController(ioWeight, "io", host);
    if (!host.hasIoWeight) {
      throw refusal(
        ioWeight,
        "the disks of this host have no weights",
        "leave it out, or load the scheduler bfq",
      );
    }
  }
  const throttles = (list: readonly Wish<OciThrottle>[] = []): OciThrottle[] =>
    list.map((one) => {
      requireController(one, "io", host);
      return one.is;
    });
  const all = {
    throttleReadBpsDevice: throttles(wish.readBytes),
    throttleWriteBpsDevice: throttles(wish.writeBytes),
    throttleReadIOPSDevice: throttles(wish.readOperations),
    throttleWriteIOPSDevice: throttles(wish.writeOperations),
  };
  return {
    ...(ioWeight === undefined ? {} : { weight: ioWeight.is }),
    ...Object.fromEntries(Object.entries(all).filter(([, list]) => list.length > 0)),
  };
}

function requireController(wish: Written, controller: string, host: HostFacts): void {
  if (host.controllers.has(controller)) return;
  throw refusal(
    wish,
    `this host has no cgroup controller ${JSON.stringify(controller)}`,
    "leave it out, or turn the controller on",
  );
}

function isEmpty(object: object): boolean {
  return Object.keys(object).length === 0;
}
