// Generated from proto/cgroups-v1.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// What the controllers of cgroup v1 count. Sizes are bytes and times nanoseconds, unless said.
// A limit that is not set is the greatest number of 64 bits, or what the kernel shows for it.
import type { Codec } from "../codec.ts";
import { codec, copyList, createList, halves, readMessage, readPacked, readUint64, writeMessage, writeString } from "../codec-runtime.ts";

/** All counters of a cgroup. A controller that is not there is absent. */
export interface Metrics {
  /** Huge pages, by size of page. */
  hugetlb: HugetlbStat[];
  /** Processes. */
  pids?: PidsStat | undefined;
  /** Processor time. */
  cpu?: CPUStat | undefined;
  /** Memory. */
  memory?: MemoryStat | undefined;
  /** Block devices. */
  blkio?: BlkIOStat | undefined;
  /** Remote memory access. */
  rdma?: RdmaStat | undefined;
  /** Network interfaces. */
  network: NetworkStat[];
  /** Tasks by state. */
  cgroupStats?: CgroupStats | undefined;
  /** The out-of-memory killer. */
  memoryOomControl?: MemoryOomControl | undefined;
}

/** Codec of `io.containerd.cgroups.v1.Metrics`. */
export const Metrics: Codec<Metrics> = /* @__PURE__ */ codec<Metrics>({
  typeName: "io.containerd.cgroups.v1.Metrics",
  create: (init) => ({
    hugetlb: createList(HugetlbStat, init.hugetlb),
    pids: init.pids && PidsStat.create(init.pids),
    cpu: init.cpu && CPUStat.create(init.cpu),
    memory: init.memory && MemoryStat.create(init.memory),
    blkio: init.blkio && BlkIOStat.create(init.blkio),
    rdma: init.rdma && RdmaStat.create(init.rdma),
    network: createList(NetworkStat, init.network),
    cgroupStats: init.cgroupStats && CgroupStats.create(init.cgroupStats),
    memoryOomControl: init.memoryOomControl && MemoryOomControl.create(init.memoryOomControl),
  }),
  write(message, writer) {
    if (message.hugetlb) for (const item of message.hugetlb) writeMessage(writer, 10, HugetlbStat, item);
    if (message.pids !== undefined) writeMessage(writer, 18, PidsStat, message.pids);
    if (message.cpu !== undefined) writeMessage(writer, 26, CPUStat, message.cpu);
    if (message.memory !== undefined) writeMessage(writer, 34, MemoryStat, message.memory);
    if (message.blkio !== undefined) writeMessage(writer, 42, BlkIOStat, message.blkio);
    if (message.rdma !== undefined) writeMessage(writer, 50, RdmaStat, message.rdma);
    if (message.network) for (const item of message.network) writeMessage(writer, 58, NetworkStat, item);
    if (message.cgroupStats !== undefined) writeMessage(writer, 66, CgroupStats, message.cgroupStats);
    if (message.memoryOomControl !== undefined) writeMessage(writer, 74, MemoryOomControl, message.memoryOomControl);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.hugetlb.push(readMessage(HugetlbStat, reader));
        break;
      case 18:
        message.pids = readMessage(PidsStat, reader);
        break;
      case 26:
        message.cpu = readMessage(CPUStat, reader);
        break;
      case 34:
        message.memory = readMessage(MemoryStat, reader);
        break;
      case 42:
        message.blkio = readMessage(BlkIOStat, reader);
        break;
      case 50:
        message.rdma = readMessage(RdmaStat, reader);
        break;
      case 58:
        message.network.push(readMessage(NetworkStat, reader));
        break;
      case 66:
        message.cgroupStats = readMessage(CgroupStats, reader);
        break;
      case 74:
        message.memoryOomControl = readMessage(MemoryOomControl, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Huge pages of one size. */
export interface HugetlbStat {
  /** In use. */
  usage: bigint;
  /** The most that was in use. */
  max: bigint;
  /** How often the limit was hit. */
  failcnt: bigint;
  /** The size: `2MB`. */
  pagesize: string;
}

/** Codec of `io.containerd.cgroups.v1.HugetlbStat`. */
export const HugetlbStat: Codec<HugetlbStat> = /* @__PURE__ */ codec<HugetlbStat>({
  typeName: "io.containerd.cgroups.v1.HugetlbStat",
  create: (init) => ({
    usage: init.usage ?? 0n,
    max: init.max ?? 0n,
    failcnt: init.failcnt ?? 0n,
    pagesize: init.pagesize ?? "",
  }),
  write(message, writer) {
    if (message.usage) writer.uint32(8).uint64(halves(message.usage));
    if (message.max) writer.uint32(16).uint64(halves(message.max));
    if (message.failcnt) writer.uint32(24).uint64(halves(message.failcnt));
    if (message.pagesize) writeString(writer, 34, message.pagesize);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.usage = readUint64(reader);
        break;
      case 16:
        message.max = readUint64(reader);
        break;
      case 24:
        message.failcnt = readUint64(reader);
        break;
      case 34:
        message.pagesize = reader.string();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Processes in the cgroup. */
export interface PidsStat {
  /** How many there are. */
  current: bigint;
  /** How many there may be; 0 when there is no limit. */
  limit: bigint;
}

/** Codec of `io.containerd.cgroups.v1.PidsStat`. */
export const PidsStat: Codec<PidsStat> = /* @__PURE__ */ codec<PidsStat>({
  typeName: "io.containerd.cgroups.v1.PidsStat",
  create: (init) => ({
    current: init.current ?? 0n,
    limit: init.limit ?? 0n,
  }),
  write(message, writer) {
    if (message.current) writer.uint32(8).uint64(halves(message.current));
    if (message.limit) writer.uint32(16).uint64(halves(message.limit));
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.current = readUint64(reader);
        break;
      case 16:
        message.limit = readUint64(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Processor time. */
export interface CPUStat {
  /** Time used. */
  usage?: CPUUsage | undefined;
  /** Time refused. */
  throttling?: Throttle | undefined;
}

/** Codec of `io.containerd.cgroups.v1.CPUStat`. */
export const CPUStat: Codec<CPUStat> = /* @__PURE__ */ codec<CPUStat>({
  typeName: "io.containerd.cgroups.v1.CPUStat",
  create: (init) => ({
    usage: init.usage && CPUUsage.create(init.usage),
    throttling: init.throttling && Throttle.create(init.throttling),
  }),
  write(message, writer) {
    if (message.usage !== undefined) writeMessage(writer, 10, CPUUsage, message.usage);
    if (message.throttling !== undefined) writeMessage(writer, 18, Throttle, message.throttling);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.usage = readMessage(CPUUsage, reader);
        break;
      case 18:
        message.throttling = readMessage(Throttle, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Processor time used, in nanoseconds. */
export interface CPUUsage {
  /** All of it. */
  total: bigint;
  /** Of that, in the kernel. */
  kernel: bigint;
  /** Of that, in user space. */
  user: bigint;
  /** By processor. */
  perCpu: bigint[];
}

/** Codec of `io.containerd.cgroups.v1.CPUUsage`. */
export const CPUUsage: Codec<CPUUsage> = /* @__PURE__ */ codec<CPUUsage>({
  typeName: "io.containerd.cgroups.v1.CPUUsage",
  create: (init) => ({
    total: init.total ?? 0n,
    kernel: init.kernel ?? 0n,
    user: init.user ?? 0n,
    perCpu: copyList(init.perCpu),
  }),
  write(message, writer) {
    if (message.total) writer.uint32(8).uint64(halves(message.total));
    if (message.kernel) writer.uint32(16).uint64(halves(message.kernel));
    if (message.user) writer.uint32(24).uint64(halves(message.user));
    if (message.perCpu?.length) {
      writer.uint32(34).fork();
      for (const item of message.perCpu) writer.uint64(halves(item));
      writer.ldelim();
    }
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.total = readUint64(reader);
        break;
      case 16:
        message.kernel = readUint64(reader);
        break;
      case 24:
        message.user = readUint64(reader);
        break;
      case 32:
        message.perCpu.push(readUint64(reader));
        break;
      case 34:
        readPacked(reader, () => message.perCpu.push(readUint64(reader)));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Processor time refused because of a quota. */
export interface Throttle {
  /** Periods in which there was something to run. */
  periods: bigint;
  /** Of those, how many ran out of quota. */
  throttledPeriods: bigint;
  /** For how long it could not run. */
  throttledTime: bigint;
}

/** Codec of `io.containerd.cgroups.v1.Throttle`. */
export const Throttle: Codec<Throttle> = /* @__PURE__ */ codec<Throttle>({
  typeName: "io.containerd.cgroups.v1.Throttle",
  create: (init) => ({
    periods: init.periods ?? 0n,
    throttledPeriods: init.throttledPeriods ?? 0n,
    throttledTime: init.throttledTime ?? 0n,
  }),
  write(message, writer) {
    if (message.periods) writer.uint32(8).uint64(halves(message.periods));
    if (message.throttledPeriods) writer.uint32(16).uint64(halves(message.throttledPeriods));
    if (message.throttledTime) writer.uint32(24).uint64(halves(message.throttledTime));
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.periods = readUint64(reader);
        break;
      case 16:
        message.throttledPeriods = readUint64(reader);
        break;
      case 24:
        message.throttledTime = readUint64(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Memory, by use. Those with `total_` include the cgroups below. */
export interface MemoryStat {
  /** Page cache. */
  cache: bigint;
  /** Anonymous memory and swap cache. */
  rss: bigint;
  /** Anonymous memory in huge pages. */
  rssHuge: bigint;
  /** Files that are mapped. */
  mappedFile: bigint;
  /** Waiting to be written. */
  dirty: bigint;
  /** Being written. */
  writeback: bigint;
  /** Pages charged, a count. */
  pgPgIn: bigint;
  /** Pages uncharged, a count. */
  pgPgOut: bigint;
  /** Page faults, a count. */
  pgFault: bigint;
  /** Page faults that read a disk, a count. */
  pgMajFault: bigint;
  /** Anonymous memory not used lately. */
  inactiveAnon: bigint;
  /** Anonymous memory used lately. */
  activeAnon: bigint;
  /** File memory not used lately. */
  inactiveFile: bigint;
  /** File memory used lately. */
  activeFile: bigint;
  /** Memory that cannot be reclaimed. */
  unevictable: bigint;
  /** The least memory limit here and above. */
  hierarchicalMemoryLimit: bigint;
  /** The least limit of memory and swap here and above. */
  hierarchicalSwapLimit: bigint;
  /** As `cache`, with what is below. */
  totalCache: bigint;
  /** As `rss`, with what is below. */
  totalRss: bigint;
  /** As `rss_huge`, with what is below. */
  totalRssHuge: bigint;
  /** As `mapped_file`, with what is below. */
  totalMappedFile: bigint;
  /** As `dirty`, with what is below. */
  totalDirty: bigint;
  /** As `writeback`, with what is below. */
  totalWriteback: bigint;
  /** As `pg_pg_in`, with what is below. */
  totalPgPgIn: bigint;
  /** As `pg_pg_out`, with what is below. */
  totalPgPgOut: bigint;
  /** As `pg_fault`, with what is below. */
  totalPgFault: bigint;
  /** As `pg_maj_fault`, with what is below. */
  totalPgMajFault: bigint;
  /** As `inactive_anon`, with what is below. */
  totalInactiveAnon: bigint;
  /** As `active_anon`, with what is below. */
  totalActiveAnon: bigint;
  /** As `inactive_file`, with what is below. */
  totalInactiveFile: bigint;
  /** As `active_file`, with what is below. */
  totalActiveFile: bigint;
  /** As `unevictable`, with what is below. */
  totalUnevictable: bigint;
  /** Memory altogether. */
  usage?: MemoryEntry | undefined;
  /** Memory and swap. */
  swap?: MemoryEntry | undefined;
  /** Memory of the kernel. */
  kernel?: MemoryEntry | undefined;
  /** Memory of the kernel for TCP. */
  kernelTcp?: MemoryEntry | undefined;
}

/** Codec of `io.containerd.cgroups.v1.MemoryStat`. */
export const MemoryStat: Codec<MemoryStat> = /* @__PURE__ */ codec<MemoryStat>({
  typeName: "io.containerd.cgroups.v1.MemoryStat",
  create: (init) => ({
    cache: init.cache ?? 0n,
    rss: init.rss ?? 0n,
    rssHuge: init.rssHuge ?? 0n,
    mappedFile: init.mappedFile ?? 0n,
    dirty: init.dirty ?? 0n,
    writeback: init.writeback ?? 0n,
    pgPgIn: init.pgPgIn ?? 0n,
    pgPgOut: init.pgPgOut ?? 0n,
    pgFault: init.pgFault ?? 0n,
    pgMajFault: init.pgMajFault ?? 0n,
    inactiveAnon: init.inactiveAnon ?? 0n,
    activeAnon: init.activeAnon ?? 0n,
    inactiveFile: init.inactiveFile ?? 0n,
    activeFile: init.activeFile ?? 0n,
    unevictable: init.unevictable ?? 0n,
    hierarchicalMemoryLimit: init.hierarchicalMemoryLimit ?? 0n,
    hierarchicalSwapLimit: init.hierarchicalSwapLimit ?? 0n,
    totalCache: init.totalCache ?? 0n,
    totalRss: init.totalRss ?? 0n,
    totalRssHuge: init.totalRssHuge ?? 0n,
    totalMappedFile: init.totalMappedFile ?? 0n,
    totalDirty: init.totalDirty ?? 0n,
    totalWriteback: init.totalWriteback ?? 0n,
    totalPgPgIn: init.totalPgPgIn ?? 0n,
    totalPgPgOut: init.totalPgPgOut ?? 0n,
    totalPgFault: init.totalPgFault ?? 0n,
    totalPgMajFault: init.totalPgMajFault ?? 0n,
    totalInactiveAnon: init.totalInactiveAnon ?? 0n,
    totalActiveAnon: init.totalActiveAnon ?? 0n,
    totalInactiveFile: init.totalInactiveFile ?? 0n,
    totalActiveFile: init.totalActiveFile ?? 0n,
    totalUnevictable: init.totalUnevictable ?? 0n,
    usage: init.usage && MemoryEntry.create(init.usage),
    swap: init.swap && MemoryEntry.create(init.swap),
    kernel: init.kernel && MemoryEntry.create(init.kernel),
    kernelTcp: init.kernelTcp && MemoryEntry.create(init.kernelTcp),
  }),
  write(message, writer) {
    if (message.cache) writer.uint32(8).uint64(halves(message.cache));
    if (message.rss) writer.uint32(16).uint64(halves(message.rss));
    if (message.rssHuge) writer.uint32(24).uint64(halves(message.rssHuge));
    if (message.mappedFile) writer.uint32(32).uint64(halves(message.mappedFile));
    if (message.dirty) writer.uint32(40).uint64(halves(message.dirty));
    if (message.writeback) writer.uint32(48).uint64(halves(message.writeback));
    if (message.pgPgIn) writer.uint32(56).uint64(halves(message.pgPgIn));
    if (message.pgPgOut) writer.uint32(64).uint64(halves(message.pgPgOut));
    if (message.pgFault) writer.uint32(72).uint64(halves(message.pgFault));
    if (message.pgMajFault) writer.uint32(80).uint64(halves(message.pgMajFault));
    if (message.inactiveAnon) writer.uint32(88).uint64(halves(message.inactiveAnon));
    if (message.activeAnon) writer.uint32(96).uint64(halves(message.activeAnon));
    if (message.inactiveFile) writer.uint32(104).uint64(halves(message.inactiveFile));
    if (message.activeFile) writer.uint32(112).uint64(halves(message.activeFile));
    if (message.unevictable) writer.uint32(120).uint64(halves(message.unevictable));
    if (message.hierarchicalMemoryLimit) writer.uint32(128).uint64(halves(message.hierarchicalMemoryLimit));
    if (message.hierarchicalSwapLimit) writer.uint32(136).uint64(halves(message.hierarchicalSwapLimit));
    if (message.totalCache) writer.uint32(144).uint64(halves(message.totalCache));
    if (message.totalRss) writer.uint32(152).uint64(halves(message.totalRss));
    if (message.totalRssHuge) writer.uint32(160).uint64(halves(message.totalRssHuge));
    if (message.totalMappedFile) writer.uint32(168).uint64(halves(message.totalMappedFile));
    if (message.totalDirty) writer.uint32(176).uint64(halves(message.totalDirty));
    if (message.totalWriteback) writer.uint32(184).uint64(halves(message.totalWriteback));
    if (message.totalPgPgIn) writer.uint32(192).uint64(halves(message.totalPgPgIn));
    if (message.totalPgPgOut) writer.uint32(200).uint64(halves(message.totalPgPgOut));
    if (message.totalPgFault) writer.uint32(208).uint64(halves(message.totalPgFault));
    if (message.totalPgMajFault) writer.uint32(216).uint64(halves(message.totalPgMajFault));
    if (message.totalInactiveAnon) writer.uint32(224).uint64(halves(message.totalInactiveAnon));
    if (message.totalActiveAnon) writer.uint32(232).uint64(halves(message.totalActiveAnon));
    if (message.totalInactiveFile) writer.uint32(240).uint64(halves(message.totalInactiveFile));
    if (message.totalActiveFile) writer.uint32(248).uint64(halves(message.totalActiveFile));
    if (message.totalUnevictable) writer.uint32(256).uint64(halves(message.totalUnevictable));
    if (message.usage !== undefined) writeMessage(writer, 266, MemoryEntry, message.usage);
    if (message.swap !== undefined) writeMessage(writer, 274, MemoryEntry, message.swap);
    if (message.kernel !== undefined) writeMessage(writer, 282, MemoryEntry, message.kernel);
    if (message.kernelTcp !== undefined) writeMessage(writer, 290, MemoryEntry, message.kernelTcp);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.cache = readUint64(reader);
        break;
      case 16:
        message.rss = readUint64(reader);
        break;
      case 24:
        message.rssHuge = readUint64(reader);
        break;
      case 32:
        message.mappedFile = readUint64(reader);
        break;
      case 40:
        message.dirty = readUint64(reader);
        break;
      case 48:
        message.writeback = readUint64(reader);
        break;
      case 56:
        message.pgPgIn = readUint64(reader);
        break;
      case 64:
        message.pgPgOut = readUint64(reader);
        break;
      case 72:
        message.pgFault = readUint64(reader);
        break;
      case 80:
        message.pgMajFault = readUint64(reader);
        break;
      case 88:
        message.inactiveAnon = readUint64(reader);
        break;
      case 96:
        message.activeAnon = readUint64(reader);
        break;
      case 104:
        message.inactiveFile = readUint64(reader);
        break;
      case 112:
        message.activeFile = readUint64(reader);
        break;
      case 120:
        message.unevictable = readUint64(reader);
        break;
      case 128:
        message.hierarchicalMemoryLimit = readUint64(reader);
        break;
      case 136:
        message.hierarchicalSwapLimit = readUint64(reader);
        break;
      case 144:
        message.totalCache = readUint64(reader);
        break;
      case 152:
        message.totalRss = readUint64(reader);
        break;
      case 160:
        message.totalRssHuge = readUint64(reader);
        break;
      case 168:
        message.totalMappedFile = readUint64(reader);
        break;
      case 176:
        message.totalDirty = readUint64(reader);
        break;
      case 184:
        message.totalWriteback = readUint64(reader);
        break;
      case 192:
        message.totalPgPgIn = readUint64(reader);
        break;
      case 200:
        message.totalPgPgOut = readUint64(reader);
        break;
      case 208:
        message.totalPgFault = readUint64(reader);
        break;
      case 216:
        message.totalPgMajFault = readUint64(reader);
        break;
      case 224:
        message.totalInactiveAnon = readUint64(reader);
        break;
      case 232:
        message.totalActiveAnon = readUint64(reader);
        break;
      case 240:
        message.totalInactiveFile = readUint64(reader);
        break;
      case 248:
        message.totalActiveFile = readUint64(reader);
        break;
      case 256:
        message.totalUnevictable = readUint64(reader);
        break;
      case 266:
        message.usage = readMessage(MemoryEntry, reader);
        break;
      case 274:
        message.swap = readMessage(MemoryEntry, reader);
        break;
      case 282:
        message.kernel = readMessage(MemoryEntry, reader);
        break;
      case 290:
        message.kernelTcp = readMessage(MemoryEntry, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** One kind of memory against its limit. */
export interface MemoryEntry {
  /** The limit. */
  limit: bigint;
  /** In use. */
  usage: bigint;
  /** The most that was in use. */
  max: bigint;
  /** How often the limit was hit. */
  failcnt: bigint;
}

/** Codec of `io.containerd.cgroups.v1.MemoryEntry`. */
export const MemoryEntry: Codec<MemoryEntry> = /* @__PURE__ */ codec<MemoryEntry>({
  typeName: "io.containerd.cgroups.v1.MemoryEntry",
  create: (init) => ({
    limit: init.limit ?? 0n,
    usage: init.usage ?? 0n,
    max: init.max ?? 0n,
    failcnt: init.failcnt ?? 0n,
  }),
  write(message, writer) {
    if (message.limit) writer.uint32(8).uint64(halves(message.limit));
    if (message.usage) writer.uint32(16).uint64(halves(message.usage));
    if (message.max) writer.uint32(24).uint64(halves(message.max));
    if (message.failcnt) writer.uint32(32).uint64(halves(message.failcnt));
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.limit = readUint64(reader);
        break;
      case 16:
        message.usage = readUint64(reader);
        break;
      case 24:
        message.max = readUint64(reader);
        break;
      case 32:
        message.failcnt = readUint64(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The out-of-memory killer in the cgroup. */
export interface MemoryOomControl {
  /** 1 when it is switched off. */
  oomKillDisable: bigint;
  /** 1 while processes wait for memory. */
  underOom: bigint;
  /** How many processes it killed. */
  oomKill: bigint;
}

/** Codec of `io.containerd.cgroups.v1.MemoryOomControl`. */
export const MemoryOomControl: Codec<MemoryOomControl> = /* @__PURE__ */ codec<MemoryOomControl>({
  typeName: "io.containerd.cgroups.v1.MemoryOomControl",
  create: (init) => ({
    oomKillDisable: init.oomKillDisable ?? 0n,
    underOom: init.underOom ?? 0n,
    oomKill: init.oomKill ?? 0n,
  }),
  write(message, writer) {
    if (message.oomKillDisable) writer.uint32(8).uint64(halves(message.oomKillDisable));
    if (message.underOom) writer.uint32(16).uint64(halves(message.underOom));
    if (message.oomKill) writer.uint32(24).uint64(halves(message.oomKill));
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.oomKillDisable = readUint64(reader);
        break;
      case 16:
        message.underOom = readUint64(reader);
        break;
      case 24:
        message.oomKill = readUint64(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Use of block devices, with what is below. */
export interface BlkIOStat {
  /** Bytes moved. */
  ioServiceBytesRecursive: BlkIOEntry[];
  /** Requests done. */
  ioServicedRecursive: BlkIOEntry[];
  /** Requests waiting. */
  ioQueuedRecursive: BlkIOEntry[];
  /** Time from dispatch to completion. */
  ioServiceTimeRecursive: BlkIOEntry[];
  /** Time in queues. */
  ioWaitTimeRecursive: BlkIOEntry[];
  /** Requests merged. */
  ioMergedRecursive: BlkIOEntry[];
  /** Time the device was had. */
  ioTimeRecursive: BlkIOEntry[];
  /** Sectors moved. */
  sectorsRecursive: BlkIOEntry[];
}

/** Codec of `io.containerd.cgroups.v1.BlkIOStat`. */
export const BlkIOStat: Codec<BlkIOStat> = /* @__PURE__ */ codec<BlkIOStat>({
  typeName: "io.containerd.cgroups.v1.BlkIOStat",
  create: (init) => ({
    ioServiceBytesRecursive: createList(BlkIOEntry, init.ioServiceBytesRecursive),
    ioServicedRecursive: createList(BlkIOEntry, init.ioServicedRecursive),
    ioQueuedRecursive: createList(BlkIOEntry, init.ioQueuedRecursive),
    ioServiceTimeRecursive: createList(BlkIOEntry, init.ioServiceTimeRecursive),
    ioWaitTimeRecursive: createList(BlkIOEntry, init.ioWaitTimeRecursive),
    ioMergedRecursive: createList(BlkIOEntry, init.ioMergedRecursive),
    ioTimeRecursive: createList(BlkIOEntry, init.ioTimeRecursive),
    sectorsRecursive: createList(BlkIOEntry, init.sectorsRecursive),
  }),
  write(message, writer) {
    if (message.ioServiceBytesRecursive) for (const item of message.ioServiceBytesRecursive) writeMessage(writer, 10, BlkIOEntry, item);
    if (message.ioServicedRecursive) for (const item of message.ioServicedRecursive) writeMessage(writer, 18, BlkIOEntry, item);
    if (message.ioQueuedRecursive) for (const item of message.ioQueuedRecursive) writeMessage(writer, 26, BlkIOEntry, item);
    if (message.ioServiceTimeRecursive) for (const item of message.ioServiceTimeRecursive) writeMessage(writer, 34, BlkIOEntry, item);
    if (message.ioWaitTimeRecursive) for (const item of message.ioWaitTimeRecursive) writeMessage(writer, 42, BlkIOEntry, item);
    if (message.ioMergedRecursive) for (const item of message.ioMergedRecursive) writeMessage(writer, 50, BlkIOEntry, item);
    if (message.ioTimeRecursive) for (const item of message.ioTimeRecursive) writeMessage(writer, 58, BlkIOEntry, item);
    if (message.sectorsRecursive) for (const item of message.sectorsRecursive) writeMessage(writer, 66, BlkIOEntry, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.ioServiceBytesRecursive.push(readMessage(BlkIOEntry, reader));
        break;
      case 18:
        message.ioServicedRecursive.push(readMessage(BlkIOEntry, reader));
        break;
      case 26:
        message.ioQueuedRecursive.push(readMessage(BlkIOEntry, reader));
        break;
      case 34:
        message.ioServiceTimeRecursive.push(readMessage(BlkIOEntry, reader));
        break;
      case 42:
        message.ioWaitTimeRecursive.push(readMessage(BlkIOEntry, reader));
        break;
      case 50:
        message.ioMergedRecursive.push(readMessage(BlkIOEntry, reader));
        break;
      case 58:
        message.ioTimeRecursive.push(readMessage(BlkIOEntry, reader));
        break;
      case 66:
        message.sectorsRecursive.push(readMessage(BlkIOEntry, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** One number of one device. */
export interface BlkIOEntry {
  /** The operation: `Read`, `Write`, `Total`. */
  op: string;
  /** Path of the device. */
  device: string;
  /** Its major number. */
  major: bigint;
  /** Its minor number. */
  minor: bigint;
  /** The number. */
  value: bigint;
}

/** Codec of `io.containerd.cgroups.v1.BlkIOEntry`. */
export const BlkIOEntry: Codec<BlkIOEntry> = /* @__PURE__ */ codec<BlkIOEntry>({
  typeName: "io.containerd.cgroups.v1.BlkIOEntry",
  create: (init) => ({
    op: init.op ?? "",
    device: init.device ?? "",
    major: init.major ?? 0n,
    minor: init.minor ?? 0n,
    value: init.value ?? 0n,
  }),
  write(message, writer) {
    if (message.op) writeString(writer, 10, message.op);
    if (message.device) writeString(writer, 18, message.device);
    if (message.major) writer.uint32(24).uint64(halves(message.major));
    if (message.minor) writer.uint32(32).uint64(halves(message.minor));
    if (message.value) writer.uint32(40).uint64(halves(message.value));
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.op = reader.string();
        break;
      case 18:
        message.device = reader.string();
        break;
      case 24:
        message.major = readUint64(reader);
        break;
      case 32:
        message.minor = readUint64(reader);
        break;
      case 40:
        message.value = readUint64(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Remote memory access. */
export interface RdmaStat {
  /** In use, by device. */
  current: RdmaEntry[];
  /** Limits, by device. */
  limit: RdmaEntry[];
}

/** Codec of `io.containerd.cgroups.v1.RdmaStat`. */
export const RdmaStat: Codec<RdmaStat> = /* @__PURE__ */ codec<RdmaStat>({
  typeName: "io.containerd.cgroups.v1.RdmaStat",
  create: (init) => ({
    current: createList(RdmaEntry, init.current),
    limit: createList(RdmaEntry, init.limit),
  }),
  write(message, writer) {
    if (message.current) for (const item of message.current) writeMessage(writer, 10, RdmaEntry, item);
    if (message.limit) for (const item of message.limit) writeMessage(writer, 18, RdmaEntry, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.current.push(readMessage(RdmaEntry, reader));
        break;
      case 18:
        message.limit.push(readMessage(RdmaEntry, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Remote memory access on one device. */
export interface RdmaEntry {
  /** Name of the device. */
  device: string;
  /** Handles. */
  hcaHandles: number;
  /** Objects. */
  hcaObjects: number;
}

/** Codec of `io.containerd.cgroups.v1.RdmaEntry`. */
export const RdmaEntry: Codec<RdmaEntry> = /* @__PURE__ */ codec<RdmaEntry>({
  typeName: "io.containerd.cgroups.v1.RdmaEntry",
  create: (init) => ({
    device: init.device ?? "",
    hcaHandles: init.hcaHandles ?? 0,
    hcaObjects: init.hcaObjects ?? 0,
  }),
  write(message, writer) {
    if (message.device) writeString(writer, 10, message.device);
    if (message.hcaHandles) writer.uint32(16).uint32(message.hcaHandles);
    if (message.hcaObjects) writer.uint32(24).uint32(message.hcaObjects);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.device = reader.string();
        break;
      case 16:
        message.hcaHandles = reader.uint32();
        break;
      case 24:
        message.hcaObjects = reader.uint32();
        break;
      default:
        return false;
    }
    return true;
  },
});

/** One network interface. */
export interface NetworkStat {
  /** Its name. */
  name: string;
  /** Bytes received. */
  rxBytes: bigint;
  /** Packets received. */
  rxPackets: bigint;
  /** Errors when receiving. */
  rxErrors: bigint;
  /** Packets received and dropped. */
  rxDropped: bigint;
  /** Bytes sent. */
  txBytes: bigint;
  /** Packets sent. */
  txPackets: bigint;
  /** Errors when sending. */
  txErrors: bigint;
  /** Packets dropped instead of sent. */
  txDropped: bigint;
}

/** Codec of `io.containerd.cgroups.v1.NetworkStat`. */
export const NetworkStat: Codec<NetworkStat> = /* @__PURE__ */ codec<NetworkStat>({
  typeName: "io.containerd.cgroups.v1.NetworkStat",
  create: (init) => ({
    name: init.name ?? "",
    rxBytes: init.rxBytes ?? 0n,
    rxPackets: init.rxPackets ?? 0n,
    rxErrors: init.rxErrors ?? 0n,
    rxDropped: init.rxDropped ?? 0n,
    txBytes: init.txBytes ?? 0n,
    txPackets: init.txPackets ?? 0n,
    txErrors: init.txErrors ?? 0n,
    txDropped: init.txDropped ?? 0n,
  }),
  write(message, writer) {
    if (message.name) writeString(writer, 10, message.name);
    if (message.rxBytes) writer.uint32(16).uint64(halves(message.rxBytes));
    if (message.rxPackets) writer.uint32(24).uint64(halves(message.rxPackets));
    if (message.rxErrors) writer.uint32(32).uint64(halves(message.rxErrors));
    if (message.rxDropped) writer.uint32(40).uint64(halves(message.rxDropped));
    if (message.txBytes) writer.uint32(48).uint64(halves(message.txBytes));
    if (message.txPackets) writer.uint32(56).uint64(halves(message.txPackets));
    if (message.txErrors) writer.uint32(64).uint64(halves(message.txErrors));
    if (message.txDropped) writer.uint32(72).uint64(halves(message.txDropped));
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.name = reader.string();
        break;
      case 16:
        message.rxBytes = readUint64(reader);
        break;
      case 24:
        message.rxPackets = readUint64(reader);
        break;
      case 32:
        message.rxErrors = readUint64(reader);
        break;
      case 40:
        message.rxDropped = readUint64(reader);
        break;
      case 48:
        message.txBytes = readUint64(reader);
        break;
      case 56:
        message.txPackets = readUint64(reader);
        break;
      case 64:
        message.txErrors = readUint64(reader);
        break;
      case 72:
        message.txDropped = readUint64(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** How many tasks are in which state. */
export interface CgroupStats {
  /** Asleep. */
  nrSleeping: bigint;
  /** Running. */
  nrRunning: bigint;
  /** Stopped. */
  nrStopped: bigint;
  /** In uninterruptible sleep. */
  nrUninterruptible: bigint;
  /** Waiting for a disk. */
  nrIoWait: bigint;
}

/** Codec of `io.containerd.cgroups.v1.CgroupStats`. */
export const CgroupStats: Codec<CgroupStats> = /* @__PURE__ */ codec<CgroupStats>({
  typeName: "io.containerd.cgroups.v1.CgroupStats",
  create: (init) => ({
    nrSleeping: init.nrSleeping ?? 0n,
    nrRunning: init.nrRunning ?? 0n,
    nrStopped: init.nrStopped ?? 0n,
    nrUninterruptible: init.nrUninterruptible ?? 0n,
    nrIoWait: init.nrIoWait ?? 0n,
  }),
  write(message, writer) {
    if (message.nrSleeping) writer.uint32(8).uint64(halves(message.nrSleeping));
    if (message.nrRunning) writer.uint32(16).uint64(halves(message.nrRunning));
    if (message.nrStopped) writer.uint32(24).uint64(halves(message.nrStopped));
    if (message.nrUninterruptible) writer.uint32(32).uint64(halves(message.nrUninterruptible));
    if (message.nrIoWait) writer.uint32(40).uint64(halves(message.nrIoWait));
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.nrSleeping = readUint64(reader);
        break;
      case 16:
        message.nrRunning = readUint64(reader);
        break;
      case 24:
        message.nrStopped = readUint64(reader);
        break;
      case 32:
        message.nrUninterruptible = readUint64(reader);
        break;
      case 40:
        message.nrIoWait = readUint64(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});
