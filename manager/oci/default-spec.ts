// The OCI runtime specification of a container for which nobody asked for anything special: private namespaces, the
// usual pseudo file systems, the usual capabilities, nothing of the host writable. Pure: it looks at no host.
// Source of the defaults: what docker and containerd have given containers for years, as listed in their documentation.

/** The parts of an OCI runtime specification that hawser writes; everything else passes through untouched. */
export interface OciSpec {
  ociVersion: string;
  process: OciProcess;
  root: { path: string; readonly?: boolean };
  hostname?: string;
  mounts: OciMount[];
  annotations?: Record<string, string>;
  linux: {
    namespaces: { type: string; path?: string }[];
    cgroupsPath?: string;
    resources?: Record<string, unknown>;
    maskedPaths?: string[];
    readonlyPaths?: string[];
  };
}

/** What runs: the init process of a container, or an exec in it. */
export interface OciProcess {
  terminal?: boolean;
  user: { uid: number; gid: number; additionalGids?: number[] };
  args: string[];
  env: string[];
  cwd: string;
  capabilities?: Record<"bounding" | "effective" | "permitted", string[]>;
  noNewPrivileges?: boolean;
  consoleSize?: { width: number; height: number };
}

/** A mount inside the container, in the words of mount(8). */
export interface OciMount {
  destination: string;
  type: string;
  source: string;
  options?: string[];
}

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

const CAPABILITIES = [
  "CAP_AUDIT_WRITE",
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_MKNOD",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_RAW",
  "CAP_SETFCAP",
  "CAP_SETGID",
  "CAP_SETPCAP",
  "CAP_SETUID",
  "CAP_SYS_CHROOT",
];

/** Parts of /proc and /sys that tell about, or act on, the host. */
const MASKED = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/sys/firmware",
  "/sys/devices/virtual/powercap",
];

const READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** A process with the default capabilities and environment; `env` is added behind PATH (and TERM with a terminal). */
export function defaultProcess(options: DefaultSpecOptions): OciProcess {
  const isTerminal = options.isTerminal ?? false;
  return {
    terminal: isTerminal,
    user: { uid: 0, gid: 0 },
    args: [...options.args],
    env: [PATH, ...(isTerminal ? ["TERM=xterm"] : []), ...(options.env ?? [])],
    cwd: options.cwd ?? "/",
    capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
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
      resources: { devices: deviceRules() },
      maskedPaths: MASKED,
      readonlyPaths: READ_ONLY,
    },
  };
}

function defaultMounts(): OciMount[] {
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
      options: [...quiet, "mode=1777", "size=65536k"],
    },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: quiet },
    { destination: "/sys", type: "sysfs", source: "sysfs", options: [...quiet, "ro"] },
  ];
}

/** Deny every device, then allow the harmless ones: null, zero, full, random, urandom, tty, ptmx and terminals. */
function deviceRules(): Record<string, unknown>[] {
  const character = (major: number, minor?: number): Record<string, unknown> => ({
    allow: true,
    type: "c",
    major,
    ...(minor === undefined ? {} : { minor }),
    access: "rwm",
  });
  return [
    { allow: false, access: "rwm" },
    ...[3, 5, 7, 8, 9].map((minor) => character(1, minor)),
    character(5, 0),
    character(5, 2),
    character(136),
  ];
}
