// What a container uses, the same words for both kinds of cgroup: counters as the daemon tells them, and what lies between two of
// them. Pure. Numbers are docker's: memory without the files that the kernel can drop at once, CPU in percent of one processor.

import { typeNameOf } from "../../../proto/any.ts";
import type { Any } from "../../../proto/gen/any.ts";
import { Metrics as MetricsV1 } from "../../../proto/gen/cgroups-v1.ts";
import { Metrics as MetricsV2 } from "../../../proto/gen/cgroups-v2.ts";

/** Counters at a moment. */
export interface ContainerCounters {
  /** Nanoseconds of processor time since it began. */
  readonly cpuNs: bigint;
  readonly memoryBytes: bigint;
  /** The machine's, where it has none of its own. */
  readonly memoryLimitBytes: bigint;
  readonly readBytes: bigint;
  readonly writtenBytes: bigint;
  readonly pids: bigint;
}

/** Reads what the daemon tells; `machineBytes` is the memory of the machine. Undefined for a kind that is not known. */
export function countersOf(data: Any, machineBytes: bigint): ContainerCounters | undefined {
  switch (typeNameOf(data)) {
    case MetricsV1.typeName:
      return fromV1(MetricsV1.decode(data.value), machineBytes);
    case MetricsV2.typeName:
      return fromV2(MetricsV2.decode(data.value), machineBytes);
    default:
      return undefined;
  }
}

/** Percent of one processor between two moments, `elapsedNs` apart; 0 for a counter that has begun anew. */
export function cpuPercent(before: ContainerCounters, after: ContainerCounters, elapsedNs: bigint): number {
  if (elapsedNs <= 0n || after.cpuNs < before.cpuNs) return 0;
  return Number(((after.cpuNs - before.cpuNs) * 10_000n) / elapsedNs) / 100;
}

function fromV1({ cpu, memory, blkio, pids }: MetricsV1, machineBytes: bigint): ContainerCounters {
  const moved = (operation: string): bigint =>
    (blkio?.ioServiceBytesRecursive ?? [])
      .filter(({ op }) => op.toLowerCase() === operation)
      .reduce((sum, { value }) => sum + value, 0n);
  const { usage = 0n, limit = 0n } = memory?.usage ?? {};
  return {
    cpuNs: cpu?.usage?.total ?? 0n,
    memoryBytes: less(usage, memory?.totalInactiveFile ?? 0n),
    memoryLimitBytes: limitOf(limit, machineBytes),
    readBytes: moved("read"),
    writtenBytes: moved("write"),
    pids: pids?.current ?? 0n,
  };
}

function fromV2({ cpu, memory, io, pids }: MetricsV2, machineBytes: bigint): ContainerCounters {
  const usage = io?.usage ?? [];
  return {
    cpuNs: (cpu?.usageUsec ?? 0n) * 1_000n,
    memoryBytes: less(memory?.usage ?? 0n, memory?.inactiveFile ?? 0n),
    memoryLimitBytes: limitOf(memory?.usageLimit ?? 0n, machineBytes),
    readBytes: usage.reduce((sum, { rbytes }) => sum + rbytes, 0n),
    writtenBytes: usage.reduce((sum, { wbytes }) => sum + wbytes, 0n),
    pids: pids?.current ?? 0n,
  };
}

function less(usage: bigint, droppable: bigint): bigint {
  return droppable < usage ? usage - droppable : usage;
}

function limitOf(limit: bigint, machineBytes: bigint): bigint {
  return limit === 0n || limit > machineBytes ? machineBytes : limit;
}
