import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { unpack } from "../../../proto/any.ts";
import { isNotFound } from "../../../proto/errors.ts";
import { Metrics as MetricsV1 } from "../../../proto/gen/cgroups-v1.ts";
import { Metrics as MetricsV2 } from "../../../proto/gen/cgroups-v2.ts";
import { fieldsOf, numberOf, UNLIMITED } from "../../../shim/cgroup-text.ts";
import { metricsV1 } from "../../../shim/metrics-v1.ts";
import { metricsV2 } from "../../../shim/metrics-v2.ts";
import { hugePageSize, readStats } from "../../../shim/stats.ts";
import { temporaryDir } from "../sys/support.ts";

// Recorded from a group of Linux 6.18 that ran a shell and dd; blkio after the kernel's own examples.
const V1_FILES: Record<string, string> = {
  "cpu.stat": "nr_periods 7\nnr_throttled 2\nthrottled_time 123456\nnr_bursts 0\nburst_time 0\n",
  "cpuacct.stat": "user 1\nsystem 3\n",
  "cpuacct.usage": "39882304\n",
  "cpuacct.usage_percpu": "16960940 29690644 \n",
  "pids.current": "2\n",
  "pids.max": "max\n",
  "blkio.bfq.io_service_bytes_recursive": "Total 0\n",
  "blkio.throttle.io_service_bytes":
    "254:0 Read 8388608\n254:0 Write 4096\n254:0 Total 8392704\nTotal 8392704\n",
  "blkio.throttle.io_serviced": "7:1 Read 8\nTotal 8\n",
  "blkio.time_recursive": "254:0 55\n",
  "memory.usage_in_bytes": "2793472\n",
  "memory.limit_in_bytes": "9223372036854771712\n",
  "memory.max_usage_in_bytes": "3481600\n",
  "memory.failcnt": "0\n",
  "memory.kmem.usage_in_bytes": "1646592\n",
  "memory.kmem.limit_in_bytes": "9223372036854771712\n",
  "memory.kmem.max_usage_in_bytes": "2281472\n",
  "memory.kmem.failcnt": "0\n",
  "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
  "memory.stat":
    "cache 266240\nrss 307200\nrss_huge 0\nshmem 0\nmapped_file 0\ndirty 12288\nwriteback 0\n" +
    "workingset_refault_anon 0\nworkingset_refault_file 42\nswap 0\nswapcached 0\npgpgin 7707\npgpgout 7542\n" +
    "pgfault 19186\npgmajfault 1\ninactive_anon 299008\nactive_anon 4096\ninactive_file 8192\n" +
    "active_file 258048\nunevictable 0\nhierarchical_memory_limit 9223372036854771712\n" +
    "hierarchical_memsw_limit 9223372036854771712\ntotal_cache 266240\ntotal_rss 307200\n",
  "hugetlb.2MB.usage_in_bytes": "4194304\n",
  "hugetlb.2MB.max_usage_in_bytes": "6291456\n",
  "hugetlb.2MB.failcnt": "3\n",
  "rdma.current": "mlx4_0 hca_handle=2 hca_object=2000\n",
  "rdma.max": "mlx4_0 hca_handle=3 hca_object=max\n",
};

const PARTITIONS = "major minor  #blocks  name\n\n 254        0  268435456 vda\n";

function v1(files: Record<string, string>): MetricsV1 {
  const read = (_: string, name: string): string | undefined => files[name];
  const message = metricsV1({ read, hugePageSizes: ["2MB", "1GB"], partitions: PARTITIONS });
  return MetricsV1.decode(MetricsV1.encode(message));
}

test("version 1: every field comes from its file, in its unit", () => {
  const metrics = v1(V1_FILES);
  assert.deepEqual(metrics.pids, { current: 2n, limit: UNLIMITED });
  assert.deepEqual(metrics.cpu, {
    usage: { total: 39882304n, kernel: 30_000_000n, user: 10_000_000n, perCpu: [16960940n, 29690644n] },
    throttling: { periods: 7n, throttledPeriods: 2n, throttledTime: 123456n },
  });
  const { memory } = metrics;
  assert.equal(memory?.cache, 266240n);
  assert.equal(memory?.pgPgIn, 7707n);
  assert.equal(memory?.pgMajFault, 1n);
  assert.equal(memory?.hierarchicalSwapLimit, 9223372036854771712n);
  assert.equal(memory?.totalRss, 307200n);
  assert.equal(memory?.totalUnevictable, 0n);
  assert.deepEqual(memory?.usage, {
    usage: 2793472n,
    limit: 9223372036854771712n,
    max: 3481600n,
    failcnt: 0n,
  });
  assert.equal(memory?.kernel?.usage, 1646592n);
  assert.equal(memory?.swap, undefined);
  assert.deepEqual(metrics.memoryOomControl, { oomKillDisable: 0n, underOom: 0n, oomKill: 1n });
  assert.deepEqual(metrics.hugetlb, [{ usage: 4194304n, max: 6291456n, failcnt: 3n, pagesize: "2MB" }]);
  assert.deepEqual(metrics.rdma, {
    current: [{ device: "mlx4_0", hcaHandles: 2, hcaObjects: 2000 }],
    limit: [{ device: "mlx4_0", hcaHandles: 3, hcaObjects: 0xffffffff }],
  });
});

test("version 1: block devices have their names, sums are left out, and an idle elevator gives way", () => {
  const { blkio } = v1(V1_FILES);
  const vda = { device: "/dev/vda", major: 254n, minor: 0n };
  assert.deepEqual(blkio?.ioServiceBytesRecursive, [
    { op: "Read", ...vda, value: 8388608n },
    { op: "Write", ...vda, value: 4096n },
    { op: "Total", ...vda, value: 8392704n },
  ]);
  assert.deepEqual(blkio?.ioServicedRecursive, [{ op: "Read", device: "", major: 7n, minor: 1n, value: 8n }]);
  assert.deepEqual(blkio?.ioTimeRecursive, [{ op: "", ...vda, value: 55n }]);
  const withElevator = v1({ ...V1_FILES, "blkio.bfq.io_service_bytes_recursive": "254:0 Read 5\nTotal 5\n" });
  assert.deepEqual(withElevator.blkio?.ioServiceBytesRecursive, [{ op: "Read", ...vda, value: 5n }]);
});

test("version 1: without any file there are no counters, and no error", () => {
  const metrics = v1({});
  assert.deepEqual(
    [metrics.pids, metrics.cpu, metrics.memory, metrics.rdma, metrics.memoryOomControl, metrics.hugetlb],
    [undefined, undefined, undefined, undefined, undefined, []],
  );
});

// By hand, after Documentation/admin-guide/cgroup-v2.rst.
const PRESSURE =
  "some avg10=0.12 avg60=1.50 avg300=22.00 total=12345\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=99\n";
const V2_FILES: Record<string, string> = {
  "pids.current": "3\n",
  "pids.max": "100\n",
  "cpu.stat":
    "usage_usec 2000\nuser_usec 1500\nsystem_usec 500\nnice_usec 0\ncore_sched.force_idle_usec 0\nnr_periods 10\n" +
    "nr_throttled 4\nthrottled_usec 77\nnr_bursts 1\nburst_usec 5\n",
  "cpu.pressure": PRESSURE,
  "memory.stat":
    "anon 100\nfile 200\nkernel 50\nkernel_stack 16384\nslab 5\nsock 6\nshmem 7\nfile_mapped 8\n" +
    "workingset_refault_anon 3\nworkingset_refault_file 4\npgfault 11\npgmajfault 12\nthp_collapse_alloc 13\n",
  "memory.current": "4096\n",
  "memory.max": "max\n",
  "memory.peak": "8192\n",
  "memory.swap.current": "1\n",
  "memory.swap.max": "18446744073709551615\n",
  "memory.events": "low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\n",
  "io.stat":
    "8:16 rbytes=1459200 wbytes=314773504 rios=192 wios=353 dbytes=0 dios=0\n8:0 rbytes=1\nunknown rbytes=2\n",
  "hugetlb.2MB.current": "2097152\n",
  "hugetlb.2MB.max": "max\n",
  "hugetlb.2MB.events": "max 9\n",
  "rdma.current": "ocrdma1 hca_handle=1 hca_object=20\n",
};

function v2(files: Record<string, string>): MetricsV2 {
  const message = metricsV2({ read: (name) => files[name], hugePageSizes: ["2MB"] });
  return MetricsV2.decode(MetricsV2.encode(message));
}

test("version 2: every field comes from its file, and max is the greatest number", () => {
  const metrics = v2(V2_FILES);
  const psi = {
    some: { avg10: 0.12, avg60: 1.5, avg300: 22, total: 12345n },
    full: { avg10: 0, avg60: 0, avg300: 0, total: 99n },
  };
  assert.deepEqual(metrics.pids, { current: 3n, limit: 100n });
  assert.deepEqual(metrics.cpu, {
    usageUsec: 2000n,
    userUsec: 1500n,
    systemUsec: 500n,
    nrPeriods: 10n,
    nrThrottled: 4n,
    throttledUsec: 77n,
    psi,
    nrBursts: 1n,
    burstUsec: 5n,
  });
  const { memory } = metrics;
  assert.equal(memory?.anon, 100n);
  assert.equal(memory?.kernelStack, 16384n);
  assert.equal(memory?.workingsetRefault, 7n, "two counters since Linux 5.9");
  assert.equal(memory?.workingsetActivate, 0n);
  assert.deepEqual(
    [memory?.usage, memory?.usageLimit, memory?.maxUsage, memory?.swapUsage, memory?.swapLimit, memory?.psi],
    [4096n, UNLIMITED, 8192n, 1n, UNLIMITED, undefined],
  );
  assert.equal(v2({ "memory.stat": "workingset_refault 5\n" }).memory?.workingsetRefault, 5n);
  const events = { low: 1n, high: 2n, max: 3n, oom: 4n, oomKill: 5n, oomGroupKill: 6n };
  assert.deepEqual(metrics.memoryEvents, events);
  assert.deepEqual(metrics.io?.usage, [
    { major: 8n, minor: 16n, rbytes: 1459200n, wbytes: 314773504n, rios: 192n, wios: 353n },
    { major: 8n, minor: 0n, rbytes: 1n, wbytes: 0n, rios: 0n, wios: 0n },
  ]);
  assert.deepEqual(metrics.hugetlb, [{ current: 2097152n, max: UNLIMITED, pagesize: "2MB", failcnt: 9n }]);
  assert.deepEqual(metrics.rdma?.current, [{ device: "ocrdma1", hcaHandles: 1, hcaObjects: 20 }]);
  assert.deepEqual(v2({}), MetricsV2.create());
});

test("numbers and fields are read as the kernel writes them, and nothing else is", () => {
  const table: [string | undefined, bigint | undefined][] = [
    ["7\n", 7n],
    ["max\n", UNLIMITED],
    ["18446744073709551615", UNLIMITED],
    ["", undefined],
    ["-1\n", undefined],
    ["7 8", undefined],
    [undefined, undefined],
  ];
  for (const [text, value] of table) assert.equal(numberOf(text), value);
  assert.deepEqual(
    [...fieldsOf("a 1\nb\nc x\n\nd 2 3\ne max")],
    [
      ["a", 1n],
      ["e", UNLIMITED],
    ],
  );
  assert.deepEqual(["hugepages-2048kB", "hugepages-1048576kB", "hugepages-64kB", "other"].map(hugePageSize), [
    "2MB",
    "1GB",
    "64KB",
    undefined,
  ]);
});

test("stats of no known group are NotFound; of one that is gone, zero", () => {
  assert.throws(
    () => readStats(undefined),
    (error) => isNotFound(error) && String(error).includes("cgroup does not exist"),
  );
  using dir = temporaryDir();
  const any = readStats({ version: "v2", dir: join(dir.path, "gone") });
  assert.equal(any.typeUrl, "io.containerd.cgroups.v2.Metrics");
  assert.deepEqual(unpack(any, MetricsV2), MetricsV2.create());
  const old = readStats({ version: "v1", dirs: { memory: join(dir.path, "gone") } });
  assert.equal(old.typeUrl, "io.containerd.cgroups.v1.Metrics");
  assert.equal(unpack(old, MetricsV1).memory, undefined);
});

test("a version 2 directory is read, file by file", () => {
  using dir = temporaryDir();
  for (const [name, text] of Object.entries(V2_FILES)) writeFileSync(join(dir.path, name), text);
  const metrics = unpack(readStats({ version: "v2", dir: dir.path }), MetricsV2);
  assert.equal(metrics.memory?.usage, 4096n);
  assert.equal(metrics.memoryEvents?.oomKill, 5n);
});

const root = "/sys/fs/cgroup/memory";
const skip =
  existsSync(`${root}/memory.stat`) && process.getuid?.() === 0 ? false : "needs root and cgroup v1's memory";

test("a real version 1 group is read", { skip }, () => {
  const dir = join(root, `hawser-unit-${process.pid}-stats`);
  mkdirSync(dir);
  try {
    writeFileSync(join(dir, "memory.limit_in_bytes"), String(16 << 20));
    const metrics = unpack(readStats({ version: "v1", dirs: { memory: dir } }), MetricsV1);
    assert.equal(metrics.memory?.usage?.limit, BigInt(16 << 20));
    assert.equal(metrics.memory?.hierarchicalMemoryLimit, BigInt(16 << 20));
    assert.equal(metrics.memoryOomControl?.oomKill, 0n);
  } finally {
    rmdirSync(dir);
  }
});
