// A seccomp profile as people write and share them: rules that hold for all containers, and rules that depend on what the
// container may do and on the machine. It is docker's format, so that a file made for docker works here. What it comes to
// for one container is an `OciSeccomp` (resolve.ts).
import type { OciSyscallCondition } from "../spec.ts";

/** A profile, whole. */
export interface SeccompProfile {
  /** What happens at a call that no rule names. */
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  /** The machines it is for; each with the ones whose programs run there, too. */
  readonly archMap?: readonly {
    readonly architecture: string;
    readonly subArchitectures?: readonly string[];
  }[];
  /** Instead of `archMap`, in profiles that were resolved already. */
  readonly architectures?: readonly string[];
  readonly flags?: readonly string[];
  readonly syscalls: readonly SeccompRule[];
}

/** What happens at some calls; holds where `includes` fits and `excludes` does not. */
export interface SeccompRule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly OciSyscallCondition[];
  readonly includes?: SeccompCondition;
  readonly excludes?: SeccompCondition;
}

/** A condition on the container and the machine; all that is named must fit. */
export interface SeccompCondition {
  /** For `includes` all of them; one is enough to exclude. */
  readonly caps?: readonly string[];
  /** As Go names them: `amd64`, `arm64`… One is enough. */
  readonly arches?: readonly string[];
  /** Oldest kernel: `4.8`. */
  readonly minKernel?: string;
}

export const ALLOW = "SCMP_ACT_ALLOW";
export const ERRNO = "SCMP_ACT_ERRNO";
