// Generated from proto/cgroups-v2.proto by `npm run gen`. Do not edit: change the .proto file and generate again.
// What the controllers of cgroup v2 count. Sizes are bytes and times microseconds, unless said.
// The limit "max" is the greatest number of 64 bits.
import type { Codec } from "../codec.ts";
import { codec, createList, halves, isWritten, readMessage, readUint64, writeMessage, writeString } from "../codec-runtime.ts";

/** All counters of a cgroup. A controller that is not there is absent. */
export interface Metrics {
  /** Processes. */
  pids?: PidsStat | undefined;
  /** Processor time. */
  cpu?: CPUStat | undefined;
  /** Memory. */
  memory?: MemoryStat | undefined;
  /** Remote memory access. */
  rdma?: RdmaStat | undefined;
  /** Block devices. */
  io?: IOStat | undefined;
  /** Huge pages, by size of page. */
  hugetlb: HugeTlbStat[];
  /** How often limits of memory were met. */
  memoryEvents?: MemoryEvents | undefined;
  /** Network interfaces. */
  network: NetworkStat[];
}

/** Codec of `io.containerd.cgroups.v2.Metrics`. */
export const Metrics: Codec<Metrics> = /* @__PURE__ */ codec<Metrics>({
  typeName: "io.containerd.cgroups.v2.Metrics",
  create: (init) => ({
    pids: init.pids && PidsStat.create(init.pids),
    cpu: init.cpu && CPUStat.create(init.cpu),
    memory: init.memory && MemoryStat.create(init.memory),
    rdma: init.rdma && RdmaStat.create(init.rdma),
    io: init.io && IOStat.create(init.io),
    hugetlb: createList(HugeTlbStat, init.hugetlb),
    memoryEvents: init.memoryEvents && MemoryEvents.create(init.memoryEvents),
    network: createList(NetworkStat, init.network),
  }),
  write(message, writer) {
    if (message.pids !== undefined) writeMessage(writer, 10, PidsStat, message.pids);
    if (message.cpu !== undefined) writeMessage(writer, 18, CPUStat, message.cpu);
    if (message.memory !== undefined) writeMessage(writer, 34, MemoryStat, message.memory);
    if (message.rdma !== undefined) writeMessage(writer, 42, RdmaStat, message.rdma);
    if (message.io !== undefined) writeMessage(writer, 50, IOStat, message.io);
    if (message.hugetlb) for (const item of message.hugetlb) writeMessage(writer, 58, HugeTlbStat, item);
    if (message.memoryEvents !== undefined) writeMessage(writer, 66, MemoryEvents, message.memoryEvents);
    if (message.network) for (const item of message.network) writeMessage(writer, 74, NetworkStat, item);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.pids = readMessage(PidsStat, reader);
        break;
      case 18:
        message.cpu = readMessage(CPUStat, reader);
        break;
      case 34:
        message.memory = readMessage(MemoryStat, reader);
        break;
      case 42:
        message.rdma = readMessage(RdmaStat, reader);
        break;
      case 50:
        message.io = readMessage(IOStat, reader);
        break;
      case 58:
        message.hugetlb.push(readMessage(HugeTlbStat, reader));
        break;
      case 66:
        message.memoryEvents = readMessage(MemoryEvents, reader);
        break;
      case 74:
        message.network.push(readMessage(NetworkStat, reader));
        break;
      default:
        return false;
    }
    return true;
  },
});

/** How much is lost by waiting. */
export interface PSIStats {
  /** While at least one task waits. */
  some?: PSIData | undefined;
  /** While all of them wait. */
  full?: PSIData | undefined;
}

/** Codec of `io.containerd.cgroups.v2.PSIStats`. */
export const PSIStats: Codec<PSIStats> = /* @__PURE__ */ codec<PSIStats>({
  typeName: "io.containerd.cgroups.v2.PSIStats",
  create: (init) => ({
    some: init.some && PSIData.create(init.some),
    full: init.full && PSIData.create(init.full),
  }),
  write(message, writer) {
    if (message.some !== undefined) writeMessage(writer, 10, PSIData, message.some);
    if (message.full !== undefined) writeMessage(writer, 18, PSIData, message.full);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.some = readMessage(PSIData, reader);
        break;
      case 18:
        message.full = readMessage(PSIData, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** The share of time lost. */
export interface PSIData {
  /** Per cent over ten seconds. */
  avg10: number;
  /** Per cent over a minute. */
  avg60: number;
  /** Per cent over five minutes. */
  avg300: number;
  /** Time lost since the beginning, in microseconds. */
  total: bigint;
}

/** Codec of `io.containerd.cgroups.v2.PSIData`. */
export const PSIData: Codec<PSIData> = /* @__PURE__ */ codec<PSIData>({
  typeName: "io.containerd.cgroups.v2.PSIData",
  create: (init) => ({
    avg10: init.avg10 ?? 0,
    avg60: init.avg60 ?? 0,
    avg300: init.avg300 ?? 0,
    total: init.total ?? 0n,
  }),
  write(message, writer) {
    if (isWritten(message.avg10)) writer.uint32(9).double(message.avg10);
    if (isWritten(message.avg60)) writer.uint32(17).double(message.avg60);
    if (isWritten(message.avg300)) writer.uint32(25).double(message.avg300);
    if (message.total) writer.uint32(32).uint64(halves(message.total));
  },
  field(message, tag, reader) {
    switch (tag) {
      case 9:
        message.avg10 = reader.double();
        break;
      case 17:
        message.avg60 = reader.double();
        break;
      case 25:
        message.avg300 = reader.double();
        break;
      case 32:
        message.total = readUint64(reader);
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
  /** How many there may be. */
  limit: bigint;
}

/** Codec of `io.containerd.cgroups.v2.PidsStat`. */
export const PidsStat: Codec<PidsStat> = /* @__PURE__ */ codec<PidsStat>({
  typeName: "io.containerd.cgroups.v2.PidsStat",
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
  /** All of it. */
  usageUsec: bigint;
  /** Of that, in user space. */
  userUsec: bigint;
  /** Of that, in the kernel. */
  systemUsec: bigint;
  /** Periods in which there was something to run. */
  nrPeriods: bigint;
  /** Of those, how many ran out of quota. */
  nrThrottled: bigint;
  /** For how long it could not run. */
  throttledUsec: bigint;
  /** Time lost by waiting for a processor. */
  psi?: PSIStats | undefined;
  /** How many periods went over the quota by a burst. */
  nrBursts: bigint;
  /** Time used in bursts. */
  burstUsec: bigint;
}

/** Codec of `io.containerd.cgroups.v2.CPUStat`. */
export const CPUStat: Codec<CPUStat> = /* @__PURE__ */ codec<CPUStat>({
  typeName: "io.containerd.cgroups.v2.CPUStat",
  create: (init) => ({
    usageUsec: init.usageUsec ?? 0n,
    userUsec: init.userUsec ?? 0n,
    systemUsec: init.systemUsec ?? 0n,
    nrPeriods: init.nrPeriods ?? 0n,
    nrThrottled: init.nrThrottled ?? 0n,
    throttledUsec: init.throttledUsec ?? 0n,
    psi: init.psi && PSIStats.create(init.psi),
    nrBursts: init.nrBursts ?? 0n,
    burstUsec: init.burstUsec ?? 0n,
  }),
  write(message, writer) {
    if (message.usageUsec) writer.uint32(8).uint64(halves(message.usageUsec));
    if (message.userUsec) writer.uint32(16).uint64(halves(message.userUsec));
    if (message.systemUsec) writer.uint32(24).uint64(halves(message.systemUsec));
    if (message.nrPeriods) writer.uint32(32).uint64(halves(message.nrPeriods));
    if (message.nrThrottled) writer.uint32(40).uint64(halves(message.nrThrottled));
    if (message.throttledUsec) writer.uint32(48).uint64(halves(message.throttledUsec));
    if (message.psi !== undefined) writeMessage(writer, 58, PSIStats, message.psi);
    if (message.nrBursts) writer.uint32(64).uint64(halves(message.nrBursts));
    if (message.burstUsec) writer.uint32(72).uint64(halves(message.burstUsec));
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.usageUsec = readUint64(reader);
        break;
      case 16:
        message.userUsec = readUint64(reader);
        break;
      case 24:
        message.systemUsec = readUint64(reader);
        break;
      case 32:
        message.nrPeriods = readUint64(reader);
        break;
      case 40:
        message.nrThrottled = readUint64(reader);
        break;
      case 48:
        message.throttledUsec = readUint64(reader);
        break;
      case 58:
        message.psi = readMessage(PSIStats, reader);
        break;
      case 64:
        message.nrBursts = readUint64(reader);
        break;
      case 72:
        message.burstUsec = readUint64(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Memory, by use. */
export interface MemoryStat {
  /** Anonymous memory. */
  anon: bigint;
  /** Page cache. */
  file: bigint;
  /** Stacks of tasks in the kernel. */
  kernelStack: bigint;
  /** Structures of the kernel. */
  slab: bigint;
  /** Buffers of sockets. */
  sock: bigint;
  /** Shared memory and tmpfs. */
  shmem: bigint;
  /** Files that are mapped. */
  fileMapped: bigint;
  /** File memory waiting to be written. */
  fileDirty: bigint;
  /** File memory being written. */
  fileWriteback: bigint;
  /** Anonymous memory in huge pages. */
  anonThp: bigint;
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
  /** Structures of the kernel that could be given back. */
  slabReclaimable: bigint;
  /** Structures of the kernel that could not. */
  slabUnreclaimable: bigint;
  /** Page faults, a count. */
  pgfault: bigint;
  /** Page faults that read a disk, a count. */
  pgmajfault: bigint;
  /** Pages that were needed again after they were evicted, a count. */
  workingsetRefault: bigint;
  /** Of those, how many went straight to the used ones. */
  workingsetActivate: bigint;
  /** How often a node of shadow entries was reclaimed. */
  workingsetNodereclaim: bigint;
  /** Used pages looked at, a count. */
  pgrefill: bigint;
  /** Unused pages looked at, a count. */
  pgscan: bigint;
  /** Pages reclaimed, a count. */
  pgsteal: bigint;
  /** Pages moved to the used ones, a count. */
  pgactivate: bigint;
  /** Pages moved to the unused ones, a count. */
  pgdeactivate: bigint;
  /** Pages marked as free for the taking, a count. */
  pglazyfree: bigint;
  /** Of those, how many were taken. */
  pglazyfreed: bigint;
  /** Huge pages given at a fault, a count. */
  thpFaultAlloc: bigint;
  /** Huge pages put together later, a count. */
  thpCollapseAlloc: bigint;
  /** Memory in use. */
  usage: bigint;
  /** The limit of it. */
  usageLimit: bigint;
  /** Swap in use. */
  swapUsage: bigint;
  /** The limit of it. */
  swapLimit: bigint;
  /** The most memory that was in use. */
  maxUsage: bigint;
  /** The most swap that was in use. */
  swapMaxUsage: bigint;
  /** Time lost by waiting for memory. */
  psi?: PSIStats | undefined;
}

/** Codec of `io.containerd.cgroups.v2.MemoryStat`. */
export const MemoryStat: Codec<MemoryStat> = /* @__PURE__ */ codec<MemoryStat>({
  typeName: "io.containerd.cgroups.v2.MemoryStat",
  create: (init) => ({
    anon: init.anon ?? 0n,
    file: init.file ?? 0n,
    kernelStack: init.kernelStack ?? 0n,
    slab: init.slab ?? 0n,
    sock: init.sock ?? 0n,
    shmem: init.shmem ?? 0n,
    fileMapped: init.fileMapped ?? 0n,
    fileDirty: init.fileDirty ?? 0n,
    fileWriteback: init.fileWriteback ?? 0n,
    anonThp: init.anonThp ?? 0n,
    inactiveAnon: init.inactiveAnon ?? 0n,
    activeAnon: init.activeAnon ?? 0n,
    inactiveFile: init.inactiveFile ?? 0n,
    activeFile: init.activeFile ?? 0n,
    unevictable: init.unevictable ?? 0n,
    slabReclaimable: init.slabReclaimable ?? 0n,
    slabUnreclaimable: init.slabUnreclaimable ?? 0n,
    pgfault: init.pgfault ?? 0n,
    pgmajfault: init.pgmajfault ?? 0n,
    workingsetRefault: init.workingsetRefault ?? 0n,
    workingsetActivate: init.workingsetActivate ?? 0n,
    workingsetNodereclaim: init.workingsetNodereclaim ?? 0n,
    pgrefill: init.pgrefill ?? 0n,
    pgscan: init.pgscan ?? 0n,
    pgsteal: init.pgsteal ?? 0n,
    pgactivate: init.pgactivate ?? 0n,
    pgdeactivate: init.pgdeactivate ?? 0n,
    pglazyfree: init.pglazyfree ?? 0n,
    pglazyfreed: init.pglazyfreed ?? 0n,
    thpFaultAlloc: init.thpFaultAlloc ?? 0n,
    thpCollapseAlloc: init.thpCollapseAlloc ?? 0n,
    usage: init.usage ?? 0n,
    usageLimit: init.usageLimit ?? 0n,
    swapUsage: init.swapUsage ?? 0n,
    swapLimit: init.swapLimit ?? 0n,
    maxUsage: init.maxUsage ?? 0n,
    swapMaxUsage: init.swapMaxUsage ?? 0n,
    psi: init.psi && PSIStats.create(init.psi),
  }),
  write(message, writer) {
    if (message.anon) writer.uint32(8).uint64(halves(message.anon));
    if (message.file) writer.uint32(16).uint64(halves(message.file));
    if (message.kernelStack) writer.uint32(24).uint64(halves(message.kernelStack));
    if (message.slab) writer.uint32(32).uint64(halves(message.slab));
    if (message.sock) writer.uint32(40).uint64(halves(message.sock));
    if (message.shmem) writer.uint32(48).uint64(halves(message.shmem));
    if (message.fileMapped) writer.uint32(56).uint64(halves(message.fileMapped));
    if (message.fileDirty) writer.uint32(64).uint64(halves(message.fileDirty));
    if (message.fileWriteback) writer.uint32(72).uint64(halves(message.fileWriteback));
    if (message.anonThp) writer.uint32(80).uint64(halves(message.anonThp));
    if (message.inactiveAnon) writer.uint32(88).uint64(halves(message.inactiveAnon));
    if (message.activeAnon) writer.uint32(96).uint64(halves(message.activeAnon));
    if (message.inactiveFile) writer.uint32(104).uint64(halves(message.inactiveFile));
    if (message.activeFile) writer.uint32(112).uint64(halves(message.activeFile));
    if (message.unevictable) writer.uint32(120).uint64(halves(message.unevictable));
    if (message.slabReclaimable) writer.uint32(128).uint64(halves(message.slabReclaimable));
    if (message.slabUnreclaimable) writer.uint32(136).uint64(halves(message.slabUnreclaimable));
    if (message.pgfault) writer.uint32(144).uint64(halves(message.pgfault));
    if (message.pgmajfault) writer.uint32(152).uint64(halves(message.pgmajfault));
    if (message.workingsetRefault) writer.uint32(160).uint64(halves(message.workingsetRefault));
    if (message.workingsetActivate) writer.uint32(168).uint64(halves(message.workingsetActivate));
    if (message.workingsetNodereclaim) writer.uint32(176).uint64(halves(message.workingsetNodereclaim));
    if (message.pgrefill) writer.uint32(184).uint64(halves(message.pgrefill));
    if (message.pgscan) writer.uint32(192).uint64(halves(message.pgscan));
    if (message.pgsteal) writer.uint32(200).uint64(halves(message.pgsteal));
    if (message.pgactivate) writer.uint32(208).uint64(halves(message.pgactivate));
    if (message.pgdeactivate) writer.uint32(216).uint64(halves(message.pgdeactivate));
    if (message.pglazyfree) writer.uint32(224).uint64(halves(message.pglazyfree));
    if (message.pglazyfreed) writer.uint32(232).uint64(halves(message.pglazyfreed));
    if (message.thpFaultAlloc) writer.uint32(240).uint64(halves(message.thpFaultAlloc));
    if (message.thpCollapseAlloc) writer.uint32(248).uint64(halves(message.thpCollapseAlloc));
    if (message.usage) writer.uint32(256).uint64(halves(message.usage));
    if (message.usageLimit) writer.uint32(264).uint64(halves(message.usageLimit));
    if (message.swapUsage) writer.uint32(272).uint64(halves(message.swapUsage));
    if (message.swapLimit) writer.uint32(280).uint64(halves(message.swapLimit));
    if (message.maxUsage) writer.uint32(288).uint64(halves(message.maxUsage));
    if (message.swapMaxUsage) writer.uint32(296).uint64(halves(message.swapMaxUsage));
    if (message.psi !== undefined) writeMessage(writer, 306, PSIStats, message.psi);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.anon = readUint64(reader);
        break;
      case 16:
        message.file = readUint64(reader);
        break;
      case 24:
        message.kernelStack = readUint64(reader);
        break;
      case 32:
        message.slab = readUint64(reader);
        break;
      case 40:
        message.sock = readUint64(reader);
        break;
      case 48:
        message.shmem = readUint64(reader);
        break;
      case 56:
        message.fileMapped = readUint64(reader);
        break;
      case 64:
        message.fileDirty = readUint64(reader);
        break;
      case 72:
        message.fileWriteback = readUint64(reader);
        break;
      case 80:
        message.anonThp = readUint64(reader);
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
        message.slabReclaimable = readUint64(reader);
        break;
      case 136:
        message.slabUnreclaimable = readUint64(reader);
        break;
      case 144:
        message.pgfault = readUint64(reader);
        break;
      case 152:
        message.pgmajfault = readUint64(reader);
        break;
      case 160:
        message.workingsetRefault = readUint64(reader);
        break;
      case 168:
        message.workingsetActivate = readUint64(reader);
        break;
      case 176:
        message.workingsetNodereclaim = readUint64(reader);
        break;
      case 184:
        message.pgrefill = readUint64(reader);
        break;
      case 192:
        message.pgscan = readUint64(reader);
        break;
      case 200:
        message.pgsteal = readUint64(reader);
        break;
      case 208:
        message.pgactivate = readUint64(reader);
        break;
      case 216:
        message.pgdeactivate = readUint64(reader);
        break;
      case 224:
        message.pglazyfree = readUint64(reader);
        break;
      case 232:
        message.pglazyfreed = readUint64(reader);
        break;
      case 240:
        message.thpFaultAlloc = readUint64(reader);
        break;
      case 248:
        message.thpCollapseAlloc = readUint64(reader);
        break;
      case 256:
        message.usage = readUint64(reader);
        break;
      case 264:
        message.usageLimit = readUint64(reader);
        break;
      case 272:
        message.swapUsage = readUint64(reader);
        break;
      case 280:
        message.swapLimit = readUint64(reader);
        break;
      case 288:
        message.maxUsage = readUint64(reader);
        break;
      case 296:
        message.swapMaxUsage = readUint64(reader);
        break;
      case 306:
        message.psi = readMessage(PSIStats, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** How often limits of memory were met. */
export interface MemoryEvents {
  /** Reclaimed although below the protected amount. */
  low: bigint;
  /** Slowed down above the high mark. */
  high: bigint;
  /** About to go over the limit. */
  max: bigint;
  /** At the limit, with nothing to reclaim. */
  oom: bigint;
  /** Processes killed for want of memory. */
  oomKill: bigint;
  /** Times the whole group was killed. */
  oomGroupKill: bigint;
}

/** Codec of `io.containerd.cgroups.v2.MemoryEvents`. */
export const MemoryEvents: Codec<MemoryEvents> = /* @__PURE__ */ codec<MemoryEvents>({
  typeName: "io.containerd.cgroups.v2.MemoryEvents",
  create: (init) => ({
    low: init.low ?? 0n,
    high: init.high ?? 0n,
    max: init.max ?? 0n,
    oom: init.oom ?? 0n,
    oomKill: init.oomKill ?? 0n,
    oomGroupKill: init.oomGroupKill ?? 0n,
  }),
  write(message, writer) {
    if (message.low) writer.uint32(8).uint64(halves(message.low));
    if (message.high) writer.uint32(16).uint64(halves(message.high));
    if (message.max) writer.uint32(24).uint64(halves(message.max));
    if (message.oom) writer.uint32(32).uint64(halves(message.oom));
    if (message.oomKill) writer.uint32(40).uint64(halves(message.oomKill));
    if (message.oomGroupKill) writer.uint32(48).uint64(halves(message.oomGroupKill));
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.low = readUint64(reader);
        break;
      case 16:
        message.high = readUint64(reader);
        break;
      case 24:
        message.max = readUint64(reader);
        break;
      case 32:
        message.oom = readUint64(reader);
        break;
      case 40:
        message.oomKill = readUint64(reader);
        break;
      case 48:
        message.oomGroupKill = readUint64(reader);
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

/** Codec of `io.containerd.cgroups.v2.RdmaStat`. */
export const RdmaStat: Codec<RdmaStat> = /* @__PURE__ */ codec<RdmaStat>({
  typeName: "io.containerd.cgroups.v2.RdmaStat",
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

/** Codec of `io.containerd.cgroups.v2.RdmaEntry`. */
export const RdmaEntry: Codec<RdmaEntry> = /* @__PURE__ */ codec<RdmaEntry>({
  typeName: "io.containerd.cgroups.v2.RdmaEntry",
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

/** Use of block devices. */
export interface IOStat {
  /** By device. */
  usage: IOEntry[];
  /** Time lost by waiting for them. */
  psi?: PSIStats | undefined;
}

/** Codec of `io.containerd.cgroups.v2.IOStat`. */
export const IOStat: Codec<IOStat> = /* @__PURE__ */ codec<IOStat>({
  typeName: "io.containerd.cgroups.v2.IOStat",
  create: (init) => ({
    usage: createList(IOEntry, init.usage),
    psi: init.psi && PSIStats.create(init.psi),
  }),
  write(message, writer) {
    if (message.usage) for (const item of message.usage) writeMessage(writer, 10, IOEntry, item);
    if (message.psi !== undefined) writeMessage(writer, 18, PSIStats, message.psi);
  },
  field(message, tag, reader) {
    switch (tag) {
      case 10:
        message.usage.push(readMessage(IOEntry, reader));
        break;
      case 18:
        message.psi = readMessage(PSIStats, reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Use of one block device. */
export interface IOEntry {
  /** Its major number. */
  major: bigint;
  /** Its minor number. */
  minor: bigint;
  /** Bytes read. */
  rbytes: bigint;
  /** Bytes written. */
  wbytes: bigint;
  /** Reads. */
  rios: bigint;
  /** Writes. */
  wios: bigint;
}

/** Codec of `io.containerd.cgroups.v2.IOEntry`. */
export const IOEntry: Codec<IOEntry> = /* @__PURE__ */ codec<IOEntry>({
  typeName: "io.containerd.cgroups.v2.IOEntry",
  create: (init) => ({
    major: init.major ?? 0n,
    minor: init.minor ?? 0n,
    rbytes: init.rbytes ?? 0n,
    wbytes: init.wbytes ?? 0n,
    rios: init.rios ?? 0n,
    wios: init.wios ?? 0n,
  }),
  write(message, writer) {
    if (message.major) writer.uint32(8).uint64(halves(message.major));
    if (message.minor) writer.uint32(16).uint64(halves(message.minor));
    if (message.rbytes) writer.uint32(24).uint64(halves(message.rbytes));
    if (message.wbytes) writer.uint32(32).uint64(halves(message.wbytes));
    if (message.rios) writer.uint32(40).uint64(halves(message.rios));
    if (message.wios) writer.uint32(48).uint64(halves(message.wios));
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.major = readUint64(reader);
        break;
      case 16:
        message.minor = readUint64(reader);
        break;
      case 24:
        message.rbytes = readUint64(reader);
        break;
      case 32:
        message.wbytes = readUint64(reader);
        break;
      case 40:
        message.rios = readUint64(reader);
        break;
      case 48:
        message.wios = readUint64(reader);
        break;
      default:
        return false;
    }
    return true;
  },
});

/** Huge pages of one size. */
export interface HugeTlbStat {
  /** In use. */
  current: bigint;
  /** The limit. */
  max: bigint;
  /** The size: `2MB`. */
  pagesize: string;
  /** How often the limit was hit. */
  failcnt: bigint;
}

/** Codec of `io.containerd.cgroups.v2.HugeTlbStat`. */
export const HugeTlbStat: Codec<HugeTlbStat> = /* @__PURE__ */ codec<HugeTlbStat>({
  typeName: "io.containerd.cgroups.v2.HugeTlbStat",
  create: (init) => ({
    current: init.current ?? 0n,
    max: init.max ?? 0n,
    pagesize: init.pagesize ?? "",
    failcnt: init.failcnt ?? 0n,
  }),
  write(message, writer) {
    if (message.current) writer.uint32(8).uint64(halves(message.current));
    if (message.max) writer.uint32(16).uint64(halves(message.max));
    if (message.pagesize) writeString(writer, 26, message.pagesize);
    if (message.failcnt) writer.uint32(32).uint64(halves(message.failcnt));
  },
  field(message, tag, reader) {
    switch (tag) {
      case 8:
        message.current = readUint64(reader);
        break;
      case 16:
        message.max = readUint64(reader);
        break;
      case 26:
        message.pagesize = reader.string();
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

/** Codec of `io.containerd.cgroups.v2.NetworkStat`. */
export const NetworkStat: Codec<NetworkStat> = /* @__PURE__ */ codec<NetworkStat>({
  typeName: "io.containerd.cgroups.v2.NetworkStat",
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
