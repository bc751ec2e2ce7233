import assert from "node:assert/strict";
import { test } from "node:test";
import type { HostFacts } from "../../../../manager/oci/host-facts.ts";
import { decideResources, type ResourceWish, type Wish } from "../../../../manager/oci/resources.ts";
import type { OciResources } from "../../../../manager/oci/spec.ts";
import { HOST, refuses } from "./support.ts";

const MIB = 1 << 20;
const wish = <T>(flag: string, value: string, is: T): Wish<T> => ({ flag, value, is });
const memory = (mib: number) => wish("--memory", `${mib}m`, mib * MIB);
const swap = (mib: number) => wish("--memory-swap", `${mib}m`, mib < 0 ? -1 : mib * MIB);
const noSwap: Partial<HostFacts> = { hasSwapLimit: false };
const bare: Partial<HostFacts> = { controllers: new Set(["cpu", "memory"]) };

const rows: [wish: ResourceWish, host: Partial<HostFacts>, expected: OciResources, why: string][] = [
  [{}, {}, {}, "nothing"],
  [{ memory: memory(64) }, {}, { memory: { limit: 64 * MIB, swap: 128 * MIB } }, "as much swap as memory"],
  [{ memory: memory(64) }, noSwap, { memory: { limit: 64 * MIB } }, "no swap is counted, nobody asked"],
  [{ memory: memory(64), memorySwap: swap(-1) }, {}, { memory: { limit: 64 * MIB, swap: -1 } }, "unlimited"],
  [{ memory: memory(64), memorySwap: swap(64) }, {}, { memory: { limit: 64 * MIB, swap: 64 * MIB } }, "none"],
  [
    { memoryReservation: wish("--memory-reservation", "32m", 32 * MIB) },
    {},
    { memory: { reservation: 32 * MIB } },
    "a reservation alone",
  ],
  [{ cpus: wish("--cpus", "1.5", 1.5) }, {}, { cpu: { quota: 150_000, period: 100_000 } }, "processors"],
  [{ cpus: wish("--cpus", "0.01", 0.01) }, {}, { cpu: { quota: 1_000, period: 100_000 } }, "the least"],
  [
    { cpuQuota: wish("--cpu-quota", "50000", 50_000), cpuPeriod: wish("--cpu-period", "20000", 20_000) },
    {},
    { cpu: { quota: 50_000, period: 20_000 } },
    "by quota and period",
  ],
  [{ cpuShares: wish("--cpu-shares", "512", 512) }, {}, { cpu: { shares: 512 } }, "a weight"],
  [{ cpusetCpus: wish("--cpuset-cpus", "0-2", [0, 1, 2]) }, {}, { cpu: { cpus: "0-2" } }, "which processors"],
  [{ pids: wish("--pids-limit", "100", 100) }, {}, { pids: { limit: 100 } }, "processes"],
  [{ ioWeight: wish("--blkio-weight", "300", 300) }, {}, { blockIO: { weight: 300 } }, "disks"],
  [
    { readBytes: [wish("--device-read-bps", "/dev/sda:1m", { major: 8, minor: 0, rate: MIB })] },
    {},
    { blockIO: { throttleReadBpsDevice: [{ major: 8, minor: 0, rate: MIB }] } },
    "one disk's speed",
  ],
];
for (const [asked, host, expected, why] of rows) {
  test(`decideResources(): ${why}: ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(decideResources(asked, [], { ...HOST, ...host }), { devices: [], ...expected });
  });
}

const refused: [wish: ResourceWish, host: Partial<HostFacts>, message: RegExp][] = [
  [{ memory: memory(5) }, {}, /^--memory "5m": less than the least of 6 MiB; write more, such as "64m"$/],
  [{ memorySwap: swap(64) }, {}, /^--memory-swap "64m": it is memory and swap together; also give --memory$/],
  [{ memory: memory(64), memorySwap: swap(32) }, {}, /less than --memory \(64m\); write at least 64m/],
  [{ memory: memory(64), memorySwap: swap(64) }, noSwap, /does not count the swap of cgroups/],
  [
    { memory: memory(64), memoryReservation: wish("--memory-reservation", "65m", 65 * MIB) },
    {},
    /^--memory-reservation "65m": more than --memory \(64m\)/,
  ],
  [{ cpus: wish("--cpus", "5", 5) }, {}, /^--cpus "5": this host has 4; write at most 4$/],
  [{ cpus: wish("--cpus", "0.001", 0.001) }, {}, /less than the least of 0.01/],
  [
    { cpus: wish("--cpus", "1", 1), cpuQuota: wish("--cpu-quota", "1000", 1000) },
    {},
    /another word for --cpu-quota/,
  ],
  [{ cpusetCpus: wish("--cpuset-cpus", "2-9", [2, 3, 8, 9]) }, {}, /no processor 8-9; choose from 0-3$/],
  [{ cpusetMems: wish("--cpuset-mems", "1", [1]) }, {}, /this host has no memory node 1; choose from 0$/],
  [{ pids: wish("--pids-limit", "1", 1) }, bare, /no cgroup controller "pids"/],
  [{ cpusetCpus: wish("--cpuset-cpus", "0", [0]) }, bare, /no cgroup controller "cpuset"/],
  [{ ioWeight: wish("--blkio-weight", "10", 10) }, { hasIoWeight: false }, /have no weights/],
];
for (const [asked, host, message] of refused) {
  test(`decideResources() refuses: ${message.source}`, () => {
    refuses(() => decideResources(asked, [], { ...HOST, ...host }), message);
  });
}
