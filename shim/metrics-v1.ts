// The counters of a version 1 cgroup as io.containerd.cgroups.v1.Metrics: which file a field comes from, and in which
// unit. Pure: texts of files in, a message out; a file that is missing leaves its fields at zero or absent.
// What the kernel does not tell through these files (network, states of tasks) stays absent, as in containerd.
import type { Init } from "../proto/codec.ts";
import type { BlkIOEntry, HugetlbStat, MemoryEntry, Metrics, RdmaEntry } from "../proto/gen/cgroups-v1.ts";
import { assignmentsOf, fieldsOf, linesOf, numberOf } from "./cgroup-text.ts";

/** The text of a file of one controller's group; undefined when there is none. */
export type ReadV1 = (controller: string, name: string) => string | undefined;

export interface V1Sources {
  readonly read: ReadV1;
  /** Page sizes for which there may be counters: "2MB", "1GB". */
  readonly hugePageSizes: readonly string[];
  /** Text of /proc/partitions: names of the block devices. */
  readonly partitions?: string | undefined;
}

/** cpuacct.stat counts in ticks of 1/100 s (USER_HZ), whatever the kernel's own clock is. */
const NANOSECONDS_PER_TICK = 10_000_000n;

/** The message for what `read` finds. */
export function metricsV1(sources: V1Sources): Init<Metrics> {
  const { read } = sources;
  return {
    hugetlb: sources.hugePageSizes.flatMap((size) => hugetlb(read, size)),
    pids: pids(read),
    cpu: cpu(read),
    memory: memory(read),
    blkio: blkio(read, devicesIn(sources.partitions)),
    rdma: rdma(read),
    network: [],
    memoryOomControl: oomControl(read),
  };
}

function pids(read: ReadV1): Init<Metrics>["pids"] {
  const current = numberOf(read("pids", "pids.current"));
  return current === undefined ? undefined : { current, limit: numberOf(read("pids", "pids.max")) };
}

function cpu(read: ReadV1): Init<Metrics>["cpu"] {
  const total = numberOf(read("cpuacct", "cpuacct.usage"));
  const throttling = fieldsOf(read("cpu", "cpu.stat"));
  if (total === undefined && throttling.size === 0) return undefined;
  const ticks = fieldsOf(read("cpuacct", "cpuacct.stat"));
  return {
    usage: {
      total,
      kernel: (ticks.get("system") ?? 0n) * NANOSECONDS_PER_TICK,
      user: (ticks.get("user") ?? 0n) * NANOSECONDS_PER_TICK,
      perCpu: (read("cpuacct", "cpuacct.usage_percpu") ?? "")
        .split(/\s+/)
        .flatMap((word) => numberOf(word) ?? []),
    },
    throttling: {
      periods: throttling.get("nr_periods"),
      throttledPeriods: throttling.get("nr_throttled"),
      throttledTime: throttling.get("throttled_time"),
    },
  };
}

function memory(read: ReadV1): Init<Metrics>["memory"] {
  const stat = fieldsOf(read("memory", "memory.stat"));
  if (stat.size === 0) return undefined;
  return {
    cache: stat.get("cache"),
    rss: stat.get("rss"),
    rssHuge: stat.get("rss_huge"),
    mappedFile: stat.get("mapped_file"),
    dirty: stat.get("dirty"),
    writeback: stat.get("writeback"),
    pgPgIn: stat.get("pgpgin"),
    pgPgOut: stat.get("pgpgout"),
    pgFault: stat.get("pgfault"),
    pgMajFault: stat.get("pgmajfault"),
    inactiveAnon: stat.get("inactive_anon"),
    activeAnon: stat.get("active_anon"),
    inactiveFile: stat.get("inactive_file"),
    activeFile: stat.get("active_file"),
    unevictable: stat.get("unevictable"),
    hierarchicalMemoryLimit: stat.get("hierarchical_memory_limit"),
    hierarchicalSwapLimit: stat.get("hierarchical_memsw_limit"),
    totalCache: stat.get("total_cache"),
    totalRss: stat.get("total_rss"),
    totalRssHuge: stat.get("total_rss_huge"),
    totalMappedFile: stat.get("total_mapped_file"),
    totalDirty: stat.get("total_dirty"),
    totalWriteback: stat.get("total_writeback"),
    totalPgPgIn: stat.get("total_pgpgin"),
    totalPgPgOut: stat.get("total_pgpgout"),
    totalPgFault: stat.get("total_pgfault"),
    totalPgMajFault: stat.get("total_pgmajfault"),
    totalInactiveAnon: stat.get("total_inactive_anon"),
    totalActiveAnon: stat.get("total_active_anon"),
    totalInactiveFile: stat.get("total_inactive_file"),
    totalActiveFile: stat.get("total_active_file"),
    totalUnevictable: stat.get("total_unevictable"),
    usage: memoryEntry(read, "memory"),
    swap: memoryEntry(read, "memory.memsw"),
    kernel: memoryEntry(read, "memory.kmem"),
    kernelTcp: memoryEntry(read, "memory.kmem.tcp"),
  };
}

/** Absent where the kernel does not account it: swap without swapaccount, kernel memory on recent ones. */
function memoryEntry(read: ReadV1, prefix: string): Init<MemoryEntry> | undefined {
  const usage = numberOf(read("memory", `${prefix}.usage_in_bytes`));
  if (usage === undefined) return undefined;
  return {
    usage,
    limit: numberOf(read("memory", `${prefix}.limit_in_bytes`)),
    max: numberOf(read("memory", `${prefix}.max_usage_in_bytes`)),
    failcnt: numberOf(read("memory", `${prefix}.failcnt`)),
  };
}

function oomControl(read: ReadV1): Init<Metrics>["memoryOomControl"] {
  const control = fieldsOf(read("memory", "memory.oom_control"));
  if (control.size === 0) return undefined;
  return {
    oomKillDisable: control.get("oom_kill_disable"),
    underOom: control.get("under_oom"),
    oomKill: control.get("oom_kill"),
  };
}

function hugetlb(read: ReadV1, pagesize: string): Init<HugetlbStat>[] {
  const usage = numberOf(read("hugetlb", `hugetlb.${pagesize}.usage_in_bytes`));
  if (usage === undefined) return [];
  const max = numberOf(read("hugetlb", `hugetlb.${pagesize}.max_usage_in_bytes`));
  const failcnt = numberOf(read("hugetlb", `hugetlb.${pagesize}.failcnt`));
  return [{ pagesize, usage, max, failcnt }];
}

type Devices = ReadonlyMap<string, string>;

// The elevator that serves the disk counts (bfq; cfq up to Linux 4); where none does, the throttling layer counts
// operations and bytes.
function blkio(read: ReadV1, devices: Devices): Init<Metrics>["blkio"] {
  const list = (...names: string[]): Init<BlkIOEntry>[] => {
    for (const name of names) {
      const entries = blkioEntries(read("blkio", `blkio.${name}`), devices);
      if (entries.length > 0) return entries;
    }
    return [];
  };
  return {
    ioServiceBytesRecursive: list(
      "io_service_bytes_recursive",
      "bfq.io_service_bytes_recursive",
      "throttle.io_service_bytes_recursive",
      "throttle.io_service_bytes",
    ),
    ioServicedRecursive: list(
      "io_serviced_recursive",
      "bfq.io_serviced_recursive",
      "throttle.io_serviced_recursive",
      "throttle.io_serviced",
    ),
    ioQueuedRecursive: list("io_queued_recursive", "bfq.io_queued_recursive"),
    ioServiceTimeRecursive: list("io_service_time_recursive", "bfq.io_service_time_recursive"),
    ioWaitTimeRecursive: list("io_wait_time_recursive", "bfq.io_wait_time_recursive"),
    ioMergedRecursive: list("io_merged_recursive", "bfq.io_merged_recursive"),
    ioTimeRecursive: list("time_recursive", "bfq.time_recursive"),
    sectorsRecursive: list("sectors_recursive", "bfq.sectors_recursive"),
  };
}

/** Lines of "8:0 Read 123" or "8:0 123"; the sum over all devices, "Total 123", is left out. */
function blkioEntries(text: string | undefined, devices: Devices): Init<BlkIOEntry>[] {
  return linesOf(text).flatMap((line) => {
    const match = /^(\d+):(\d+)(?: (\w+))? (\d+)$/.exec(line);
    if (match === null) return [];
    const [, major = "0", minor = "0", op = "", value = "0"] = match;
    const device = devices.get(`${major}:${minor}`) ?? "";
    return [{ op, device, major: BigInt(major), minor: BigInt(minor), value: BigInt(value) }];
  });
}

/** "major:minor" → "/dev/name". */
function devicesIn(partitions: string | undefined): Devices {
  const devices = new Map<string, string>();
  for (const line of linesOf(partitions)) {
    const match = /^\s*(\d+)\s+(\d+)\s+\d+\s+(\S+)$/.exec(line);
    if (match !== null) devices.set(`${match[1]}:${match[2]}`, `/dev/${match[3]}`);
  }
  return devices;
}

function rdma(read: ReadV1): Init<Metrics>["rdma"] {
  const current = rdmaEntries(read("rdma", "rdma.current"));
  const limit = rdmaEntries(read("rdma", "rdma.max"));
  return current.length + limit.length === 0 ? undefined : { current, limit };
}

/** Lines of "mlx4_0 hca_handle=2 hca_object=max"; both versions have them. "max" is the greatest uint32 here. */
export function rdmaEntries(text: string | undefined): Init<RdmaEntry>[] {
  const number = (value: bigint | undefined): number => Number(BigInt.asUintN(32, value ?? 0n));
  return [...assignmentsOf(text)].map(([device, values]) => ({
    device,
    hcaHandles: number(values.get("hca_handle")),
    hcaObjects: number(values.get("hca_object")),
  }));
}
