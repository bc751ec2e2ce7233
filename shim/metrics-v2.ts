// The counters of a version 2 cgroup as io.containerd.cgroups.v2.Metrics: which file a field comes from, after
// Documentation/admin-guide/cgroup-v2.rst. Pure: texts of files in, a message out; a file that is missing (the
// controller is not enabled, the kernel is older) leaves its fields at zero or absent.
import type { Init } from "../proto/codec.ts";
import type { HugeTlbStat, IOEntry, Metrics, PSIData, PSIStats } from "../proto/gen/cgroups-v2.ts";
import { assignmentsOf, deviceOf, fieldsOf, linesOf, numberOf } from "./cgroup-text.ts";
import { rdmaEntries } from "./metrics-v1.ts";

/** The text of a file of the group; undefined when there is none. */
export type ReadV2 = (name: string) => string | undefined;

export interface V2Sources {
  readonly read: ReadV2;
  /** Page sizes for which there may be counters: "2MB", "1GB". */
  readonly hugePageSizes: readonly string[];
}

/** The message for what `read` finds. */
export function metricsV2({ read, hugePageSizes }: V2Sources): Init<Metrics> {
  return {
    pids: pids(read),
    cpu: cpu(read),
    memory: memory(read),
    rdma: rdma(read),
    io: io(read),
    hugetlb: hugePageSizes.flatMap((size) => hugetlb(read, size)),
    memoryEvents: memoryEvents(read),
    network: [],
  };
}

function pids(read: ReadV2): Init<Metrics>["pids"] {
  const current = numberOf(read("pids.current"));
  return current === undefined ? undefined : { current, limit: numberOf(read("pids.max")) };
}

function cpu(read: ReadV2): Init<Metrics>["cpu"] {
  const stat = fieldsOf(read("cpu.stat"));
  if (stat.size === 0) return undefined;
  return {
    usageUsec: stat.get("usage_usec"),
    userUsec: stat.get("user_usec"),
    systemUsec: stat.get("system_usec"),
    nrPeriods: stat.get("nr_periods"),
    nrThrottled: stat.get("nr_throttled"),
    throttledUsec: stat.get("throttled_usec"),
    nrBursts: stat.get("nr_bursts"),
    burstUsec: stat.get("burst_usec"),
    psi: pressure(read("cpu.pressure")),
  };
}

function memory(read: ReadV2): Init<Metrics>["memory"] {
  const stat = fieldsOf(read("memory.stat"));
  const usage = numberOf(read("memory.current"));
  if (stat.size === 0 && usage === undefined) return undefined;
  return {
    anon: stat.get("anon"),
    file: stat.get("file"),
    kernelStack: stat.get("kernel_stack"),
    slab: stat.get("slab"),
    sock: stat.get("sock"),
    shmem: stat.get("shmem"),
    fileMapped: stat.get("file_mapped"),
    fileDirty: stat.get("file_dirty"),
    fileWriteback: stat.get("file_writeback"),
    anonThp: stat.get("anon_thp"),
    inactiveAnon: stat.get("inactive_anon"),
    activeAnon: stat.get("active_anon"),
    inactiveFile: stat.get("inactive_file"),
    activeFile: stat.get("active_file"),
    unevictable: stat.get("unevictable"),
    slabReclaimable: stat.get("slab_reclaimable"),
    slabUnreclaimable: stat.get("slab_unreclaimable"),
    pgfault: stat.get("pgfault"),
    pgmajfault: stat.get("pgmajfault"),
    // Split in two by Linux 5.9.
    workingsetRefault: sum(stat, "workingset_refault", "workingset_refault_anon", "workingset_refault_file"),
    workingsetActivate: sum(
      stat,
      "workingset_activate",
      "workingset_activate_anon",
      "workingset_activate_file",
    ),
    workingsetNodereclaim: stat.get("workingset_nodereclaim"),
    pgrefill: stat.get("pgrefill"),
    pgscan: stat.get("pgscan"),
    pgsteal: stat.get("pgsteal"),
    pgactivate: stat.get("pgactivate"),
    pgdeactivate: stat.get("pgdeactivate"),
    pglazyfree: stat.get("pglazyfree"),
    pglazyfreed: stat.get("pglazyfreed"),
    thpFaultAlloc: stat.get("thp_fault_alloc"),
    thpCollapseAlloc: stat.get("thp_collapse_alloc"),
    usage,
    usageLimit: numberOf(read("memory.max")),
    maxUsage: numberOf(read("memory.peak")),
    swapUsage: numberOf(read("memory.swap.current")),
    swapLimit: numberOf(read("memory.swap.max")),
    swapMaxUsage: numberOf(read("memory.swap.peak")),
    psi: pressure(read("memory.pressure")),
  };
}

function memoryEvents(read: ReadV2): Init<Metrics>["memoryEvents"] {
  const events = fieldsOf(read("memory.events"));
  if (events.size === 0) return undefined;
  return {
    low: events.get("low"),
    high: events.get("high"),
    max: events.get("max"),
    oom: events.get("oom"),
    oomKill: events.get("oom_kill"),
    oomGroupKill: events.get("oom_group_kill"),
  };
}

/** Lines of "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0". */
function io(read: ReadV2): Init<Metrics>["io"] {
  const text = read("io.stat");
  const psi = pressure(read("io.pressure"));
  if (text === undefined && psi === undefined) return undefined;
  const usage = [...assignmentsOf(text)].flatMap(([key, values]): Init<IOEntry>[] => {
    const device = deviceOf(key);
    if (device === undefined) return [];
    return [
      {
        ...device,
        rbytes: values.get("rbytes"),
        wbytes: values.get("wbytes"),
        rios: values.get("rios"),
        wios: values.get("wios"),
      },
    ];
  });
  return { usage, psi };
}

function hugetlb(read: ReadV2, pagesize: string): Init<HugeTlbStat>[] {
  const current = numberOf(read(`hugetlb.${pagesize}.current`));
  if (current === undefined) return [];
  const max = numberOf(read(`hugetlb.${pagesize}.max`));
  return [{ pagesize, current, max, failcnt: fieldsOf(read(`hugetlb.${pagesize}.events`)).get("max") }];
}

function rdma(read: ReadV2): Init<Metrics>["rdma"] {
  const current = rdmaEntries(read("rdma.current"));
  const limit = rdmaEntries(read("rdma.max"));
  return current.length + limit.length === 0 ? undefined : { current, limit };
}

/** Lines of "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" and "full …". */
function pressure(text: string | undefined): Init<PSIStats> | undefined {
  let some: Init<PSIData> | undefined;
  let full: Init<PSIData> | undefined;
  for (const line of linesOf(text)) {
    const match = /^(some|full) avg10=([\d.]+) avg60=([\d.]+) avg300=([\d.]+) total=(\d+)$/.exec(line);
    if (match === null) continue;
    const [, kind, avg10, avg60, avg300, total = "0"] = match;
    const data = { avg10: Number(avg10), avg60: Number(avg60), avg300: Number(avg300), total: BigInt(total) };
    if (kind === "some") some = data;
    else full = data;
  }
  return some === undefined && full === undefined ? undefined : { some, full };
}

function sum(stat: ReadonlyMap<string, bigint>, whole: string, ...parts: string[]): bigint {
  return stat.get(whole) ?? parts.reduce((total, part) => total + (stat.get(part) ?? 0n), 0n);
}
