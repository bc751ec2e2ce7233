import assert from "node:assert/strict";
import { test } from "node:test";
import { countersOf, cpuPercent } from "../../../../../manager/cli/stats/container-counters.ts";
import { parseNetDev } from "../../../../../manager/cli/stats/network-counters.ts";
import { pack } from "../../../../../proto/any.ts";
import { Metrics as MetricsV1 } from "../../../../../proto/gen/cgroups-v1.ts";
import { Metrics as MetricsV2 } from "../../../../../proto/gen/cgroups-v2.ts";
import { Empty } from "../../../../../proto/gen/empty.ts";

const MACHINE = 1_000_000n;

test("countersOf() reads both kinds of cgroup into the same numbers", () => {
  const expected = {
    cpuNs: 5_000_000n,
    memoryBytes: 600n,
    memoryLimitBytes: 2_000n,
    readBytes: 30n,
    writtenBytes: 7n,
    pids: 3n,
  };
  const v1 = pack(MetricsV1, {
    cpu: { usage: { total: 5_000_000n } },
    memory: { usage: { usage: 1_000n, limit: 2_000n }, totalInactiveFile: 400n },
    blkio: {
      ioServiceBytesRecursive: [
        { op: "Read", value: 10n },
        { op: "read", value: 20n },
        { op: "Write", value: 7n },
        { op: "Total", value: 37n },
      ],
    },
    pids: { current: 3n },
  });
  const v2 = pack(MetricsV2, {
    cpu: { usageUsec: 5_000n },
    memory: { usage: 1_000n, usageLimit: 2_000n, inactiveFile: 400n },
    io: {
      usage: [
        { rbytes: 10n, wbytes: 7n },
        { rbytes: 20n, wbytes: 0n },
      ],
    },
    pids: { current: 3n },
  });
  assert.deepEqual(countersOf(v1, MACHINE), expected);
  assert.deepEqual(countersOf(v2, MACHINE), expected);
});

test("countersOf() takes the machine's memory for a limit that is none", () => {
  for (const limit of [0n, 2n ** 63n - 4096n, 2n ** 64n - 1n]) {
    const data = pack(MetricsV2, { memory: { usage: 1n, usageLimit: limit } });
    assert.equal(countersOf(data, MACHINE)?.memoryLimitBytes, MACHINE);
  }
  assert.equal(countersOf(pack(Empty, {}), MACHINE), undefined);
});

test("cpuPercent() is of one processor, and 0 where nothing can be said", () => {
  const at = (cpuNs: bigint) => ({
    ...(countersOf(pack(MetricsV2, {}), MACHINE) as NonNullable<ReturnType<typeof countersOf>>),
    cpuNs,
  });
  assert.equal(cpuPercent(at(0n), at(500n), 1_000n), 50);
  assert.equal(cpuPercent(at(0n), at(2_000n), 1_000n), 200);
  assert.equal(cpuPercent(at(9n), at(0n), 1_000n), 0);
  assert.equal(cpuPercent(at(0n), at(9n), 0n), 0);
});

test("parseNetDev() adds up what is not the loopback", () => {
  const text = [
    "Inter-|   Receive                                                |  Transmit",
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed",
    "    lo:     100       1    0    0    0     0          0         0      100       1    0    0    0     0       0          0",
    "  eth0:    2000       2    0    0    0     0          0         0      300       1    0    0    0     0       0          0",
    "eth1:40 2 0 0 0 0 0 0 5 1 0 0 0 0 0 0",
    "",
  ].join("\n");
  assert.deepEqual(parseNetDev(text), { receivedBytes: 2040n, sentBytes: 305n });
});
