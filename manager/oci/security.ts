// What of a container's confinement is switched by --security-opt and --privileged: the seccomp profile, AppArmor, the paths
// of the host that are hidden, and whether a program may gain privileges.
import type { HostFacts } from "./host-facts.ts";
import { MASKED_PATHS, READONLY_PATHS } from "./protected-paths.ts";
import { refusal, type Written } from "./refusal.ts";
import { DEFAULT_PROFILE } from "./seccomp/default-profile.ts";
import type { SeccompProfile } from "./seccomp/profile.ts";
import { resolveSeccomp } from "./seccomp/resolve.ts";
import type { OciSeccomp } from "./spec.ts";

/** What was asked for. */
export interface SecurityWish {
  readonly isPrivileged?: boolean;
  /** Default: hawser's own profile; none for a privileged container. */
  readonly seccomp?: "unconfined" | SeccompProfile | undefined;
  /** A profile that the kernel has loaded, or `unconfined`. */
  readonly apparmor?: (Written & { readonly profile: string }) | undefined;
  readonly hasNoNewPrivileges?: boolean | undefined;
  /** `systempaths=unconfined`: nothing of /proc and /sys is hidden. */
  readonly hasAllPaths?: boolean | undefined;
}

/** The parts of a specification that follow from it. */
export interface Security {
  readonly noNewPrivileges: boolean;
  readonly apparmorProfile?: string;
  readonly seccomp?: OciSeccomp;
  readonly maskedPaths: string[];
  readonly readonlyPaths: string[];
}

/** Decides. `capabilities`: the container's bounding set, which the profile looks at. */
export function decideSecurity(
  wish: SecurityWish,
  capabilities: readonly string[],
  host: HostFacts,
): Security {
  const isPrivileged = wish.isPrivileged ?? false;
  const seccomp = wish.seccomp ?? (isPrivileged ? "unconfined" : DEFAULT_PROFILE);
  const isOpen = isPrivileged || wish.hasAllPaths === true;
  const { apparmor } = wish;
  const hasProfile = apparmor !== undefined && apparmor.profile !== "unconfined";
  if (hasProfile && !host.hasApparmor) {
    throw refusal(apparmor, "this kernel runs without AppArmor", "leave it out");
  }
  return {
    noNewPrivileges: wish.hasNoNewPrivileges ?? false,
    ...(hasProfile ? { apparmorProfile: apparmor.profile } : {}),
    ...(seccomp === "unconfined"
      ? {}
      : { seccomp: resolveSeccomp(seccomp, { arch: host.arch, kernel: host.kernel, capabilities }) }),
    maskedPaths: isOpen ? [] : [...MASKED_PATHS],
    readonlyPaths: isOpen ? [] : [...READONLY_PATHS],
  };
}
