// What a seccomp profile comes to for one container on one machine: the rules that hold, without their conditions, as an OCI
// runtime wants them. Pure.
import type { OciSeccomp, OciSyscallRule } from "../spec.ts";
import type { SeccompCondition, SeccompProfile, SeccompRule } from "./profile.ts";

/** What the conditions of a profile are about. */
export interface SeccompCircumstances {
  /** As Node says it: `x64`, `arm64`… */
  readonly arch: string;
  readonly kernel: readonly [major: number, minor: number];
  /** The container's bounding set. */
  readonly capabilities: readonly string[];
}

// Node's name → the name in profiles (Go's), and libseccomp's.
const ARCHITECTURES: Readonly<Record<string, readonly [profile: string, libseccomp: string]>> = {
  x64: ["amd64", "SCMP_ARCH_X86_64"],
  ia32: ["386", "SCMP_ARCH_X86"],
  arm64: ["arm64", "SCMP_ARCH_AARCH64"],
  arm: ["arm", "SCMP_ARCH_ARM"],
  ppc64: ["ppc64le", "SCMP_ARCH_PPC64LE"],
  s390x: ["s390x", "SCMP_ARCH_S390X"],
  riscv64: ["riscv64", "SCMP_ARCH_RISCV64"],
};

/** Resolves. On a machine that the profile does not know, no architecture is named, and the runtime takes its own. */
export function resolveSeccomp(profile: SeccompProfile, circumstances: SeccompCircumstances): OciSeccomp {
  const [, libseccompName] = ARCHITECTURES[circumstances.arch] ?? [];
  const own = profile.archMap?.find(({ architecture }) => architecture === libseccompName);
  const architectures =
    profile.architectures ?? (own && [own.architecture, ...(own.subArchitectures ?? [])]) ?? [];
  return {
    defaultAction: profile.defaultAction,
    ...(typeof profile.defaultErrnoRet === "number" ? { defaultErrnoRet: profile.defaultErrnoRet } : {}),
    ...(architectures.length === 0 ? {} : { architectures: [...architectures] }),
    ...(profile.flags ? { flags: [...profile.flags] } : {}),
    syscalls: profile.syscalls.filter((rule) => holds(rule, circumstances)).map(plain),
  };
}

function holds({ includes, excludes }: SeccompRule, circumstances: SeccompCircumstances): boolean {
  // Falsy, because files say null for "nothing", as Go does.
  return (!includes || fits(includes, circumstances)) && !(excludes && fitsAny(excludes, circumstances));
}

function fits({ caps, arches, minKernel }: SeccompCondition, circumstances: SeccompCircumstances): boolean {
  return (
    (caps ?? []).every((name) => circumstances.capabilities.includes(name)) &&
    ((arches ?? []).length === 0 || isOneOf(arches ?? [], circumstances)) &&
    (!minKernel || isNewEnough(minKernel, circumstances))
  );
}

function fitsAny(
  { caps, arches, minKernel }: SeccompCondition,
  circumstances: SeccompCircumstances,
): boolean {
  return (
    (caps ?? []).some((name) => circumstances.capabilities.includes(name)) ||
    isOneOf(arches ?? [], circumstances) ||
    (!!minKernel && isNewEnough(minKernel, circumstances))
  );
}

function isOneOf(arches: readonly string[], { arch }: SeccompCircumstances): boolean {
  return arches.includes(ARCHITECTURES[arch]?.[0] ?? arch);
}

function isNewEnough(minKernel: string, { kernel }: SeccompCircumstances): boolean {
  const [major = 0, minor = 0] = minKernel.split(".").map(Number);
  return kernel[0] > major || (kernel[0] === major && kernel[1] >= minor);
}

function plain({ names, action, errnoRet, args }: SeccompRule): OciSyscallRule {
  return {
    names: [...names],
    action,
    ...(typeof errnoRet === "number" ? { errnoRet } : {}),
    ...(args && args.length > 0 ? { args: args.map((one) => ({ ...one })) } : {}),
  };
}
