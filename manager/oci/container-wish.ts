// Everything that somebody may want of a container, in one typed piece: what the command line's flags come to, and what a
// program may say. What is absent is the default. Nothing here was looked up on the host or in the image yet.
import type { CapabilityWish } from "./capabilities.ts";
import type { DeviceWish } from "./devices.ts";
import type { HostEntry } from "./etc-files.ts";
import type { MountWish } from "./mounts.ts";
import type { Written } from "./refusal.ts";
import type { ResourceWish, Wish } from "./resources.ts";
import type { UlimitWish } from "./rlimits.ts";
import type { SecurityWish } from "./security.ts";
import type { OciDeviceRule } from "./spec.ts";
import type { SysctlWish } from "./sysctls.ts";
import type { UserWish } from "./user.ts";

/** A container as wanted. */
export interface ContainerWish {
  readonly namespace: string;
  readonly id: string;

  /** Words behind the image's name. */
  readonly command?: readonly string[];
  /** Instead of the image's; an empty list takes it away. */
  readonly entrypoint?: readonly string[] | undefined;
  /** `NAME=value`, and `NAME` to take one of the image's away. */
  readonly env?: readonly string[];
  readonly workingDir?: (Written & { readonly dir: string }) | undefined;
  readonly user?: UserWish | undefined;
  readonly groupAdd?: readonly string[];
  readonly isTerminal?: boolean;
  readonly consoleSize?: { readonly width: number; readonly height: number } | undefined;
  /** A small init of the host's in front of the program. */
  readonly hasInit?: boolean;

  readonly hostname?: (Written & { readonly name: string }) | undefined;
  /** `none`: a network of its own with nothing in it but a loopback device. */
  readonly network?: "none" | "host";
  readonly extraHosts?: readonly HostEntry[];
  readonly nameservers?: readonly string[];
  readonly searchDomains?: readonly string[];
  readonly resolverOptions?: readonly string[];

  readonly isPrivileged?: boolean;
  readonly capabilities?: Omit<CapabilityWish, "isPrivileged">;
  readonly security?: Omit<SecurityWish, "isPrivileged">;

  readonly isReadOnly?: boolean;
  readonly mounts?: readonly MountWish[];
  readonly shmBytes?: number | undefined;
  readonly devices?: readonly DeviceWish[];
  readonly deviceRules?: readonly OciDeviceRule[];

  readonly resources?: ResourceWish;
  readonly ulimits?: readonly UlimitWish[];
  readonly sysctls?: readonly SysctlWish[];
  readonly oomScore?: Wish<number> | undefined;
  readonly cgroupParent?: (Written & { readonly path: string }) | undefined;
  readonly annotations?: Readonly<Record<string, string>>;
}
