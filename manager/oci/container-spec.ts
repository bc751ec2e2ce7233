// The specification of a container: every wish, decided, in its place. Composition alone; each rule is in the file of its
// noun. It looks at the host only for what was named (sources of mounts, devices); everything else it is told. What is in a
// specification by default, and why, is docs/spec.md.
import { capabilitySets, decideCapabilities } from "./capabilities.ts";
import { cgroupPathOf } from "./cgroup-path.ts";
import { commandOf, workingDirOf } from "./command.ts";
import type { ContainerWish } from "./container-wish.ts";
import { defaultMounts } from "./default-spec.ts";
import { allDevices, type Devices, defaultDeviceRules, resolveDevices } from "./devices.ts";
import { environmentOf } from "./environment.ts";
import type { HostFacts } from "./host-facts.ts";
import type { ImageConfig } from "./image-config.ts";
import { initMount, withInit } from "./init-program.ts";
import { decideMounts } from "./mounts.ts";
import { decideOomScore } from "./oom-score.ts";
import { decideResources } from "./resources.ts";
import { decideRlimits } from "./rlimits.ts";
import { decideSecurity } from "./security.ts";
import type { OciLinux, OciMount, OciProcess, OciSpec } from "./spec.ts";
import { decideSysctls } from "./sysctls.ts";
import type { ResolvedUser } from "./user.ts";

/** What was looked up for this container. */
export interface ContainerFacts {
  readonly host: HostFacts;
  readonly image: ImageConfig;
  /** Path of the root file system; relative to the bundle, or absolute. */
  readonly rootPath: string;
  readonly hostname: string;
  readonly user: ResolvedUser;
  /** Where hosts, hostname and resolv.conf were laid (etc-files.ts). */
  readonly etcMounts: readonly OciMount[];
  /** The host's init, when one is wanted. */
  readonly initProgram?: string | undefined;
}

/** Writes it. InvalidArgument, naming the flag, for a wish that cannot be. */
export function containerSpec(wish: ContainerWish, facts: ContainerFacts): OciSpec {
  const hasHostNetwork = wish.network === "host";
  const bounding = decideCapabilities(
    { ...wish.capabilities, isPrivileged: wish.isPrivileged ?? false },
    facts.host.capabilities,
  );
  const security = decideSecurity(
    { ...wish.security, isPrivileged: wish.isPrivileged ?? false },
    bounding,
    facts.host,
  );
  const devices = devicesOf(wish);
  const { mounts, rootfsPropagation } = decideMounts(ownMounts(wish, facts), wish.mounts ?? [], facts.host);
  const sysctl = decideSysctls(wish.sysctls ?? [], { hasOwnNetwork: !hasHostNetwork });
  const linux: OciLinux = {
    namespaces: namespacesOf(hasHostNetwork, facts.host).map((type) => ({ type })),
    cgroupsPath: cgroupPathOf(wish.namespace, wish.id, wish.cgroupParent),
    resources: decideResources(wish.resources ?? {}, devices.rules, facts.host),
    ...(Object.keys(sysctl).length === 0 ? {} : { sysctl }),
    ...(devices.nodes.length === 0 ? {} : { devices: devices.nodes }),
    ...(security.seccomp === undefined ? {} : { seccomp: security.seccomp }),
    ...(rootfsPropagation === undefined ? {} : { rootfsPropagation }),
    maskedPaths: security.maskedPaths,
    readonlyPaths: security.readonlyPaths,
  };
  const oomScoreAdj = decideOomScore(wish.oomScore, facts.host);
  return {
    ociVersion: "1.0.2",
    process: {
      ...whatRuns(wish, facts),
      capabilities: capabilitySets(bounding, facts.user.user.uid),
      rlimits: decideRlimits(wish.ulimits ?? [], facts.host),
      noNewPrivileges: security.noNewPrivileges,
      ...(security.apparmorProfile === undefined ? {} : { apparmorProfile: security.apparmorProfile }),
      ...(oomScoreAdj === undefined ? {} : { oomScoreAdj }),
    },
    root: { path: facts.rootPath, ...(wish.isReadOnly ? { readonly: true } : {}) },
    hostname: facts.hostname,
    mounts,
    ...(wish.annotations === undefined ? {} : { annotations: { ...wish.annotations } }),
    linux,
  };
}

function whatRuns(wish: ContainerWish, facts: ContainerFacts): OciProcess {
  const { image, user, hostname, initProgram } = facts;
  const isTerminal = wish.isTerminal ?? false;
  const args = commandOf({
    imageEntrypoint: image.entrypoint,
    imageCommand: image.cmd,
    entrypoint: wish.entrypoint,
    command: wish.command,
  });
  return {
    terminal: isTerminal,
    ...(isTerminal && wish.consoleSize !== undefined ? { consoleSize: { ...wish.consoleSize } } : {}),
    user: user.user,
    args: initProgram === undefined ? args : withInit(args),
    env: environmentOf({
      image: image.env ?? [],
      asked: wish.env ?? [],
      hostname,
      homeDir: user.homeDir,
      isTerminal,
    }),
    cwd: workingDirOf(wish.workingDir, image.workingDir),
  };
}

// On version 2 a container sees its own cgroup as the root of all; on version 1 the host's paths, as with docker.
function namespacesOf(hasHostNetwork: boolean, host: HostFacts): string[] {
  return [
    "pid",
    "ipc",
    "uts",
    "mount",
    ...(hasHostNetwork ? [] : ["network"]),
    ...(host.cgroupVersion === "v2" ? ["cgroup"] : []),
  ];
}

function devicesOf(wish: ContainerWish): Devices {
  const own = wish.isPrivileged ? allDevices() : { nodes: [], rules: defaultDeviceRules() };
  const asked = resolveDevices(wish.devices ?? []);
  const places = new Set(asked.nodes.map(({ path }) => path));
  return {
    nodes: [...own.nodes.filter(({ path }) => !places.has(path)), ...asked.nodes],
    rules: [...own.rules, ...asked.rules, ...(wish.deviceRules ?? [])],
  };
}

function ownMounts(wish: ContainerWish, facts: ContainerFacts): OciMount[] {
  const sysOption = wish.isPrivileged ? "rw" : "ro";
  const pseudo = defaultMounts(wish.shmBytes).map((mount) =>
    mount.destination === "/sys"
      ? { ...mount, options: [...(mount.options ?? []).filter((option) => option !== "ro"), sysOption] }
      : mount,
  );
  return [
    ...pseudo,
    {
      destination: "/sys/fs/cgroup",
      type: "cgroup",
      source: "cgroup",
      options: ["nosuid", "noexec", "nodev", "relatime", sysOption],
    },
    ...facts.etcMounts,
    ...(facts.initProgram === undefined ? [] : [initMount(facts.initProgram)]),
  ];
}
