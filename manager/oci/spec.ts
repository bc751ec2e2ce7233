// The OCI runtime specification, as far as hawser writes it: the words of the specification itself, so that config.json is
// this and nothing else. Only types; what is not named here passes through untouched. Limits of 64 bits that a double
// cannot hold are kept as text (see spec-json.ts).

/** A specification. Written as version 1.0.2, which every OCI runtime in use reads. */
export interface OciSpec {
  ociVersion: string;
  process: OciProcess;
  root: { path: string; readonly?: boolean };
  hostname?: string;
  mounts: OciMount[];
  annotations?: Record<string, string>;
  linux: OciLinux;
}

/** What of a container is Linux's alone. */
export interface OciLinux {
  namespaces: { type: string; path?: string }[];
  cgroupsPath?: string;
  resources?: OciResources;
  sysctl?: Record<string, string>;
  devices?: OciDevice[];
  seccomp?: OciSeccomp;
  rootfsPropagation?: string;
  maskedPaths?: string[];
  readonlyPaths?: string[];
}

/** What runs: the init process of a container, or an exec in it. */
export interface OciProcess {
  terminal?: boolean;
  user: OciUser;
  args: string[];
  env: string[];
  cwd: string;
  capabilities?: OciCapabilities;
  rlimits?: OciRlimit[];
  noNewPrivileges?: boolean;
  apparmorProfile?: string;
  oomScoreAdj?: number;
  consoleSize?: { width: number; height: number };
}

/** Who a process is. */
export interface OciUser {
  uid: number;
  gid: number;
  additionalGids?: number[];
}

/** What a process may be allowed (`bounding`) and is. Names as `CAP_CHOWN`. */
export interface OciCapabilities {
  bounding: string[];
  effective: string[];
  permitted: string[];
  inheritable?: string[];
  ambient?: string[];
}

/** A number for JSON: one that a double cannot hold is kept as its text. */
export type OciNumber = number | RawNumber;

/** A number as its text; what `JSON.rawJSON` makes. */
export interface RawNumber {
  readonly rawJSON: string;
}

/** A limit of setrlimit(2). */
export interface OciRlimit {
  /** `RLIMIT_NOFILE`. */
  type: string;
  soft: OciNumber;
  hard: OciNumber;
}

/** A mount inside the container, in the words of mount(8). */
export interface OciMount {
  destination: string;
  type: string;
  source: string;
  options?: string[];
}

/** A device node that is made in the container's /dev. */
export interface OciDevice {
  path: string;
  type: "c" | "b" | "p";
  major: number;
  minor: number;
  fileMode?: number;
  uid?: number;
  gid?: number;
}

/** What the container may use up; the runtime says the same in the files of cgroup v1 or v2. */
export interface OciResources {
  memory?: { limit?: number; reservation?: number; swap?: number };
  cpu?: { shares?: number; quota?: number; period?: number; cpus?: string; mems?: string };
  pids?: { limit: number };
  blockIO?: OciBlockIo;
  devices?: OciDeviceRule[];
}

/** Limits of disks. */
export interface OciBlockIo {
  weight?: number;
  throttleReadBpsDevice?: OciThrottle[];
  throttleWriteBpsDevice?: OciThrottle[];
  throttleReadIOPSDevice?: OciThrottle[];
  throttleWriteIOPSDevice?: OciThrottle[];
}

/** One disk's limit, in bytes or operations a second. */
export interface OciThrottle {
  major: number;
  minor: number;
  rate: number;
}

/** Which devices may be used: rules apply in order, the last that fits counts. No number means any. */
export interface OciDeviceRule {
  allow: boolean;
  type?: "a" | "c" | "b";
  major?: number;
  minor?: number;
  /** Of `r`, `w`, `m`. */
  access: string;
}

/** Which system calls a container may make. */
export interface OciSeccomp {
  defaultAction: string;
  defaultErrnoRet?: number;
  architectures?: string[];
  flags?: string[];
  syscalls: OciSyscallRule[];
}

/** What happens at some system calls. Conditions on different arguments must all hold. */
export interface OciSyscallRule {
  names: string[];
  action: string;
  errnoRet?: number;
  args?: OciSyscallCondition[];
}

/** `MASKED_EQ`: argument & value = valueTwo. */
export interface OciSyscallCondition {
  index: number;
  value: number;
  valueTwo?: number;
  op: string;
}
