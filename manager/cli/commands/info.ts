// `hawser info`: what a hawserd is, what it has, and the machine below it.
import { readFileSync } from "node:fs";
import { arch, availableParallelism, hostname, release, totalmem } from "node:os";
import { ShimHealth } from "../../../proto/gen/shims.ts";
import { cgroups } from "../../../sys/cgroup.ts";
import { VERSION } from "../../version.ts";
import type { Cli, DefineCommand, Example } from "../cli.ts";
import { type ContainerState, listContainerRows } from "../container-row.ts";
import { printDocuments } from "../documents.ts";
import { type Format, parseFormat } from "../format.ts";
import { formatMemory } from "../size-text.ts";
import { durationWords } from "../time-text.ts";

export const examples: readonly Example[] = [
  ["info", "for people"],
  ["info -f '{{.ServerVersion}} {{.ContainersRunning}}'", "for programs"],
];

export const define: DefineCommand = (command, cli) => {
  command
    .option("-f, --format <template>", "a Go template, or json", parseFormat)
    .action(async ({ format }: { format: Format | undefined }) => {
      const facts = await gather(cli);
      if (format === undefined) await cli.out.write(textOf(facts));
      else await printDocuments(cli.out, [facts], format);
    });
};

/** docker's names where docker has them. */
interface Facts {
  readonly Name: string;
  readonly ServerVersion: string;
  readonly ClientVersion: string;
  readonly ID: string;
  readonly Pid: number;
  readonly StartedAt: Date | undefined;
  readonly Address: string;
  readonly RootDir: string;
  readonly StateDir: string;
  readonly ConfigFile: string;
  readonly Driver: string;
  readonly Namespace: string;
  readonly Namespaces: number;
  readonly Containers: number;
  readonly ContainersRunning: number;
  readonly ContainersPaused: number;
  readonly ContainersStopped: number;
  readonly Images: number;
  readonly Shims: number;
  readonly ShimsUnresponsive: number;
  readonly CgroupVersion: string;
  readonly KernelVersion: string;
  readonly OperatingSystem: string;
  readonly Architecture: string;
  readonly NCPU: number;
  readonly MemTotal: number;
}

async function gather(cli: Cli): Promise<Facts> {
  const { signal } = cli;
  const client = await cli.client();
  const daemon = await cli.daemon();
  const rows = await listContainerRows(client, { signal });
  const shims = await client.shims({ signal });
  const count = (...states: readonly ContainerState[]) =>
    rows.filter(({ state }) => states.includes(state)).length;
  return {
    Name: hostname(),
    ServerVersion: daemon.version,
    ClientVersion: VERSION,
    ID: daemon.uuid,
    Pid: daemon.pid,
    StartedAt: daemon.startedAt,
    Address: daemon.address,
    RootDir: daemon.rootDir,
    StateDir: daemon.stateDir,
    ConfigFile: daemon.configFile,
    Driver: daemon.defaultSnapshotter,
    Namespace: client.namespace,
    Namespaces: (await client.namespaces.list({ signal })).length,
    Containers: rows.length,
    ContainersRunning: count("running", "restarting", "unknown"),
    ContainersPaused: count("paused"),
    ContainersStopped: count("created", "exited"),
    Images: (await client.images.list({}, { signal })).length,
    Shims: shims.length,
    ShimsUnresponsive: shims.filter(({ health }) => health === ShimHealth.SHIM_HEALTH_UNRESPONSIVE).length,
    CgroupVersion: cgroups().version,
    KernelVersion: release(),
    OperatingSystem: operatingSystem(),
    Architecture: arch(),
    NCPU: availableParallelism(),
    MemTotal: totalmem(),
  };
}

function textOf(facts: Facts): string {
  const since =
    facts.StartedAt === undefined
      ? ""
      : `, up ${durationWords(Date.now() - facts.StartedAt.getTime()).toLowerCase()}`;
  const unresponsive =
    facts.ShimsUnresponsive === 0 ? "" : `, ${facts.ShimsUnresponsive} of them do not answer`;
  const lines: readonly (readonly [name: string, value: string | number])[] = [
    ["Client", `hawser ${facts.ClientVersion}`],
    ["Daemon", `hawserd ${facts.ServerVersion}, pid ${facts.Pid}${since}`],
    ["Socket", facts.Address],
    ["Root directory", facts.RootDir],
    ["State directory", facts.StateDir],
    ["Configuration", facts.ConfigFile || "none"],
    ["Snapshotter", facts.Driver],
    ["Shims", `${facts.Shims}${unresponsive}`],
    ["Namespaces", facts.Namespaces],
    ["Namespace", facts.Namespace],
    ["  Containers", facts.Containers],
    ["    running", facts.ContainersRunning],
    ["    paused", facts.ContainersPaused],
    ["    stopped", facts.ContainersStopped],
    ["  Images", facts.Images],
    ["Machine", facts.Name],
    ["  System", `${facts.OperatingSystem}, Linux ${facts.KernelVersion}, ${facts.Architecture}`],
    ["  Control groups", facts.CgroupVersion],
    ["  Processors", facts.NCPU],
    ["  Memory", formatMemory(facts.MemTotal)],
  ];
  return lines.map(([name, value]) => `${name}: ${value}\n`).join("");
}

// os-release(5).
function operatingSystem(): string {
  try {
    const text = readFileSync("/etc/os-release", "utf8");
    return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text)?.[1] ?? "unknown system";
  } catch {
    return "unknown system";
  }
}
