// The seccomp profile of a container that nobody gave another one: an allow-list. What no rule names is ENOSYS, as on a
// kernel that does not have it: C libraries then take the older call, where EPERM would end the program. What is refused on
// purpose is EPERM, so that the person at the other end learns that it was meant. docs/spec.md says more.
import { ALLOW, ERRNO, type SeccompProfile, type SeccompRule } from "./profile.ts";
import {
  CALLS_OF_ARCHITECTURES,
  CALLS_OF_CAPABILITIES,
  HARMLESS_PERSONALITIES,
  NAMESPACE_FLAGS,
  ORDINARY_CALLS,
  REFUSED_CALLS,
  TRACING_CALLS,
} from "./syscalls.ts";

const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

const AF_ALG = 38;
const AF_VSOCK = 40;

const ADMIN = ["CAP_SYS_ADMIN"];

/** The profile; one and the same for every container until it is resolved. */
export const DEFAULT_PROFILE: SeccompProfile = {
  defaultAction: ERRNO,
  defaultErrnoRet: ENOSYS,
  archMap: [
    { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] },
    { architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"] },
    { architecture: "SCMP_ARCH_S390X", subArchitectures: ["SCMP_ARCH_S390"] },
    { architecture: "SCMP_ARCH_PPC64LE" },
    { architecture: "SCMP_ARCH_RISCV64" },
  ],
  syscalls: [
    { names: ORDINARY_CALLS, action: ALLOW },
    // Before 4.8 a tracer could change a call after the filter had seen it (seccomp(2)).
    { names: TRACING_CALLS, action: ALLOW, includes: { minKernel: "4.8" } },
    ...CALLS_OF_ARCHITECTURES.map(([arches, names]) => ({ names, action: ALLOW, includes: { arches } })),
    ...HARMLESS_PERSONALITIES.map((value) => ({
      names: ["personality"],
      action: ALLOW,
      args: [{ index: 0, value, op: "SCMP_CMP_EQ" }],
    })),
    { names: ["personality"], action: ERRNO, errnoRet: EPERM, args: [otherThan(HARMLESS_PERSONALITIES)] },
    ...socketRules(),
    ...cloneRules(),
    ...CALLS_OF_CAPABILITIES.map(([capability, names]) => ({
      names,
      action: ALLOW,
      includes: { caps: [capability] },
    })),
    ...refusedWithoutCapability(),
    { names: REFUSED_CALLS, action: ERRNO, errnoRet: EPERM },
  ],
};

// One comparison cannot say "none of these"; this one, "above all but the last", covers every personality with a flag that
// weakens the process, such as ADDR_NO_RANDOMIZE (0x40000). What is between is ENOSYS.
function otherThan(values: readonly number[]): { index: number; value: number; op: string } {
  return { index: 0, value: Math.max(...values.slice(0, -1)), op: "SCMP_CMP_GT" };
}

// Neither family knows network namespaces as the others do: AF_VSOCK reaches the hypervisor and its machines, AF_ALG the
// crypto code of the kernel, which has been a way to root. Three comparisons stand for a list of fifty.
function socketRules(): SeccompRule[] {
  const socket = (
    op: string,
    value: number,
    verdict: Pick<SeccompRule, "action" | "errnoRet">,
  ): SeccompRule => ({
    names: ["socket"],
    args: [{ index: 0, value, op }],
    ...verdict,
  });
  const refused = { action: ERRNO, errnoRet: EAFNOSUPPORT };
  return [
    socket("SCMP_CMP_LT", AF_ALG, { action: ALLOW }),
    socket("SCMP_CMP_EQ", AF_ALG, refused),
    socket("SCMP_CMP_EQ", AF_ALG + 1, { action: ALLOW }),
    socket("SCMP_CMP_EQ", AF_VSOCK, refused),
    socket("SCMP_CMP_GT", AF_VSOCK, { action: ALLOW }),
  ];
}

// A new user namespace opens half of the kernel to anyone. clone3 passes its flags in memory, where no filter sees them:
// ENOSYS sends the C library to clone. On s390 the flags are the second argument.
function cloneRules(): SeccompRule[] {
  const mask = NAMESPACE_FLAGS.reduce((sum, flag) => sum + flag, 0);
  const s390 = { arches: ["s390", "s390x"] };
  const rules: SeccompRule[] = [];
  for (const index of [0, 1]) {
    const place =
      index === 1
        ? { includes: s390, excludes: { caps: ADMIN } }
        : { excludes: { caps: ADMIN, arches: s390.arches } };
    rules.push({
      names: ["clone"],
      action: ALLOW,
      args: [{ index, value: mask, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
      ...place,
    });
    for (const flag of NAMESPACE_FLAGS) {
      rules.push({
        names: ["clone"],
        action: ERRNO,
        errnoRet: EPERM,
        args: [{ index, value: flag, valueTwo: flag, op: "SCMP_CMP_MASKED_EQ" }],
        ...place,
      });
    }
  }
  rules.push({ names: ["clone3"], action: ERRNO, errnoRet: ENOSYS, excludes: { caps: ADMIN } });
  return rules;
}

// clone and clone3 have rules of their own. One capability of several is enough, and any of them lifts the refusal.
function refusedWithoutCapability(): SeccompRule[] {
  const calls = new Map<string, string[]>();
  for (const [capability, names] of CALLS_OF_CAPABILITIES) {
    for (const name of names) {
      if (name !== "clone" && name !== "clone3") calls.set(name, [...(calls.get(name) ?? []), capability]);
    }
  }
  const groups = Map.groupBy(calls, ([, caps]) => caps.join());
  return [...groups.values()].map((group) => ({
    names: group.map(([name]) => name),
    action: ERRNO,
    errnoRet: EPERM,
    excludes: { caps: group[0]?.[1] ?? [] },
  }));
}
