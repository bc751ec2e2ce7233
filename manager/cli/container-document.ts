// What `hawser inspect` says of a container: docker's document, as far as its fields mean something here, and under "Hawser" what
// only we know, the record and the processes as they are. Pure.
// Longer words of docker's are not made up: a field that has no meaning here is left out, not filled with an empty one.
import { isBrokered, parseBrokeredStdio } from "../../proto/brokered-stdio.ts";
import type { Descriptor } from "../../proto/gen/descriptor.ts";
import type { ListedProcess } from "../client/processes.ts";
import {
  AUTO_REMOVE_LABEL,
  ON,
  RESTART_POLICY_LABEL,
  STDIN_LABEL,
  STDOUT_LABEL,
  STOP_SIGNAL_LABEL,
  STOP_TIMEOUT_LABEL,
} from "../labels.ts";
import type { OciMount, OciSpec } from "../oci/spec.ts";
import { networkOf } from "./container-filter.ts";
import type { ContainerRow } from "./container-row.ts";
import { boundMounts, shortImageName } from "./container-text.ts";
import type { SnapshotSize } from "./snapshot-size.ts";

/** Everything that is known. */
export interface ContainerFacts {
  readonly namespace: string;
  readonly row: ContainerRow;
  /** Init first, then execs. */
  readonly processes: readonly ListedProcess[];
  /** What its image's name means now; undefined when that is gone. */
  readonly image: Descriptor | undefined;
  /** Where hawserd keeps what is its own: log, files for /etc. */
  readonly containerDir: string;
  readonly size: SnapshotSize | undefined;
}

/** When there is no time, as docker writes it. */
const NO_TIME = "0001-01-01T00:00:00Z";

/** Makes the document. */
export function containerDocument(facts: ContainerFacts): Record<string, unknown> {
  const { row, size, image } = facts;
  const { spec, labels, createdAt } = row;
  const [path = "", ...args] = spec?.process?.args ?? [];
  const mounts = spec?.mounts ?? [];
  const fileFor = (destination: string) =>
    mounts.find((mount) => mount.destination === destination)?.source ?? "";
  return {
    Id: row.id,
    Created: timeOf(createdAt),
    Path: path,
    Args: args,
    State: stateOf(row),
    Image: image?.digest ?? "",
    ResolvConfPath: fileFor("/etc/resolv.conf"),
    HostnamePath: fileFor("/etc/hostname"),
    HostsPath: fileFor("/etc/hosts"),
    LogPath: logDirOf(labels[STDOUT_LABEL]),
    Name: row.name,
    RestartCount: row.process?.restarts ?? 0,
    Driver: row.snapshotter,
    Platform: "linux",
    HostConfig: hostConfig(row),
    Mounts: boundMounts(spec).map(mountDocument),
    Config: {
      Hostname: spec?.hostname ?? "",
      User: userOf(spec),
      Tty: spec?.process?.terminal ?? false,
      OpenStdin: labels[STDIN_LABEL] === ON,
      Env: spec?.process?.env ?? [],
      Cmd: spec?.process?.args ?? [],
      Image: shortImageName(row.image),
      WorkingDir: spec?.process?.cwd ?? "",
      Labels: labels,
      ...(labels[STOP_SIGNAL_LABEL] !== undefined && { StopSignal: labels[STOP_SIGNAL_LABEL] }),
      ...(labels[STOP_TIMEOUT_LABEL] !== undefined && { StopTimeout: Number(labels[STOP_TIMEOUT_LABEL]) }),
    },
    NetworkSettings: { Networks: { [networkOf(row)]: {} } },
    ...(size && { SizeRw: size.ownBytes, SizeRootFs: size.totalBytes }),
    Hawser: hawserDocument(facts),
  };
}

function stateOf({ state, process }: ContainerRow): Record<string, unknown> {
  const end = process?.end;
  return {
    Status: state,
    Running: state === "running" || state === "paused" || state === "restarting",
    Paused: state === "paused",
    Restarting: state === "restarting",
    OOMKilled: end?.oom ?? false,
    Dead: false,
    Pid: process?.pid ?? 0,
    ExitCode: end?.exitStatus ?? 0,
    // Not docker's: there, an exit that nobody saw is made up.
    ExitSignal: end?.signal ?? 0,
    ExitUnknown: end?.isUnknown ?? false,
    Output: end?.output ?? "",
    StartedAt: timeOf(process?.startedAt),
    FinishedAt: timeOf(end?.exitedAt),
  };
}

function hostConfig({ spec, labels, runtime, ...row }: ContainerRow): Record<string, unknown> {
  const { memory, cpu, pids } = spec?.linux?.resources ?? {};
  const [policy = "no", retries = "0"] = (labels[RESTART_POLICY_LABEL] ?? "no").split(":");
  const { quota, period } = cpu ?? {};
  return {
    Binds: boundMounts(spec).map(bindText),
    NetworkMode: networkOf({ spec, labels, runtime, ...row }),
    RestartPolicy: { Name: policy, MaximumRetryCount: Number(retries) },
    AutoRemove: labels[AUTO_REMOVE_LABEL] === ON,
    ReadonlyRootfs: spec?.root?.readonly ?? false,
    Memory: memory?.limit ?? 0,
    MemoryReservation: memory?.reservation ?? 0,
    MemorySwap: memory?.swap ?? 0,
    NanoCpus:
      quota !== undefined && quota > 0 && period !== undefined && period > 0
        ? Math.round((quota / period) * 1e9)
        : 0,
    CpuShares: cpu?.shares ?? 0,
    CpusetCpus: cpu?.cpus ?? "",
    PidsLimit: pids?.limit ?? 0,
    CgroupPath: spec?.linux?.cgroupsPath ?? "",
    Runtime: runtime,
    Capabilities: spec?.process?.capabilities?.bounding ?? [],
    NoNewPrivileges: spec?.process?.noNewPrivileges ?? false,
    Ulimits: (spec?.process?.rlimits ?? []).map(({ type, soft, hard }) => ({
      Name: type.replace(/^RLIMIT_/, "").toLowerCase(),
      Soft: soft,
      Hard: hard,
    })),
    Sysctls: spec?.linux?.sysctl ?? {},
    MaskedPaths: spec?.linux?.maskedPaths ?? [],
    ReadonlyPaths: spec?.linux?.readonlyPaths ?? [],
  };
}

function hawserDocument({
  namespace,
  row,
  processes,
  containerDir,
}: ContainerFacts): Record<string, unknown> {
  return {
    Namespace: namespace,
    Runtime: row.runtime,
    Image: row.image,
    Snapshotter: row.snapshotter,
    SnapshotKey: row.snapshotKey,
    Directory: containerDir,
    Processes: processes.map(({ containerId: _, execId, ...process }) => ({
      execId: execId ?? "",
      ...process,
    })),
    Spec: row.spec,
  };
}

function mountDocument(mount: OciMount): Record<string, unknown> {
  const options = mount.options ?? [];
  const propagation = options.find((option) => /^r?(?:private|shared|slave)$/.test(option)) ?? "";
  return {
    Type: "bind",
    Source: mount.source,
    Destination: mount.destination,
    Mode: options.join(","),
    RW: !options.includes("ro"),
    Propagation: propagation,
  };
}

function bindText({ source, destination, options = [] }: OciMount): string {
  return `${source}:${destination}${options.includes("ro") ? ":ro" : ""}`;
}

// Of a container that another client made, output is where that client wanted it.
function logDirOf(stdout: string | undefined): string {
  try {
    return stdout !== undefined && isBrokered(stdout) ? (parseBrokeredStdio(stdout).logDir ?? "") : "";
  } catch {
    return "";
  }
}

function userOf(spec: OciSpec | undefined): string {
  const user = spec?.process?.user;
  return user === undefined ? "" : `${user.uid}:${user.gid}`;
}

function timeOf(time: Date | undefined): string {
  return time?.toISOString() ?? NO_TIME;
}
