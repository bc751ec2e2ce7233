// The OCI runtime specification of a container for which nobody asked for anything special: private namespaces, the
// usual pseudo file systems, the usual capabilities, nothing of the host writable. Pure: it looks at no host.
// The sources of the defaults are named where they are kept. What people ask for on top is `container-spec.ts`.
import { capabilitySets, DEFAULT_CAPABILITIES } from "./capabilities.ts";
import { defaultDeviceRules } from "./devices.ts";
import { MASKED_PATHS, READONLY_PATHS } from "./protected-paths.ts";
import type { OciMount, OciProcess, OciSpec } from "./spec.ts";

export type { OciMount, OciProcess, OciSpec };

/** What a default specification has to be told. */
export interface DefaultSpecOptions {
  readonly args: readonly string[];
  readonly env?: readonly string[];
  readonly cwd?: string;
  readonly isTerminal?: boolean;
  readonly hostname?: string;
  /** Relative to the bundle, or absolute; default `rootfs`. */
  readonly rootDir?: string;
  /** Path below the root of each cgroup hierarchy. Absent: the OCI runtime's own choice. */
  readonly cgroupsPath?: string;
  /** Share the host's network instead of having an empty one. */
  readonly hasHostNetwork?: boolean;
}

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A process with the default capabilities and environment; `env` is added behind PATH (and TERM with a terminal). */
export function defaultProcess(options: DefaultSpecOptions): OciProcess {
  const isTerminal = options.isTerminal ?? false;
  return {
    terminal: isTerminal,
    user: { uid: 0, gid: 0 },
    args: [...options.args],
    env: [PATH, ...(isTerminal ? ["TERM=xterm"] : []), ...(options.env ?? [])],
    cwd: options.cwd ?? "/",
    capabilities: capabilitySets(DEFAULT_CAPABILITIES, 0),
    noNewPrivileges: true,
  };
}

/** A whole specification. Written as version 1.0.2, which every OCI runtime in use reads. */
export function defaultSpec(options: DefaultSpecOptions): OciSpec {
  const namespaces = ["pid", "ipc", "uts", "mount", ...(options.hasHostNetwork ? [] : ["network"])];
  return {
    ociVersion: "1.0.2",
    process: defaultProcess(options),
    root: { path: options.rootDir ?? "rootfs" },
    ...(options.hostname === undefined ? {} : { hostname: options.hostname }),
    mounts: defaultMounts(),
    linux: {
      namespaces: namespaces.map((type) => ({ type })),
      ...(options.cgroupsPath === undefined ? {} : { cgroupsPath: options.cgroupsPath }),
      resources: { devices: defaultDeviceRules() },
      maskedPaths: [...MASKED_PATHS],
      readonlyPaths: [...READONLY_PATHS],
    },
  };
}

/** The pseudo file systems of a container. */
export function defaultMounts(shmBytes = 64 * 1024 * 1024): OciMount[] {
  const quiet = ["nosuid", "noexec", "nodev"];
  return [
    { destination: "/proc", type: "proc", source: "proc", options: quiet },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
    },
    {
      destination: "/dev/shm",
      type: "tmpfs",
      source: "shm",
      options: [...quiet, "mode=1777", `size=${shmBytes >> 10}k`],
    },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: quiet },
    { destination: "/sys", type: "sysfs", source: "sysfs", options: [...quiet, "ro"] },
  ];
}
