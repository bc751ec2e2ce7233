// What a container uses, as the answer to Stats: the metrics message of the hierarchy in use, in an Any.
// Reads the files of the container's groups, synchronously: kernel files do not block, and one moment is what a
// reader of counters wants. A version 2 container costs some 20 small reads, a version 1 one some 40.
import { readdirSync, readFileSync } from "node:fs";
import { pack } from "../proto/any.ts";
import { Code, HawserError } from "../proto/errors.ts";
import type { Any } from "../proto/gen/any.ts";
import { Metrics as MetricsV1 } from "../proto/gen/cgroups-v1.ts";
import { Metrics as MetricsV2 } from "../proto/gen/cgroups-v2.ts";
import { readCgroupFile } from "../sys/cgroup.ts";
import { metricsV1 } from "./metrics-v1.ts";
import { metricsV2 } from "./metrics-v2.ts";

/** The groups of a container, remembered from right after Create, because its processes come and go. */
export type ContainerCgroups =
  | {
      readonly version: "v1";
      /** controller → the container's directory in its hierarchy. */
      readonly dirs: Readonly<Record<string, string | undefined>>;
    }
  | { readonly version: "v2"; readonly dir: string };

/**
 * The metrics of a container. Groups that are gone, as after the exit of init, count as zero, until Delete ends the
 * asking. Throws NotFound when no groups are known.
 */
export function readStats(cgroups: ContainerCgroups | undefined): Any {
  if (cgroups === undefined) throw new HawserError(Code.NotFound, "cgroup does not exist");
  const sizes = hugePageSizes();
  if (cgroups.version === "v2") {
    const { dir } = cgroups;
    return pack(MetricsV2, metricsV2({ read: (name) => tryRead(dir, name), hugePageSizes: sizes }));
  }
  const { dirs } = cgroups;
  const read = (controller: string, name: string): string | undefined => {
    const dir = dirs[controller];
    return dir === undefined ? undefined : tryRead(dir, name);
  };
  return pack(MetricsV1, metricsV1({ read, hugePageSizes: sizes, partitions: partitions() }));
}

// A file that is there and cannot be read (EOPNOTSUPP where pressure is turned off, EINVAL, EIO) costs its own
// fields and not the answer.
function tryRead(dir: string, name: string): string | undefined {
  try {
    return readCgroupFile(dir, name);
  } catch {
    return undefined;
  }
}

/** "2MB", "1GB": as the files of the hugetlb controller are called. The machine does not change them. */
function hugePageSizes(): string[] {
  try {
    return readdirSync("/sys/kernel/mm/hugepages").flatMap((name) => hugePageSize(name) ?? []);
  } catch {
    return [];
  }
}

/** "hugepages-2048kB" → "2MB"; exported for its test. */
export function hugePageSize(name: string): string | undefined {
  const match = /^hugepages-(\d+)kB$/.exec(name);
  if (match === null) return undefined;
  let size = Number(match[1]);
  const units = ["KB", "MB", "GB"];
  let unit = 0;
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024;
  return `${size}${units[unit]}`;
}

function partitions(): string | undefined {
  try {
    return readFileSync("/proc/partitions", "utf8");
  } catch {
    return undefined;
  }
}
